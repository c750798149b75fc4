import assert from "node:assert/strict";
import { test } from "node:test";

import { barOf, safeLr, toldOf } from "../../../frontend/workbench/explanation.js";

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

test("half the limit is offered with three digits, unless it is the rate already or does not exist", () => {
  assert.equal(safeLr({ optimizer: { lr: 0.172 } }, outcome()), 0.0833);
  assert.equal(safeLr({ optimizer: { lr: 0.0833 } }, outcome()), null);
  assert.equal(safeLr({ optimizer: { lr: 1 } }, outcome({ safe_lr: "inf" })), null);
  assert.equal(safeLr({ optimizer: { lr: 1 } }, outcome({ safe_lr: null })), null);
});

test("half the limit is not offered where a smaller rate did not hold", () => {
  const broke = { ...outcome({ lr: 1000, safe_lr: 2000 }), kind: "diverged" };
  assert.equal(safeLr({ optimizer: { lr: 1000 } }, broke), null);
});

test("of the events, those of the run itself are told", () => {
  const event = { run: 1, kind: "first_rise", step: 3, sentence: "It rises.", value: null };
  const events = [event, { ...event, run: 0, sentence: "Other." }, { ...event, kind: "timing", sentence: "Fast." }];
  assert.deepEqual(toldOf(events, 1), ["It rises."]);
});
