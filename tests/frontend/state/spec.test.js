import assert from "node:assert/strict";
import { test } from "node:test";

import { PRESETS } from "../../../frontend/state/presets.js";
import {
  FIRST,
  isDrawnAlike,
  isNetwork,
  lossesOf,
  ruleChoice,
  tidy,
  withCopy,
  withData,
  withNewParameters,
  withoutRun,
  withProblem,
  withRule,
  withRun,
  withStart,
} from "../../../frontend/state/spec.js";

test("the first visit is figure 5.8: a parabola, one step too long and one that is right", () => {
  assert.deepEqual(FIRST.problem, { kind: "parabola" });
  assert.deepEqual(
    FIRST.runs.map((run) => run.optimizer),
    [
      { kind: "sgd", lr: 1.05 },
      { kind: "sgd", lr: 0.1 },
    ],
  );
  assert.equal(FIRST.steps, 40);
});

test("a copy stands after its original, at half the rate, without its name", () => {
  const named = withRun(FIRST, 0, (run) => ({ ...run, label: "mine" }));
  const { runs } = withCopy(named, 0);
  assert.deepEqual(
    runs.map((run) => run.optimizer.lr),
    [1.05, 0.525, 0.1],
  );
  assert.equal(runs[1].label, undefined);
});

test("removing a run leaves the others as they were", () => {
  assert.deepEqual(withoutRun(FIRST, 0).runs, [FIRST.runs[1]]);
});

test("a new problem begins at its own start", () => {
  const moved = withStart(FIRST, [3]);
  assert.deepEqual(
    moved.runs.map((run) => run.start),
    [[3], [3]],
  );
  assert.ok(withProblem(moved, { kind: "bowl" }).runs.every((run) => !("start" in run)));
});

for (const choice of ["sgd", "sgd:momentum", "sgd:nesterov", "adam", "newton"]) {
  test(`choosing ${choice} in the menu shows ${choice} in the menu`, () => {
    assert.equal(ruleChoice(withRule(FIRST.runs[0], choice).optimizer), choice);
  });
}

test("the rate stays with the rule's kind of rate", () => {
  assert.equal(withRule(FIRST.runs[1], "adam").optimizer.lr, 0.1);
  assert.equal(withRule(FIRST.runs[1], "newton").optimizer.lr, 1);
  assert.equal(withRule({ optimizer: { kind: "newton", lr: 1 } }, "sgd").optimizer.lr, 0.1);
});

test("what equals the default is left out, what differs stays", () => {
  const run = {
    optimizer: { kind: "sgd", lr: 0 },
    schedule: { kind: "constant" },
    clip_norm: null,
    label: "",
    noise: 0.1,
  };
  assert.deepEqual(tidy(run), { optimizer: { kind: "sgd", lr: 0 }, noise: 0.1 });
  assert.deepEqual(tidy({ ...run, schedule: { kind: "step" } }).schedule, { kind: "step" });
  assert.deepEqual(tidy({ ...run, schedule: { kind: "constant", warmup: 3 } }).schedule, {
    kind: "constant",
    warmup: 3,
  });
});

test("presets have titles of their own and stay within what is computed while one waits", () => {
  assert.equal(new Set(PRESETS.map(({ title }) => title)).size, PRESETS.length);
  for (const { spec } of PRESETS) assert.ok(spec.runs.length * spec.steps <= 2_000_000 && spec.runs.length <= 8);
});

test("to a network and back, each side leaves behind what only it has", () => {
  const newton = { ...FIRST, runs: [{ optimizer: { kind: "newton", lr: 1 }, start: [2] }] };
  const trained = withProblem(newton, { kind: "network" });
  assert.ok(isNetwork(trained.problem));
  assert.deepEqual(trained.runs, [{ optimizer: { kind: "sgd", lr: 0.1 }, batch_size: 16 }]);
  assert.deepEqual([trained.dtype, trained.steps], ["float32", 500]);
  const back = withProblem(
    { ...trained, device: "cuda", runs: trained.runs.map((run) => ({ ...run, batches: "drawn" })) },
    { kind: "bowl" },
  );
  assert.deepEqual(back.runs, [{ optimizer: { kind: "sgd", lr: 0.1 } }]);
  assert.deepEqual([back.dtype, back.steps, "device" in back], ["float64", 200, false]);
});

