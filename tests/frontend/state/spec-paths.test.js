import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceOf, MOST_SHOWN, runsOf, set } from "../../../frontend/state/spec-paths.js";
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
    const after = set(spec, field, value, 1);
    assert.deepEqual(after.runs, [spec.runs[0], run]);
    assert.equal(adviceWords({ field, value }), text);
  });
}

test("advice on the steps is for all runs", () => {
  assert.deepEqual(set(spec, "steps", 3500), { ...spec, steps: 3500 });
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

test("a field deep inside is replaced, and what is around it stays the very same", () => {
  const started = { ...spec, runs: [{ ...spec.runs[0], start: [1, 2] }, spec.runs[1]] };
  const moved = set(started, "run.start.1", 9);
  assert.deepEqual(moved.runs[0], { ...spec.runs[0], start: [1, 9] });
  assert.equal(moved.runs[1], started.runs[1]);
  assert.equal(moved.problem, started.problem);
  assert.deepEqual(started.runs[0].start, [1, 2]);
  assert.deepEqual(set(spec, "problem.kappa", 30).problem, { kind: "parabola", kappa: 30 });
});

const GD = { optimizer: { kind: "sgd", lr: 0.1 } };
const ADAM = { optimizer: { kind: "adam", lr: 0.1 } };
const recordOf = (runs, lanes) => ({ spec: { ...spec, runs }, lanes });

test("without variation the runs are the listed ones", () => {
  assert.deepEqual(runsOf(recordOf([GD, ADAM])), [GD, ADAM]);
  assert.deepEqual(runsOf(recordOf([GD, ADAM], null)), [GD, ADAM]);
});

test("runs that vary have the name of the listed run, where there are several, and what tells them apart", () => {
  const lanes = [
    { index: 0, run: GD, label: "kappa 5, seed 3" },
    { index: 1, run: ADAM, label: "" },
  ];
  assert.deepEqual(runsOf(recordOf([GD, ADAM], lanes)), [{ ...GD, label: "SGD, lr 0.1, kappa 5, seed 3" }, ADAM]);
  assert.deepEqual(runsOf(recordOf([GD], lanes.slice(0, 1))), [{ ...GD, label: "kappa 5, seed 3" }]);
});

test("a large sweep lists only as many runs as the page can", () => {
  const lanes = Array.from({ length: 500 }, (_, i) => ({ index: 0, run: GD, label: `seed ${i}` }));
  assert.equal(runsOf(recordOf([GD], lanes)).length, MOST_SHOWN);
});
