import assert from "node:assert/strict";
import { test } from "node:test";

import { grouped, markedEvents, nextIn } from "../../../frontend/playback/events.js";
import { runOf } from "../made.js";

const run = (label, index = 0) => ({ index, label, outcome: null, columns: new Map(), n: 0 });
const event = { run: 0, kind: "first_rise", step: 3, sentence: "Step 3: the loss rises.", value: null };

test("what the server tells of the runs lies on the scrubber in the order of the steps, each with its sentence", () => {
  const marks = markedEvents([run("lr 1"), run("lr 2", 1)], 40, [
    event,
    { ...event, kind: "exploded", step: 38, sentence: "Step 38: the loss is 1e4." },
    { ...event, run: 1, kind: "converged", step: 20, sentence: "Step 20: the loss is 0." },
  ]);
  assert.deepEqual(
    marks.map(({ step, tone, text }) => [step, tone, text]),
    [
      [3, "warn", "lr 1: Step 3: the loss rises."],
      [20, "good", "lr 2: Step 20: the loss is 0."],
      [38, "bad", "lr 1: Step 38: the loss is 1e4."],
    ],
  );
});

test("what concerns the whole experiment, another run, the start, or a step after the last is not marked", () => {
  const others = [
    { ...event, kind: "device" },
    { ...event, run: 1 },
    { ...event, step: 0 },
    { ...event, step: 41 },
  ];
  assert.deepEqual(markedEvents([run("lr 1")], 40, others), []);
});

test("a run that leaves the picture of the loss says at which step", () => {
  const left = runOf({ loss: [1, 10, 100, 1000], grad_norm: [1, 1, 1, 1] });
  left.outcome = { kind: "unfinished", nonfinite: null };
  const scale = { range: [0, 50], log: false, shift: 0, zero: false };
  assert.deepEqual(
    markedEvents([left], 10, [], scale).map(({ step, text }) => [step, text.includes("off scale")]),
    [[2, true]],
  );
});

test("events nearer than a finger share a mark, which is at the first of them", () => {
  const at = (...steps) => steps.map((step) => ({ step, tone: "bad", text: String(step) }));
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
