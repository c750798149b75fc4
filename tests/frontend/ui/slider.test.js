import assert from "node:assert/strict";
import { test } from "node:test";

import { notchOf, valueAt } from "../../../frontend/ui/slider.js";

test("the ends of the slider are the ends of the scale, and equal ratios are equal ways", () => {
  assert.equal(notchOf(1e-5, 1e-5), 0);
  assert.equal(valueAt(notchOf(10, 1e-5), 1e-5, false), 10);
  assert.equal(notchOf(1e-3, 1e-5), notchOf(1e-1, 1e-5) - notchOf(1e-3, 1e-5));
});

test("every position has a value with at most three digits, close to the one it came from", () => {
  for (const value of [1.05, 0.1, 0.0833, 2.3e-5, 9.99]) {
    const near = valueAt(notchOf(value, 1e-5), 1e-5, false);
    assert.ok(Math.abs(near / value - 1) < 0.01);
    assert.ok(String(near.toExponential()).replace(/e.*/, "").replace(".", "").length <= 3);
  }
});

test("steps are whole", () => {
  for (let notch = 0; notch <= 1000; notch++) assert.ok(Number.isInteger(valueAt(notch, 1, true)));
});

test("zero and below stand at the lowest end", () => assert.equal(notchOf(0, 1e-5), 0));
