import assert from "node:assert/strict";
import { test } from "node:test";

import {
  announcement,
  isZigzag,
  question,
  shareOfLimit,
  toNumber,
  verdict,
} from "../../../frontend/words/workbench.js";

const outcome = (kind, evidence = {}) => ({
  kind,
  step: null,
  because: "",
  evidence: { measured_growth: 0.5, ...evidence },
});
const GD = { kind: "sgd", lr: 0.15 };
const HELD = { lr: 0.15, sharpness: 12, limit: 1 / 6 };

test("infinities and unknowns of the wire become numbers", () => {
  assert.equal(toNumber("inf"), Infinity);
  assert.equal(toNumber("-inf"), -Infinity);
  assert.ok(Number.isNaN(toNumber("nan")) && Number.isNaN(toNumber(null)));
});

test("the share of the limit is lr over limit, and unknown without theory", () => {
  assert.equal(shareOfLimit(outcome("diverged", { lr: 0.3, limit: 0.2 })).toFixed(6), "1.500000");
  assert.ok(Number.isNaN(shareOfLimit(outcome("diverged", { lr: 0.3, limit: null }))));
  assert.ok(Number.isNaN(shareOfLimit(null)));
  assert.equal(shareOfLimit(outcome("stalled", { lr: 0.3, limit: "inf" })), 0);
});

test("zigzag is gradient descent with 1 < lr·λ < 2 that falls", () => {
  assert.ok(isZigzag(GD, outcome("unfinished", HELD)));
  assert.ok(!isZigzag({ ...GD, momentum: 0.9 }, outcome("unfinished", HELD)));
  assert.ok(!isZigzag({ kind: "adam" }, outcome("unfinished", HELD)));
  assert.ok(!isZigzag(GD, outcome("unfinished", { ...HELD, lr: 0.05 })));
  assert.ok(!isZigzag(GD, outcome("diverged", HELD)));
  assert.ok(!isZigzag(GD, outcome("unfinished", { ...HELD, measured_growth: 1.1 })));
});

test("every outcome has a word and a sign, so that colour is never alone", () => {
  for (const kind of ["converged", "diverged", "oscillating", "stalled", "unfinished", "growing"]) {
    const { word, icon, tone } = verdict(GD, outcome(kind));
    assert.ok(word && icon && tone);
    assert.match(question(outcome(kind)), /^Why .*\?$/);
  }
  assert.equal(verdict(GD, outcome("diverged")).icon, "triangle");
  assert.equal(verdict(GD, outcome("growing", HELD)).word, "growing");
  assert.equal(verdict(GD, outcome("unfinished", HELD)).word, "zigzag");
});

test("a network whose steps are over was trained; one that is stuck is called what it is", () => {
  assert.equal(verdict(GD, outcome("unfinished"), true).word, "trained");
  assert.equal(verdict(GD, outcome("stalled"), true).word, "stalled");
  assert.equal(verdict(GD, { ...outcome("stalled"), notes: [{ kind: "chance" }] }, true).word, "stuck at chance");
  assert.equal(verdict(GD, outcome("diverged"), true).word, "diverged");
});

test("a step is announced with its loss and where it goes", () => {
  assert.equal(announcement(12, 40, 3.2, 3), "Step 12 of 40, loss 3.2, rising");
  assert.equal(announcement(12, 40, 3, 3.2), "Step 12 of 40, loss 3, falling");
  assert.equal(announcement(0, 40, 16, NaN), "Step 0 of 40, loss 16");
  assert.equal(announcement(3709, 4000, Infinity, 1), "Step 3,709 of 4,000, loss not finite, rising");
});
