import assert from "node:assert/strict";
import { test } from "node:test";

import { PRESETS } from "../../frontend/presets.js";
import {
  FIRST,
  ruleChoice,
  tidy,
  withCopy,
  withoutRun,
  withProblem,
  withRule,
  withRun,
  withStart,
} from "../../frontend/recipe.js";

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
  for (const { recipe } of PRESETS)
    assert.ok(recipe.runs.length * recipe.steps <= 2_000_000 && recipe.runs.length <= 8);
});
