import assert from "node:assert/strict";
import { test } from "node:test";

import { symbolsIn, withLr } from "../../../frontend/words/symbols.js";
import { emphasised, evidenceRows, headlineOf, valueRows } from "../../../frontend/workbench/maths.js";

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

test("the numbers that decide stand out, and no letter is lost", () => {
  const text = "The rate 1.05 is 1.05 times the limit at sharpness λ = 2. There it grows 39,600-fold: try 1.1 × 10⁻⁸.";
  const pieces = emphasised(text);
  assert.equal(pieces.map(([, part]) => part).join(""), text);
  assert.deepEqual(
    pieces.filter(([bold]) => bold).map(([, part]) => part),
    ["1.05 times", "λ = 2", "39,600-fold", "try 1.1 × 10⁻⁸"],
  );
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

test("the page calls the learning rate lr, and sets minus signs", () => {
  assert.equal(withLr("ηλ = 1.05 × 2 = 2.1 > 2"), "lr × λ = 1.05 × 2 = 2.1 > 2");
  assert.equal(withLr("ησ² / (2(2 − ηλ)) = 0.1"), "lr × σ² / (2(2 − lr × λ)) = 0.1");
  assert.equal(withLr("η|g|² = 1"), "lr × |g|² = 1");
  assert.equal(withLr("step 3: η = 0.1 > 0.09"), "step 3: lr = 0.1 > 0.09");
  assert.equal(withLr("x = -1.87, a well-known one"), "x = −1.87, a well-known one");
});

test("every symbol of a formula is named", () => {
  const named = (text) => symbolsIn([text]).map((one) => one.split(": ")[0]);
  assert.deepEqual(named("lr × λ = 0.1 × 2 < 2"), ["lr", "λ"]);
  assert.deepEqual(named("lr × λ\u0303 = 1"), ["lr", "λ\u0303"]);
  assert.deepEqual(named("κ = λmax / λmin = 10"), ["λmax", "λmin", "κ"]);
  assert.deepEqual(named("2π / arccos((1 + β − lr × λ) / (2√β)) = 12"), ["lr", "λ", "β"]);
  assert.deepEqual(named("It arrived in one step."), []);
});
