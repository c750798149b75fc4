import assert from "node:assert/strict";
import { test } from "node:test";

import { sameSpec, stageSpec } from "../../../frontend/lessons/presets.js";
import { valueIn } from "../../../frontend/lessons/ranges.js";

const RUNS = [{ optimizer: { kind: "sgd", lr: 0.1 }, start: [-4] }];

test("the stage plays one seed of each run, with the precision that the server would choose", () => {
  const surface = stageSpec({ problem: { kind: "parabola" }, runs: RUNS, steps: 40, seeds: 64 });
  assert.deepEqual(surface, { problem: { kind: "parabola" }, runs: RUNS, steps: 40, seed: 0, dtype: "float64" });
  assert.equal(stageSpec({ problem: { kind: "network" }, runs: RUNS, steps: 40 }).dtype, "float32");
  assert.equal(stageSpec({ problem: { kind: "network" }, runs: RUNS, steps: 40, dtype: "float64" }).dtype, "float64");
});

test("a set-up is the same in whatever order a link writes it", () => {
  const one = stageSpec({ problem: { kind: "parabola" }, runs: RUNS, steps: 40 });
  const other = { dtype: "float64", seed: 0, steps: 40, runs: [{ start: [-4], ...RUNS[0] }], problem: one.problem };
  assert.ok(sameSpec(one, other));
  assert.ok(!sameSpec(one, { ...other, steps: 41 }));
});

test("a field of a set-up is found by its path", () => {
  const spec = stageSpec({ problem: { kind: "network", init_scale: 10 }, runs: RUNS, steps: 40 });
  assert.equal(valueIn(spec, "runs.0.optimizer.lr"), 0.1);
  assert.equal(valueIn(spec, "problem.init_scale"), 10);
  assert.equal(valueIn(spec, "runs.3.optimizer.lr"), undefined);
});
