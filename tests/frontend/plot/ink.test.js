import assert from "node:assert/strict";
import { test } from "node:test";

import { createCover } from "../../../frontend/plot/clip.js";
import { dotSeries, fromPixel, strokeSeries, toPixel } from "../../../frontend/plot/ink.js";
import { pathOf, penOf, runOf } from "../made.js";

const box = { x: 50, y: 10, width: 100, height: 200 };

function facetOf(x, y, log = false) {
  return { box, x: { range: x, log: false, title: "" }, y: { range: y, log, title: "" }, run: null };
}

function seriesOf(run, options = {}) {
  return {
    run,
    facet: 0,
    x: null,
    y: run.columns.get("loss"),
    shift: 0,
    color: "#000000",
    width: 2,
    dash: [],
    dots: 0,
    monotone: false,
    ...options,
  };
}

test("the corners of the axes are the corners of the box", () => {
  const facet = facetOf([-1, 3], [0, 10]);
  assert.deepEqual(toPixel(facet, -1, 0), [50, 210]);
  assert.deepEqual(toPixel(facet, 3, 10), [150, 10]);
  assert.deepEqual(fromPixel(facet, ...toPixel(facet, 2, 5)), [2, 5]);
});

test("a logarithmic axis counts in powers of ten, after the shift; what has no logarithm is on the lower edge", () => {
  const facet = facetOf([0, 1], [-2, 2], true);
  assert.equal(toPixel(facet, 0, 1)[1], 110);
  assert.ok(Math.abs(toPixel(facet, 0, -1.99, -2)[1] - 210) < 1e-9);
  assert.equal(toPixel(facet, 0, 0)[1], 210);
  assert.equal(toPixel(facet, 0, -5)[1], 210);
  assert.ok(Number.isNaN(toPixel(facet, 0, NaN)[1]));
  assert.equal(toPixel(facet, 0, Infinity)[1], -Infinity);
});

test("only new segments are stroked, joined to the entry before", () => {
  const run = runOf({ loss: [0, 10, 0, 10, 0] });
  const facet = facetOf([0, 4], [0, 10]);
  const pen = penOf();
  strokeSeries(pen, facet, seriesOf(run), 3, 5);
  assert.deepEqual(pathOf(pen), [
    ["moveTo", 100, 210],
    ["lineTo", 125, 10],
    ["lineTo", 150, 210],
  ]);
});

test("the length stroked in parts is that of the whole, so that a dash goes on", () => {
  const run = runOf({ loss: [0, 10, 3, 8, 1] });
  const facet = facetOf([0, 4], [0, 10]);
  const whole = strokeSeries(penOf(), facet, seriesOf(run), 0, 5);
  const parts = strokeSeries(penOf(), facet, seriesOf(run), 0, 2) + strokeSeries(penOf(), facet, seriesOf(run), 2, 5);
  assert.ok(Math.abs(whole - parts) < 1e-9);
});

test("no line leads to a number that is not finite, nor across it", () => {
  const run = runOf({ loss: [1, 2, NaN, 3, Infinity, 4, 5] });
  const pen = penOf();
  strokeSeries(pen, facetOf([0, 6], [0, 10]), seriesOf(run), 0, 7);
  assert.deepEqual(
    pathOf(pen).map(([name]) => name),
    ["moveTo", "lineTo", "moveTo", "lineTo"],
  );
  assert.ok(pathOf(pen).every(([, x, y]) => Number.isFinite(x) && Number.isFinite(y)));
});

test("a line to the other end of the number range is cut near the box and keeps its direction", () => {
  const run = runOf({ loss: [5, 1e150], p0: [0, 1e150] });
  const pen = penOf();
  strokeSeries(pen, facetOf([-10, 10], [-10, 10]), seriesOf(run, { x: run.columns.get("p0") }), 0, 2);
  const [[, x0, y0], [, x1, y1]] = pathOf(pen);
  assert.ok(x1 <= 180 && y1 >= -20, "within the margin");
  assert.ok(Math.abs((y1 - y0) / (x1 - x0) + 2) < 1e-6, "20 units are 100 pixels wide and 200 high");
});

test("what is wholly outside is not drawn at all", () => {
  const run = runOf({ loss: [50, 60, 70] });
  const pen = penOf();
  assert.equal(strokeSeries(pen, facetOf([0, 2], [0, 10]), seriesOf(run), 0, 3), 0);
  assert.deepEqual(pathOf(pen), []);
});

test("a long curve is drawn with a few points a pixel column, and no spike is lost", () => {
  const loss = Array.from({ length: 20_000 }, (_, i) => (i === 7777 ? 9.5 : 1 + 0.5 * Math.sin(i)));
  const run = runOf({ loss });
  const pen = penOf();
  const facet = facetOf([0, 20_000], [0, 10]);
  strokeSeries(pen, facet, seriesOf(run, { monotone: true }), 0, 20_000);
  const path = pathOf(pen);
  assert.ok(path.length < 6 * box.width, `${path.length} points`);
  assert.equal(Math.min(...path.map(([, , y]) => y)), toPixel(facet, 0, 9.5)[1]);
});

test("points of a path that cannot be told apart are left out, the last one never", () => {
  const p0 = Array.from({ length: 1000 }, (_, i) => 1 + 1e-6 * i);
  const run = runOf({ loss: p0.map(() => 5), p0 });
  const pen = penOf();
  strokeSeries(pen, facetOf([0, 10], [0, 10]), seriesOf(run, { x: run.columns.get("p0") }), 0, 400);
  assert.deepEqual(pathOf(pen).length, 2);
});

test("a line over what is painted already adds nothing, one beside it does", () => {
  const covered = createCover(box);
  assert.equal(covered(60, 20, 140, 180), false);
  assert.equal(covered(60, 20, 140, 180), true);
  assert.equal(covered(80, 60, 120, 140), true);
  assert.equal(covered(60, 40, 140, 190), false);
});

test("every iterate is a dot, unless it is outside or on the dot before", () => {
  const run = runOf({ loss: [1, 1, 1, 99], p0: [1, 1.001, 5, 6] });
  const pen = penOf();
  dotSeries(pen, facetOf([0, 10], [0, 10]), seriesOf(run, { x: run.columns.get("p0"), dots: 2 }), 0, 4, [NaN, NaN]);
  assert.equal(pen.calls.filter(([name]) => name === "arc").length, 2);
});
