import assert from "node:assert/strict";
import { test } from "node:test";

import { adviceOf, follow } from "../../frontend/advice.js";
import { adviceWords } from "../../frontend/words-why.js";

const recipe = {
  problem: { kind: "parabola" },
  runs: [{ optimizer: { kind: "sgd", lr: 1.05 } }, { optimizer: { kind: "adam", lr: 0.1 }, noise: 1 }],
  steps: 100,
  seed: 0,
  dtype: "float64",
};

const ADVICE = [
  ["run.optimizer.lr", 0.0095, { optimizer: { kind: "adam", lr: 0.0095 }, noise: 1 }, "Use lr 0.0095"],
  ["run.optimizer.amsgrad", true, { optimizer: { kind: "adam", lr: 0.1, amsgrad: true }, noise: 1 }, "Use AMSGrad"],
  ["run.schedule.kind", "cosine", { ...recipe.runs[1], schedule: { kind: "cosine" } }, "Let lr fall: cosine"],
  ["run.noise", 0.01, { optimizer: { kind: "adam", lr: 0.1 }, noise: 0.01 }, "Add noise 0.01"],
  ["run.batch_size", 64, { ...recipe.runs[1], batch_size: 64 }, "Batches of 64"],
];
for (const [field, value, run, text] of ADVICE) {
  test(`advice on ${field} changes that of one run and says so`, () => {
    const after = follow(recipe, 1, { field, value });
    assert.deepEqual(after.runs, [recipe.runs[0], run]);
    assert.equal(adviceWords({ field, value }), text);
  });
}

test("advice on the steps is for all runs", () => {
  assert.deepEqual(follow(recipe, 0, { field: "steps", value: 3500 }), { ...recipe, steps: 3500 });
  assert.equal(adviceWords({ field: "steps", value: 3500 }), "Take 3,500 steps");
});

test("half of the limit is called that", () => {
  assert.equal(adviceWords({ field: "run.optimizer.lr", value: 0.5 }, 0.5), "Use half the limit: lr 0.5");
});

test("every advice is offered once, none that changes nothing, and at most three", () => {
  const lr = (value) => ({ field: "run.optimizer.lr", value });
  const notes = [{ advice: [lr(1.05), lr(0.5)] }, {}, { advice: [lr(0.5), lr(0.4), lr(0.3), lr(0.2)] }];
  assert.deepEqual(adviceOf(recipe, 0, { notes }), [lr(0.5), lr(0.4), lr(0.3)]);
  assert.deepEqual(adviceOf(recipe, 0, {}), []);
});

test("advice that the page does not know has no button", () => {
  assert.equal(adviceWords({ field: "run.start.0", value: 1 }), null);
});
