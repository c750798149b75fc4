import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceOf, follow, lanesOf, MOST_SHOWN, valuesOf } from "../../../frontend/state/spec-paths.js";
import { adviceWords } from "../../../frontend/words/explanation.js";

const spec = {
  problem: { kind: "parabola" },
  runs: [{ optimizer: { kind: "sgd", lr: 1.05 } }, { optimizer: { kind: "adam", lr: 0.1 }, noise: 1 }],
  steps: 100,
  seed: 0,
  dtype: "float64",
};

const ADVICE = [
  ["run.optimizer.lr", 0.0095, { optimizer: { kind: "adam", lr: 0.0095 }, noise: 1 }, "Use lr 0.0095"],
  ["run.optimizer.amsgrad", true, { optimizer: { kind: "adam", lr: 0.1, amsgrad: true }, noise: 1 }, "Use AMSGrad"],
  ["run.schedule.kind", "cosine", { ...spec.runs[1], schedule: { kind: "cosine" } }, "Let lr fall: cosine"],
  ["run.noise", 0.01, { optimizer: { kind: "adam", lr: 0.1 }, noise: 0.01 }, "Add noise 0.01"],
  ["run.batch_size", 64, { ...spec.runs[1], batch_size: 64 }, "Batches of 64"],
];
for (const [field, value, run, text] of ADVICE) {
  test(`advice on ${field} changes that of one run and says so`, () => {
    const after = follow(spec, 1, { field, value });
    assert.deepEqual(after.runs, [spec.runs[0], run]);
    assert.equal(adviceWords({ field, value }), text);
  });
}

test("advice on the steps is for all runs", () => {
  assert.deepEqual(follow(spec, 0, { field: "steps", value: 3500 }), { ...spec, steps: 3500 });
  assert.equal(adviceWords({ field: "steps", value: 3500 }), "Take 3,500 steps");
});

test("half of the limit is called that", () => {
  assert.equal(adviceWords({ field: "run.optimizer.lr", value: 0.5 }, 0.5), "Use half the limit: lr 0.5");
});

test("every advice is offered once, none that changes nothing, and at most three", () => {
  const lr = (value) => ({ field: "run.optimizer.lr", value });
  const notes = [{ advice: [lr(1.05), lr(0.5)] }, {}, { advice: [lr(0.5), lr(0.4), lr(0.3), lr(0.2)] }];
  assert.deepEqual(adviceOf(spec, 0, { notes }), [lr(0.5), lr(0.4), lr(0.3)]);
  assert.deepEqual(adviceOf(spec, 0, {}), []);
});

test("advice that the page does not know has no button", () => {
  assert.equal(adviceWords({ field: "run.start.0", value: 1 }), null);
});

const GD = { optimizer: { kind: "sgd", lr: 0.1 } };
const ADAM = { optimizer: { kind: "adam", lr: 0.1 } };
const specWith = (more) => ({
  kind: "comparison",
  problem: { kind: "parabola" },
  runs: [GD],
  steps: 10,
  seed: 3,
  dtype: "float64",
  ...more,
});

test("without variation the runs are the listed ones", () => {
  assert.deepEqual(lanesOf(specWith({ runs: [GD, ADAM], seeds: 1, vary: [] })), [GD, ADAM]);
});

test("a varied setting is in every run, in the order of the results; their labels follow the setting", () => {
  const lanes = lanesOf(specWith({ runs: [GD, ADAM], vary: [{ field: "run.optimizer.lr", values: [1, 2] }] }));
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
  const lanes = lanesOf(specWith({ seeds: 2, vary: [{ field: "problem.kappa", values: [1, 5] }] }));
  assert.deepEqual(
    lanes.map(({ label }) => label),
    ["kappa 1, seed 3", "kappa 1, seed 4", "kappa 5, seed 3", "kappa 5, seed 4"],
  );
});

test("a path into a start that was not given changes nothing but the name", () => {
  const [lane] = lanesOf(specWith({ vary: [{ field: "run.start.0", values: [2] }] }));
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
  assert.equal(
    lanesOf(specWith({ vary: [{ field: "run.optimizer.lr", from: 0.1, to: 1, n: 500 }] })).length,
    MOST_SHOWN,
  );
});
