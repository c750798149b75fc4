/** The range test's figure: what is shown, what leaves it, and that labels keep out of each other's way. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { appendBlock, createRunView } from "../../../../frontend/state/run-data.js";
import { figure, lossSpan } from "../../../../frontend/views/range/figure.js";

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

test("what is far above the first loss leaves the picture at its edge, and nan draws nothing", () => {
  const { data, layout } = figure([runOf([80, 10, 1e30, Infinity, NaN])], null, rates, "light");
  const [, high] = layout.yaxis.range;
  assert.ok(high && high < Math.log10(400));
  assert.deepEqual(data[0]?.y.slice(0, 2), [80, 10]);
  assert.ok(data[0]?.y[2] === data[0]?.y[3] && Number(data[0]?.y[2]) < 400);
  assert.equal(data[0]?.y[4], null);
});

test("losses below zero have a linear axis, and no losses have one too", () => {
  assert.equal(lossSpan([runOf([1, -2])], null).log, false);
  assert.deepEqual(lossSpan([], null), { low: 0.1, high: 1, log: true });
});

test("every rule with a rate, and the limit, has a line whose label no other line crosses", () => {
  const { data } = figure([runOf([80, 5, 1e9])], found, rates, "dark");
  const lines = data.filter(({ mode }) => mode === "lines+markers+text");
  assert.deepEqual(
    lines.map(({ name }) => name.split(" ")[0]),
    ["Steep", "Valley", "Trench", "2/λ"],
  );
  assert.equal(new Set(lines.map(({ y }) => y[1])).size, lines.length);
  const looks = lines.map(({ line, marker }) => JSON.stringify([line.dash, marker.symbol]));
  assert.equal(new Set(looks).size, looks.length);
});

test("what blew up is hatched from there to the end", () => {
  const area = figure([], found, rates, "light").data.find(({ fillpattern }) => fillpattern);
  assert.deepEqual(area?.x, [0.07, 1, 1, 0.07]);
});
