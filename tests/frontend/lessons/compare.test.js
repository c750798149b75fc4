import assert from "node:assert/strict";
import { test } from "node:test";

import { compareNumbers, compareSketch, endsOf, sketchedSteps } from "../../../frontend/lessons/compare.js";
import { descent, runOf } from "../made.js";

test("a predicted number is compared with the true one by its factor", () => {
  for (const [guess, truth, said] of [
    [43, 43, "You predicted 43, and you were right."],
    [45, 43, "You predicted 45, and it is 43: 4.7 % off."],
    [100, 43, "You predicted 100; it is 43. You were too high by a factor of 2.3."],
    [10, 43, "You predicted 10; it is 43. You were too low by a factor of 4.3."],
    [10, Infinity, "You predicted 10; it is ∞."],
    [10, 0, "You predicted 10; it is 0."],
    [10, null, "You predicted 10. It never came to that."],
  ])
    assert.equal(compareNumbers(guess, truth), said);
});

test("a curve is sketched at five steps from the first to the last", () => {
  assert.deepEqual(sketchedSteps(40), [0, 10, 20, 30, 40]);
  assert.deepEqual(sketchedSteps(2), [0, 1, 1, 2, 2]);
});

test("a sketched loss is compared where it is off by the largest factor, a coordinate where it is farthest", () => {
  const steps = [0, 10, 20, 30, 40];
  const loss = compareSketch([1, 0.5, 0.1, 0.1, 0.1], [1, 0.01, 1e-4, 1e-6, 1e-8], steps, true);
  assert.equal(loss, "You are farthest off at step 40: you drew 0.1, and it is 10⁻⁸. That is a factor of 10⁷.");
  const place = compareSketch([-4, 3, 1, 0, 0], [-4, -1, 1, 0, 0], steps, false);
  assert.equal(place, "You are farthest off at step 10: you drew 3, and it is −1.");
});

test("where the run is not finite any more, a sketch is farthest off", () => {
  const said = compareSketch([1, 1, 1], [1, Infinity, 2], [0, 5, 10], true);
  assert.equal(said, "You are farthest off at step 5: you drew 1, and it is ∞.");
});

test("what every run came to is told with its loss, and what blew up with its step", () => {
  const good = runOf(descent({ steps: 40 }), { index: 0, label: "lr 0.1", kind: "converged" });
  const gone = runOf(descent({ lr: 1.05, steps: 40 }), { index: 1, label: "lr 1.05", kind: "diverged" });
  const infinite = runOf(descent({ steps: 1 }), { index: 2, label: "lr 9", kind: "diverged" });
  infinite.outcome.nonfinite = 62;
  assert.deepEqual(endsOf([good, gone, infinite, runOf({ loss: [] }, { index: 3 })]), [
    "lr 0.1: loss 2.83 × 10⁻⁷",
    "lr 1.05: diverged, loss 32,800",
    "lr 9: infinite from step 62 on",
  ]);
});
