import assert from "node:assert/strict";
import { test } from "node:test";

import { runsOfFork, stepsLeft } from "../../../frontend/workbench/fork.js";

const OLD = { optimizer: { kind: "sgd", lr: 1 }, batch_size: 16, start: [2], label: "mine" };

test("a fork makes the steps that were left, or as many again from the end", () => {
  assert.equal(stepsLeft(1500, 2000), 500);
  assert.equal(stepsLeft(2000, 2000), 2000);
  assert.equal(stepsLeft(0, 40), 40);
});

test("a fork begins where it was forked, and not at the run's own start", () => {
  const changed = { ...OLD, optimizer: { kind: "sgd", lr: 0.1 } };
  assert.deepEqual(runsOfFork(OLD, changed, false), [
    { optimizer: { kind: "sgd", lr: 0.1 }, batch_size: 16, label: "mine" },
  ]);
});

test("beside it the run can go on unchanged, under a name that says so", () => {
  const [, beside] = runsOfFork(OLD, { ...OLD, batch_size: null }, true);
  assert.deepEqual(beside, { optimizer: { kind: "sgd", lr: 1 }, batch_size: 16, label: "unchanged" });
});
