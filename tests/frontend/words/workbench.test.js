import assert from "node:assert/strict";
import { test } from "node:test";

import { announcement, isNoted, question, shareOfLimit, toNumber, verdict } from "../../../frontend/words/workbench.js";

const outcome = (kind, ...noted) => ({
  kind,
  step: null,
  because: "",
  evidence: {},
  notes: noted.map((kind) => ({ kind })),
});

test("infinities and unknowns of the wire become numbers", () => {
  assert.equal(toNumber("inf"), Infinity);
  assert.equal(toNumber("-inf"), -Infinity);
  assert.ok(Number.isNaN(toNumber("nan")) && Number.isNaN(toNumber(null)));
});

test("the share of the limit is lr over limit, and unknown without theory", () => {
  assert.equal(shareOfLimit({ ...outcome("diverged"), evidence: { lr: 0.3, limit: 0.2 } }).toFixed(6), "1.500000");
  assert.ok(Number.isNaN(shareOfLimit({ ...outcome("diverged"), evidence: { lr: 0.3, limit: null } })));
  assert.ok(Number.isNaN(shareOfLimit(null)));
  assert.equal(shareOfLimit({ ...outcome("stalled"), evidence: { lr: 0.3, limit: "inf" } }), 0);
});

test("what the server has observed of a run is known by its kind; older answers have no notes", () => {
  assert.ok(isNoted(outcome("converged", "zigzag"), "zigzag"));
  assert.ok(!isNoted(outcome("converged", "burst"), "zigzag"));
  assert.ok(!isNoted({ kind: "converged" }, "zigzag"));
});

test("every outcome has a word and a sign, so that colour is never alone", () => {
  for (const kind of ["converged", "diverged", "oscillating", "stalled", "unfinished", "growing"]) {
    const { word, icon, tone } = verdict(outcome(kind));
    assert.ok(word && icon && tone);
    assert.match(question(outcome(kind)), /^Why .*\?$/);
  }
  assert.equal(verdict(outcome("diverged")).icon, "triangle");
  assert.equal(verdict(outcome("growing", "zigzag")).word, "growing");
  assert.equal(verdict(outcome("unfinished", "zigzag")).word, "zigzag");
});

test("a network whose steps are over was trained; one that is stuck is called what it is", () => {
  assert.equal(verdict(outcome("unfinished"), true).word, "trained");
  assert.equal(verdict(outcome("stalled"), true).word, "stalled");
  assert.equal(verdict(outcome("stalled", "chance"), true).word, "stuck at chance");
  assert.equal(verdict(outcome("diverged"), true).word, "diverged");
});

test("a step is announced with its loss and where it goes", () => {
  assert.equal(announcement(12, 40, 3.2, 3), "Step 12 of 40, loss 3.2, rising");
  assert.equal(announcement(12, 40, 3, 3.2), "Step 12 of 40, loss 3, falling");
  assert.equal(announcement(0, 40, 16, NaN), "Step 0 of 40, loss 16");
  assert.equal(announcement(3709, 4000, Infinity, 1), "Step 3,709 of 4,000, loss not finite, rising");
});
