import assert from "node:assert/strict";
import { test } from "node:test";

import { inkColors, mix, styleOf } from "../../../frontend/plot/palette.js";
import { contrast } from "../made.js";

const RUNS = Array.from({ length: 12 }, (_, i) => i);

test("black on white has the contrast of WCAG's definition", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.ok(Math.abs(contrast("#0072b2", "#ffffff") - 5.19) < 0.01);
});

for (const theme of /** @type {const} */ (["light", "dark"])) {
  const ink = inkColors(theme);

  test(`${theme}: every run stands out from the card by 3 : 1, selected or not`, () => {
    for (const index of RUNS) {
      for (const selected of [true, false]) {
        const { color } = styleOf(index, theme, selected);
        assert.ok(contrast(color, ink.card) >= 3, `run ${index} ${color}: ${contrast(color, ink.card)}`);
      }
    }
  });

  test(`${theme}: text, notes and verdicts are readable on the card at 4.5 : 1`, () => {
    for (const name of /** @type {const} */ (["text", "muted", "accent", "good", "bad", "warn", "slow"])) {
      assert.ok(contrast(ink[name], ink.card) >= 4.5, `${name}: ${contrast(ink[name], ink.card)}`);
    }
    assert.ok(contrast(ink.text, ink.high) >= 4.5, "labels on the highest contour");
    assert.ok(contrast(ink.bad, mix(ink.card, ink.bad, 0.07)) >= 4.5, "the name of the stability limit");
  });

  test(`${theme}: eight runs differ in colour or in both dash and marker`, () => {
    const looks = RUNS.slice(0, 8).map((index) => styleOf(index, theme));
    looks.forEach((one, i) => {
      for (const other of looks.slice(0, i)) {
        if (one.color === other.color)
          assert.ok(one.symbol !== other.symbol && String(one.dash) !== String(other.dash));
      }
    });
  });
}

test("beyond eight runs only the selected one has a colour", () => {
  assert.equal(styleOf(8, "light").color, styleOf(9, "light").color);
  assert.notEqual(styleOf(8, "light", true).color, styleOf(9, "light", true).color);
});

test("mixing is opaque and ends at its ends", () => {
  assert.equal(mix("#102030", "#ffffff", 0), "#102030");
  assert.equal(mix("#102030", "#ffffff", 1), "#ffffff");
  assert.equal(mix("#000000", "#ffffff", 0.5), "#808080");
});
