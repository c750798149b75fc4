import assert from "node:assert/strict";
import { test } from "node:test";

import { lanesOf, MOST_SHOWN, valuesOf } from "../../frontend/lanes.js";

const GD = { optimizer: { kind: "sgd", lr: 0.1 } };
const ADAM = { optimizer: { kind: "adam", lr: 0.1 } };
const spec = (more) => ({
  kind: "comparison",
  problem: { kind: "parabola" },
  runs: [GD],
  steps: 10,
  seed: 3,
  dtype: "float64",
  ...more,
});

test("without variation the runs are the listed ones", () => {
  assert.deepEqual(lanesOf(spec({ runs: [GD, ADAM], seeds: 1, vary: [] })), [GD, ADAM]);
});

test("a varied setting is in every run, in the order of the results; their labels follow the setting", () => {
  const lanes = lanesOf(spec({ runs: [GD, ADAM], vary: [{ field: "run.optimizer.lr", values: [1, 2] }] }));
  assert.deepEqual(
    lanes.map(({ optimizer }) => [optimizer.kind, optimizer.lr]),
    [
      ["sgd", 1],
      ["sgd", 2],
      ["adam", 1],
      ["adam", 2],
    ],
  );
  assert.ok(lanes.every((lane) => !("label" in lane)));
  assert.equal(GD.optimizer.lr, 0.1);
});

test("seeds are the fastest to change and are named", () => {
  const lanes = lanesOf(spec({ seeds: 2, vary: [{ field: "problem.kappa", values: [1, 5] }] }));
  assert.deepEqual(
    lanes.map(({ label }) => label),
    ["kappa 1, seed 3", "kappa 1, seed 4", "kappa 5, seed 3", "kappa 5, seed 4"],
  );
});

test("a path into a start that was not given changes nothing but the name", () => {
  const [lane] = lanesOf(spec({ vary: [{ field: "run.start.0", values: [2] }] }));
  assert.deepEqual(lane.optimizer, GD.optimizer);
  assert.equal(lane.label, "0 2");
});

test("ranges have equal differences, or equal ratios", () => {
  assert.deepEqual(valuesOf({ field: "", from: 0, to: 1, n: 3 }), [0, 0.5, 1]);
  assert.deepEqual(valuesOf({ field: "", from: 1, to: 100, n: 3, scale: "log" }), [1, 10, 100]);
  assert.deepEqual(valuesOf({ field: "", from: 5, to: 9, n: 1 }), [5]);
  assert.deepEqual(valuesOf({ field: "", from: 0.02, to: 0.17, n: 6 })[2], 0.08);
});

test("a large sweep lists only as many runs as the page can", () => {
  assert.equal(lanesOf(spec({ vary: [{ field: "run.optimizer.lr", from: 0.1, to: 1, n: 500 }] })).length, MOST_SHOWN);
});
