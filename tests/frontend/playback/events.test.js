import assert from "node:assert/strict";
import { test } from "node:test";

import { crossingOf, grouped, markedEvents, nextIn, saddleLeft } from "../../../frontend/playback/events.js";
import { runOf } from "../made.js";

const run = (outcome) => ({ label: "lr 1", color: "#000", outcome, columns: new Map(), n: 0 });
const NONE = { kind: "unfinished", step: null, first_rise: null, exploded: null, nonfinite: null };

test("events lie on the scrubber in the order of their steps, each with its sentence", () => {
  const ticks = markedEvents(
    [
      run({ ...NONE, kind: "diverged", step: 38, first_rise: 1, exploded: 38 }),
      run({ ...NONE, kind: "converged", step: 20 }),
    ],
    40,
  );
  assert.deepEqual(
    ticks.map(({ step, tone }) => [step, tone]),
    [
      [1, "warn"],
      [20, "good"],
      [38, "bad"],
    ],
  );
  assert.equal(ticks[2].text, "lr 1: diverged at step 38");
});

test("a run without an outcome, or events after the last step, have no ticks", () => {
  assert.deepEqual(markedEvents([run(null), run({ ...NONE, first_rise: 50 })], 40), []);
});

test("while a run goes on, its events are on the scrubber; what concerns the whole experiment is not", () => {
  const event = { run: 0, kind: "first_rise", step: 3, sentence: "Step 3: the loss rises.", value: null };
  const live = { ...run(null), index: 0 };
  const ticks = markedEvents([live], 40, [event, { ...event, kind: "device", step: 0 }, { ...event, run: 1 }]);
  assert.deepEqual(
    ticks.map(({ step, tone, text }) => [step, tone, text]),
    [[3, "warn", "lr 1: Step 3: the loss rises."]],
  );
});

test("the limit is crossed where the rate goes above it, not where it begins above", () => {
  const lr = [1, 1, 1, 1, 1];
  assert.equal(crossingOf(runOf({ loss: lr, lr, limit: [2, 2, 1, 0.9, 0.8] })), 3);
  assert.equal(crossingOf(runOf({ loss: lr, lr, limit: [0.5, 0.5, 2, 2, 2] })), null);
  assert.equal(crossingOf(runOf({ loss: lr, lr, limit: [NaN, NaN, NaN, NaN, NaN] })), null);
});

test("a saddle is left when the gradient has tripled on a loss that only falls", () => {
  assert.equal(saddleLeft(runOf({ loss: [9, 8, 7.9, 7.8, 7, 5], grad_norm: [3, 1, 0.2, 0.3, 0.7, 2] })), 4);
});

test("a zigzag and a divergence are no saddles: there the loss rises", () => {
  assert.equal(saddleLeft(runOf({ loss: [9, 3, 8, 2, 9], grad_norm: [6, 0.5, 5, 0.4, 9] })), null);
  assert.equal(saddleLeft(runOf({ loss: [1, 2, 4, 8], grad_norm: [1, 2, 4, 8] })), null);
  assert.equal(saddleLeft(runOf({ loss: [4, 2, 1, 0.5], grad_norm: [4, 2, 1, 0.5] })), null);
});

test("a run that leaves the picture of the loss says at which step", () => {
  const run = runOf({ loss: [1, 10, 100, 1000], grad_norm: [1, 1, 1, 1] });
  run.outcome = NONE;
  const scale = { range: [0, 50], log: false, shift: 0, zero: false };
  assert.deepEqual(
    markedEvents([run], 10, [], scale).map(({ step, text }) => [step, text.includes("off scale")]),
    [[2, true]],
  );
});

test("events nearer than a finger share a mark, which is at the first of them", () => {
  const at = (...steps) => steps.map((step) => ({ step, tone: "bad", color: "#000", text: String(step) }));
  const steps = (groups) => groups.map((group) => group.map(({ step }) => step));
  assert.deepEqual(steps(grouped(at(1, 2, 3, 9, 10, 11), 3)), [
    [1, 2, 3],
    [9, 10, 11],
  ]);
  assert.deepEqual(steps(grouped(at(1, 3, 5, 7), 3)), [
    [1, 3],
    [5, 7],
  ]);
  assert.deepEqual(steps(grouped(at(1, 1, 2), 0.5)), [[1, 1], [2]]);
  assert.deepEqual(grouped([], 5), []);
});

test("pressing a mark leads to its first event, and from there from event to event and round", () => {
  assert.equal(nextIn([1, 2, 2, 5], 40), 1);
  assert.equal(nextIn([1, 2, 2, 5], 1), 2);
  assert.equal(nextIn([1, 2, 2, 5], 2), 5);
  assert.equal(nextIn([1, 2, 2, 5], 5), 1);
  assert.equal(nextIn([7], 7), 7);
});
