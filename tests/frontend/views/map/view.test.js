import assert from "node:assert/strict";
import { test } from "node:test";
import { withCell } from "../../../../frontend/views/map/view.js";

const sgd = (lr, rest = {}) => ({ optimizer: { kind: "sgd", lr }, ...rest });

test("the run of a cell goes into the chosen run, which keeps its name; the others stay", () => {
  const now = {
    problem: { kind: "bowl" },
    runs: [sgd(1), sgd(2, { label: "mine" })],
    steps: 40,
    seed: 0,
    dtype: "float64",
  };
  const cell = {
    ...now,
    problem: { kind: "bowl", kappa: 3 },
    runs: [sgd(0.5, { start: [1, 2], noise: null })],
    steps: 9,
  };
  const fields = ["run.optimizer.lr", "run.start.0"];
  const made = withCell(now, cell, fields, 1);
  assert.deepEqual(made, { ...now, runs: [sgd(1), sgd(0.5, { start: [1, 2], label: "mine" })] });
  assert.equal(withCell(now, cell, ["run.optimizer.lr", "problem.kappa"], 0).problem.kappa, 3);
});
