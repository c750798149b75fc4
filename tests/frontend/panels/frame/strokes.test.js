import assert from "node:assert/strict";
import { test } from "node:test";

import { strokesKey } from "../../../../frontend/panels/frame/cache-keys.js";
import { drawWay } from "../../../../frontend/panels/frame/strokes.js";
import { summary } from "../../../../frontend/plot/ranges.js";
import { pathOf, penOf, runOf } from "../../made.js";

const box = { x: 0, y: 0, width: 500, height: 500 };
const facet = { box, x: { range: [0, 1] }, y: { range: [0, 1] }, run: null };

function wayOf(steps, speed, playing = true) {
  const run = runOf({ step: steps, loss: steps });
  const pen = penOf();
  const series = { run, color: "#000", width: 1, dash: [] };
  const marker = { series, facet, index: 0, from: [10, 10], at: [20, 10], inside: true, ended: false };
  drawWay(pen, marker, { step: 1, last: 100, playing, speed, live: false });
  return pathOf(pen).length;
}

test("the way to a moving point is drawn where it is followed, and where steps were left out", () => {
  assert.equal(wayOf([0, 1, 2], 1), 2);
  assert.equal(wayOf([0, 1, 2], 6), 2);
  assert.equal(wayOf([0, 1, 2], 7), 0);
  assert.equal(wayOf([0, 1, 40], 7), 2);
  assert.equal(wayOf([0, 1, 40], 1, false), 2);
});

test("a few values of a column are spread over its steps, also where its entries are not", () => {
  const early = Array.from({ length: 900 }, (_, i) => i);
  const run = runOf({ step: [...early, 9000, 99_999], loss: [...early.map(() => 1000), 5, 1] });
  const { sample } = summary(run, "loss");
  assert.ok(sample.length > 900 && sample.length <= 1024);
  const high = sample.filter((value) => value === 1000).length;
  assert.ok(high / sample.length < 0.1 && high > 0, `${high} of ${sample.length}`);
});

test("trails are drawn anew where their dots change", () => {
  const series = { run: runOf({ loss: [1, 2] }), part: 0, color: "#000", width: 1, shift: 0, dash: [], dots: 2 };
  assert.notEqual(strokesKey([series]), strokesKey([{ ...series, dots: 0 }]));
  assert.equal(strokesKey([series]), strokesKey([{ ...series }]));
});
