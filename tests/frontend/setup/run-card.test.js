import assert from "node:assert/strict";
import { test } from "node:test";

import { optimizerName } from "../../../frontend/setup/optimizer-menu.js";
import { chipsOf, scoreOf } from "../../../frontend/setup/run-card.js";

const DEFAULTS = { lr: 0.001, momentum: 0, nesterov: false };
const CATALOGUE = {
  problems: [],
  schedules: [],
  averagings: [],
  optimizers: [{ kind: "adam", title: "Adam" }],
};
const texts = (run, outcome = null) => chipsOf(run, outcome, DEFAULTS).map(({ text }) => text);

test("chips say what was changed, and nothing that was not", () => {
  assert.deepEqual(texts({ optimizer: { kind: "sgd", lr: 0.1, dampening: 0.5 } }), ["dampening 0.5"]);
  assert.deepEqual(texts({ optimizer: { kind: "sgd", lr: 0.1, momentum: 0 } }), []);
  const run = {
    optimizer: { kind: "sgd" },
    schedule: { kind: "cosine_restarts" },
    clip_norm: 1,
    noise: 0.01,
  };
  assert.deepEqual(texts(run), ["cosine restarts", "clip norm 1", "noise 0.01"]);
});

test("what has a slider of its own is not said again in a chip", () => {
  assert.deepEqual(
    texts({
      optimizer: { kind: "sgd", lr: 0.1, momentum: 0.9, nesterov: true },
    }),
    [],
  );
  assert.deepEqual(texts({ optimizer: { kind: "adam", lr: 0.1, beta1: 0.5, beta2: 0.9 } }), ["beta2 0.9"]);
});

test("the share of the limit stands first, and in red above 1", () => {
  const outcome = {
    kind: "diverged",
    evidence: { lr: 1.05, limit: 1, sharpness: 2, measured_growth: 1.21 },
  };
  const [chip] = chipsOf({ optimizer: { kind: "sgd", lr: 1.05 } }, outcome, DEFAULTS);
  assert.deepEqual(chip, { text: "1.05 × limit", tone: "bad" });
});

test("of a class of another package its name and its options are said", () => {
  const rule = { kind: "torch", path: "pytorch_optimizer.SOAP", lr: 0.01 };
  assert.deepEqual(texts({ optimizer: rule }), ["SOAP"]);
  const options = { betas: [0.9, 0.95] };
  assert.deepEqual(texts({ optimizer: { ...rule, options } }), ["SOAP", "betas=(0.9, 0.95)"]);
  assert.deepEqual(texts({ optimizer: { ...rule, options: {} } }), ["SOAP"]);
  assert.equal(optimizerName(CATALOGUE, { optimizer: rule }), "SOAP");
});

test("a run that converged from side to side says so", () => {
  const outcome = { kind: "converged", evidence: { lr: 0.15, limit: 1 / 6 }, notes: [{ kind: "zigzag" }] };
  assert.deepEqual(texts({ optimizer: { kind: "sgd", lr: 0.15 } }, outcome), ["0.9 × limit", "zigzag"]);
});

test("a rule is called by the name in its menu", () => {
  assert.equal(optimizerName(CATALOGUE, { optimizer: { kind: "sgd", momentum: 0.9 } }), "Momentum");
  assert.equal(
    optimizerName(CATALOGUE, {
      optimizer: { kind: "sgd", momentum: 0.9, nesterov: true },
    }),
    "Nesterov",
  );
  assert.equal(optimizerName(CATALOGUE, { optimizer: { kind: "adam" } }), "Adam");
  assert.equal(optimizerName(CATALOGUE, { optimizer: { kind: "new_one" } }), "new_one");
});

test("a classifier's share of right answers is told once it has ended, a regression has none", () => {
  const columns = new Map([["val_accuracy", Float64Array.of(0.5, 0.976, 0)]]);
  assert.deepEqual(scoreOf({ n: 2, columns, outcome: { kind: "unfinished" } }), [{ text: "97.6 % right" }]);
  assert.deepEqual(scoreOf({ n: 2, columns, outcome: null }), [{ text: "97.6 % right" }]);
  assert.deepEqual(scoreOf({ n: 2, columns: new Map(), outcome: { kind: "converged" } }), []);
  assert.deepEqual(scoreOf(null), []);
});
