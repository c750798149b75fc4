import assert from "node:assert/strict";
import { test } from "node:test";
import { FRESH, repeated } from "../../../frontend/cards/sm2.js";

/** What becomes of a card that is answered so. */
const after = (...qualities) => qualities.reduce(repeated, FRESH);

test("the easiness changes as Woźniak's formula has it: by 0.1, 0 and -0.14 from quality 5, 4 and 3", () => {
  for (const [quality, change] of [
    [5, 0.1],
    [4, 0],
    [3, -0.14],
  ]) {
    assert.ok(Math.abs(repeated(FRESH, quality).ease - (2.5 + change)) < 1e-12, String(quality));
  }
});

test("the first intervals are 1 and 6 days, then each is the last times the easiness, rounded up", () => {
  const intervals = [1, 2, 3, 4, 5].map((n) => after(...Array(n).fill(4)).interval);
  assert.deepEqual(intervals, [1, 6, 15, 38, 95]); // 6 × 2.5 = 15, 15 × 2.5 = 37.5, 38 × 2.5 = 95
  assert.deepEqual(after(5, 5, 5), { ease: after(5, 5).ease + 0.1, interval: Math.ceil(6 * 2.8), repetition: 3 });
});

test("below quality 3 the intervals begin anew and the easiness stays", () => {
  for (const quality of [0, 1, 2]) {
    assert.deepEqual(after(4, 4, 4, quality), { ease: 2.5, interval: 1, repetition: 0 });
    assert.equal(after(4, 4, 4, quality, 4, 4).interval, 6);
  }
});

test("the easiness never falls below 1.3", () => {
  const hard = after(...Array(20).fill(3));
  assert.equal(hard.ease, 1.3);
  assert.equal(repeated({ ease: 1.3, interval: 10, repetition: 5 }, 4).interval, 13);
});
