import assert from "node:assert/strict";
import { test } from "node:test";
import { NG, ratesFor, suggested } from "../../../../frontend/views/sweep/fields.js";
import { BOWL, field, fields } from "./made.js";

test("a surface offers its rule's settings, its starts and its own numbers, and no batches", () => {
  const paths = fields(BOWL).map(({ path }) => path);
  for (const path of ["run.optimizer.lr", "run.optimizer.momentum", "run.optimizer", "run.schedule.warmup"])
    assert.ok(paths.includes(path), path);
  for (const path of ["run.noise", "run.clip_norm", "run.start.1", "problem.kappa", "seed"])
    assert.ok(paths.includes(path), path);
  assert.ok(!paths.includes("run.batch_size"));
  assert.deepEqual([field("run.start.1").label, field("run.start.1").now], ["start y", 1.45]);
});

test("a network offers batches and the beginning of its parameters, and neither starts nor Newton's rule", () => {
  const network = { ...BOWL, problem: { kind: "network" } };
  const paths = fields(network, []).map(({ path }) => path);
  for (const path of ["run.batch_size", "problem.init_scale", "problem.init_seed"])
    assert.ok(paths.includes(path), path);
  assert.ok(!paths.some((path) => path.startsWith("run.start") || path === "problem.hidden"));
  const rules = fields(network, []).find(({ path }) => path === "run.optimizer").kinds;
  assert.deepEqual(
    rules.map(({ kind }) => kind),
    ["sgd", "adam"],
  );
});

test("of several runs only what all of them have can vary", () => {
  const two = { ...BOWL, runs: [...BOWL.runs, { optimizer: { kind: "adam" } }] };
  const paths = fields(two).map(({ path }) => path);
  assert.ok(paths.includes("run.optimizer.lr"));
  assert.ok(!paths.includes("run.optimizer.momentum"));
});

test("an average that is kept brings its own numbers", () => {
  const kept = { ...BOWL, runs: [{ ...BOWL.runs[0], averaging: { kind: "ema", decay: 0.9 } }] };
  assert.ok(!fields(BOWL).some(({ path }) => path.startsWith("run.averaging")));
  assert.deepEqual(
    [field("run.averaging.decay", kept).group, field("run.averaging.decay", kept).now],
    ["averaging", 0.9],
  );
});

test("rates worth trying are about three a decade, and end beyond what the problem bears", () => {
  const first = { start: null, rates: [0.5, 1.05], stride: 0.01 };
  const rates = (optimizer) => ratesFor({ optimizer }, first);
  assert.deepEqual(rates({ kind: "sgd" }), [0.006, 0.01, 0.03, 0.06, 0.1, 0.3, 0.6, 1, 3]);
  assert.deepEqual(rates({ kind: "adam" }).slice(-2), [0.1, 0.3]);
  assert.equal(rates({ kind: "newton" }).at(-1), 3);
  assert.equal(ratesFor(undefined, first), NG);
  assert.equal(ratesFor({ optimizer: { kind: "sgd" } }, null), NG);
});

test("values worth trying stay within what a field allows", () => {
  assert.deepEqual(suggested(field("run.optimizer.lr")), { values: NG });
  assert.deepEqual(suggested(field("run.start.0"), [[-6, 6]]), { from: -6, to: 6, scale: "linear", n: 9 });
  assert.deepEqual(suggested(field("run.optimizer")), { values: ["sgd", "adam", "newton"] });
  const two = { ...BOWL, runs: [{ optimizer: { kind: "adam", beta1: 0.9 } }] };
  assert.ok(suggested(field("run.optimizer.beta1", two)).values.every((one) => one < 1));
  assert.deepEqual(suggested({ ...field("problem.kappa"), path: "problem.other", now: 20 }), {
    values: [2, 6, 20, 60, 200],
  });
});
