import assert from "node:assert/strict";
import { test } from "node:test";

import { nextSpeed, SPEEDS, ticksOf } from "../../frontend/transport.js";

const run = (outcome) => ({ label: "lr 1", color: "#000", outcome });
const NONE = { kind: "unfinished", step: null, first_rise: null, exploded: null, nonfinite: null };

test("events lie on the scrubber in the order of their steps, each with its sentence", () => {
  const ticks = ticksOf(
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
  assert.deepEqual(ticksOf([run(null), run({ ...NONE, first_rise: 50 })], 40), []);
});

test("while a run goes on, its events are on the scrubber; what concerns the whole experiment is not", () => {
  const event = { run: 0, kind: "first_rise", step: 3, sentence: "Step 3: the loss rises.", value: null };
  const live = { ...run(null), index: 0 };
  const ticks = ticksOf([live], 40, [event, { ...event, kind: "device", step: 0 }, { ...event, run: 1 }]);
  assert.deepEqual(
    ticks.map(({ step, tone, text }) => [step, tone, text]),
    [[3, "warn", "lr 1: Step 3: the loss rises."]],
  );
});

test("speed goes notch by notch from a quarter to 64 and no further", () => {
  assert.deepEqual([SPEEDS[0], SPEEDS.at(-1)], [0.25, 64]);
  assert.equal(nextSpeed(1, 1), 2);
  assert.equal(nextSpeed(64, 1), 64);
  assert.equal(nextSpeed(0.25, -1), 0.25);
});