test("from one network to another, batches and steps stay", () => {
  const trained = withProblem(FIRST, { kind: "network" });
  const longer = { ...trained, steps: 9000 };
  assert.deepEqual(withProblem(longer, { kind: "character" }), { ...longer, problem: { kind: "character" } });
});

test("other data brings its own loss, and keeps the layers", () => {
  const spec = { ...FIRST, problem: { kind: "network", hidden: [4], loss: "softmax" } };
  assert.deepEqual(withData(spec, { kind: "chebyshev" }).problem, {
    kind: "network",
    hidden: [4],
    data: { kind: "chebyshev" },
  });
});

/** @type {[data: object, known: { task: "classes" | "numbers", classes: string[] } | null, losses: string[]][]} */
const FITTING = [
  [{ kind: "moons" }, null, ["softmax", "logistic", "mse"]],
  [{ kind: "chebyshev" }, null, ["mse"]],
  [{ kind: "digits" }, null, ["softmax", "mse"]],
  [{ kind: "blobs" }, null, ["softmax", "mse"]],
  [{ kind: "blobs", blobs: 2 }, null, ["softmax", "logistic", "mse"]],
  [{ kind: "spirals", arms: 2 }, null, ["softmax", "logistic", "mse"]],
  [{ kind: "csv", id: "a" }, null, ["softmax", "logistic", "mse"]],
  [{ kind: "csv", id: "a" }, { task: "numbers", classes: [] }, ["mse"]],
  [{ kind: "csv", id: "a" }, { task: "classes", classes: ["a", "b", "c"] }, ["softmax", "mse"]],
  [{ kind: "csv", id: "a" }, { task: "classes", classes: ["no", "yes"] }, ["softmax", "logistic", "mse"]],
];

test("only losses that the data leave are offered", () => {
  for (const [data, known, losses] of FITTING)
    assert.deepEqual(lossesOf({ kind: "network", data }, known), losses, JSON.stringify(data));
});

test("other settings of the same data keep a loss while it fits", () => {
  const spec = { ...FIRST, problem: { kind: "network", data: { kind: "blobs", blobs: 2 }, loss: "logistic" } };
  const noisy = withData(spec, { kind: "blobs", blobs: 2, noise: 1 });
  assert.equal(noisy.problem.loss, "logistic");
  assert.equal("loss" in withData(noisy, { kind: "blobs", blobs: 3 }).problem, false);
  assert.equal("loss" in withData(noisy, { kind: "moons" }).problem, false);
  const table = { ...spec, problem: { kind: "network", data: { kind: "csv", id: "a" }, loss: "softmax" } };
  const read = (task, classes) => withData(table, { kind: "csv", id: "b" }, { task, classes }).problem.loss;
  assert.equal(read("numbers", []), undefined);
  assert.equal(read("classes", ["a", "b", "c"]), "softmax");
  assert.equal("loss" in withData(table, { kind: "csv", id: "b" }).problem, false);
});

test("new initial parameters change the seed they are drawn with, and nothing else", () => {
  const spec = { ...withProblem(FIRST, { kind: "network" }), seed: 6 };
  const other = withNewParameters(spec);
  assert.deepEqual(other, { ...spec, problem: { kind: "network", init_seed: 7 } });
  assert.equal(withNewParameters(other).problem.init_seed, 8);
});

test("shuffled batches are what a run has anyway, drawn ones are told", () => {
  const run = { optimizer: { kind: "sgd", lr: 1 }, batch_size: null, batches: "shuffled" };
  assert.deepEqual(tidy(run), { optimizer: run.optimizer });
  assert.equal(tidy({ ...run, batches: "drawn" }).batches, "drawn");
});

test("pictures wait for the runs of a new rate, and show a new start, problem, number of steps or batch size at once", () => {
  const slid = withRun(FIRST, 0, (run) => ({ ...run, optimizer: { ...run.optimizer, lr: 0.7 } }));
  assert.ok(isDrawnAlike(slid, FIRST));
  const seen = [
    withStart(FIRST, [-2]),
    withProblem(FIRST, { kind: "bowl" }),
    withCopy(FIRST, 0),
    { ...FIRST, steps: 50 },
    withRun(FIRST, 1, (run) => ({ ...run, batch_size: 8 })),
    withRun(FIRST, 1, (run) => ({ ...run, noise: 0.1 })),
  ];
  for (const other of seen) assert.ok(!isDrawnAlike(other, FIRST));
});
