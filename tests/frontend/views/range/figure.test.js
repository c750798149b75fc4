/** The range test's figure: what is shown, what leaves it, and that labels keep out of each other's way. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { appendBlock, createRunView } from "../../../../frontend/state/run-data.js";
import { drawRange, facetOf, lossSpan, planOf, readAt } from "../../../../frontend/views/range/figure.js";
import { pathOf, penOf } from "../../made.js";

const rates = /** @type {[number, number]} */ ([1e-5, 1]);

/** @param {number[]} losses */
function runOf(losses) {
  const run = createRunView(0, "");
  const lr = losses.map((_, i) => 10 ** (-5 + (5 * i) / (losses.length - 1)));
  const data = Float64Array.from([...losses, ...lr]);
  const block = {
    seq: 1,
    first: 1,
    step: 0,
    stride: 1,
    n: losses.length,
    runs: [0],
    columns: ["loss", "lr"],
    data,
  };
  appendBlock([run], { ...block, request: null });
  return run;
}

const found = /** @type {import("../../../../frontend/types/wire.js").RangeFindings} */ (
  /** @type {unknown} */ ({
    seeds: 2,
    band: {
      lr: [1e-5, 1e-2, 1],
      median: [80, 5, "inf"],
      low: [79, 4, 9],
      high: [81, 6, "inf"],
      min: [],
      max: [],
    },
    rules: [
      { title: "Trench", lr: 0.06 },
      { title: "Valley", lr: 1e-3 },
      { title: "Steep", lr: 1e-4 },
      { title: "None", lr: null },
    ],
    blow_up: { lr: 0.07 },
    limit: { value: 0.033 },
  })
);

test("what is far above the first loss leaves the picture, and nan is a gap", () => {
  const plan = planOf([runOf([80, 10, 1e30, Infinity, NaN])], null, rates, "light");
  assert.ok(plan.y.range[1] < Math.log10(400));
  const pen = penOf();
  drawRange(pen, plan, 600, 400, "light");
  for (const [, x, y] of pathOf(pen)) assert.ok(Number.isFinite(x) && Number.isFinite(y));
});

test("losses below zero have a linear axis, and no losses have one too", () => {
  assert.equal(lossSpan([runOf([1, -2])], null).log, false);
  assert.deepEqual(lossSpan([], null), { low: 0.1, high: 1, log: true });
});

test("every rule with a rate, and the limit, has a line whose label no other line crosses", () => {
  const plan = planOf([runOf([80, 5, 1e9])], found, rates, "dark");
  const { marks } = plan;
  assert.deepEqual(
    marks.map(({ text }) => text.split(" ")[0]),
    ["Steep", "Valley", "Trench", "2/λ"],
  );
  const looks = marks.map(({ dash, symbol }) => JSON.stringify([dash, symbol]));
  assert.equal(new Set(looks).size, looks.length);
  const pen = penOf();
  drawRange(pen, plan, 600, 400, "dark");
  const rows = marks.map(({ text }) => pen.calls.find(([name, said]) => name === "fillText" && said === text)?.[3]);
  assert.equal(new Set(rows).size, marks.length);
  assert.ok(rows.every((y) => y > 0 && y < facetOf(plan, 600, 400).box.y));
});

test("in a low picture the labels still stand one below the other", () => {
  const rule = found.rules.find(({ lr }) => lr !== null);
  const rules = Array.from({ length: 9 }, (_, i) => ({
    ...rule,
    title: `Rule ${i}`,
    lr: rule.lr * 1.1 ** i,
  }));
  const plan = planOf([runOf([80, 5, 1e9])], { ...found, rules }, rates, "light");
  const pen = penOf();
  drawRange(pen, plan, 600, 260, "light");
  const rows = plan.marks.map(({ text }) => pen.calls.find(([name, said]) => name === "fillText" && said === text)[3]);
  const sorted = rows.sort((a, b) => a - b);
  assert.ok(
    sorted.every((y, i) => i === 0 || y - sorted[i - 1] >= 12),
    sorted.join(),
  );
  assert.ok(facetOf(plan, 600, 260).box.height > 70);
});

test("what blew up is hatched from there, and the curve can be read", () => {
  const plan = planOf([], found, rates, "light");
  assert.equal(plan.blown, 0.07);
  const pen = penOf();
  drawRange(pen, plan, 600, 400, "light", 300);
  assert.ok(pen.texts().includes("blew up"));
  assert.ok(pen.texts().includes("lr 0.01: loss 5"));
  assert.equal(readAt(plan, facetOf(plan, 600, 400), 10), null);
});
