import assert from "node:assert/strict";
import { test } from "node:test";

import {
  barOf,
  emphasised,
  evidenceRows,
  headlineOf,
  safeLr,
  toldOf,
  valueRows,
} from "../../../frontend/workbench/explanation.js";

const outcome = (evidence) => ({
  evidence: {
    sharpness: 12,
    limit: 1 / 6,
    lr: 0.172,
    predicted_growth: 1.13,
    measured_growth: 1.13,
    safe_lr: 1 / 12,
    ...evidence,
  },
});

test("lr lies beyond the limit on the bar exactly where it does in number", () => {
  const bar = barOf(outcome());
  assert.ok(bar.lr > bar.limit);
  assert.equal((bar.lr / bar.limit).toFixed(6), (0.172 * 6).toFixed(6));
  assert.equal((bar.exact / bar.limit).toFixed(6), "0.500000");
  assert.equal(bar.beyond, false);
});

test("a rate far beyond the limit stays on the bar, as an arrow at its end", () => {
  const bar = barOf(outcome({ lr: 5 }));
  assert.deepEqual([bar.lr, bar.beyond], [1, true]);
});

for (const limit of [null, "inf", 0, "nan"]) {
  test(`a limit of ${limit} has no bar`, () => assert.equal(barOf(outcome({ limit })), null));
}

test("unknown evidence is left out, half-known evidence is shown as far as it goes", () => {
  assert.equal(evidenceRows(outcome()).length, 4);
  assert.equal(evidenceRows(outcome({ predicted_growth: null })).at(-1)[1], "– / 1.13");
  assert.deepEqual(
    evidenceRows({
      evidence: { sharpness: null, limit: null, lr: null, predicted_growth: null, measured_growth: null },
    }),
    [],
  );
});

test("half the limit is offered with three digits, unless it is the rate already or does not exist", () => {
  assert.equal(safeLr({ optimizer: { lr: 0.172 } }, outcome()), 0.0833);
  assert.equal(safeLr({ optimizer: { lr: 0.0833 } }, outcome()), null);
  assert.equal(safeLr({ optimizer: { lr: 1 } }, outcome({ safe_lr: "inf" })), null);
  assert.equal(safeLr({ optimizer: { lr: 1 } }, outcome({ safe_lr: null })), null);
});

test("the numbers that decide stand out, and no letter is lost", () => {
  const text = "The rate 1.05 is 1.05 times the limit at sharpness λ = 2. There it grows 1.21-fold: try 0.5.";
  const pieces = emphasised(text);
  assert.equal(pieces.map(([, part]) => part).join(""), text);
  assert.deepEqual(
    pieces.filter(([bold]) => bold).map(([, part]) => part),
    ["1.05 times", "λ = 2", "1.21-fold", "try 0.5"],
  );
});

test("of the events, those of the run itself are told", () => {
  const event = { run: 1, kind: "first_rise", step: 3, sentence: "It rises.", value: null };
  const events = [event, { ...event, run: 0, sentence: "Other." }, { ...event, kind: "timing", sentence: "Fast." }];
  assert.deepEqual(toldOf(events, 1), ["It rises."]);
});

test("the headline is the first sentence, and a number with a point does not end it", () => {
  assert.equal(headlineOf({ because: "After 0.5 steps it is 1.2. Give it more." }), "After 0.5 steps it is 1.2.");
  assert.equal(headlineOf({ because: "" }), "");
});

test("of a note's numbers those with a name are shown: shares in percent, counts whole, the rest in three digits", () => {
  const values = { rising_share: 0.1033, more_steps: 2450.42, condition: 99.99999, unheard_of: 1, decay: "nan" };
  assert.deepEqual(valueRows({ kind: "edge", sentence: "", values }), [
    ["rising steps", "10.3 %"],
    ["steps to go", "2,450"],
    ["condition κ", "100"],
  ]);
  assert.deepEqual(valueRows(undefined), []);
});
