import assert from "node:assert/strict";
import { test } from "node:test";

import { hitAt } from "../../../../frontend/panels/frame/pointing.js";
import { runOf } from "../../made.js";

const box = { x: 0, y: 0, width: 100, height: 100 };
const facet = {
  box,
  x: { range: [0, 10], log: false, title: "" },
  y: { range: [0, 10], log: false, title: "" },
};

function seriesOf(run, options = {}) {
  return {
    run,
    facet: 0,
    x: null,
    y: run.columns.get("loss"),
    shift: 0,
    monotone: true,
    ...options,
  };
}

test("the run whose line passes nearest is meant, and its nearest entry", () => {
  const low = runOf({ loss: [2, 2, 2, 2, 2, 2] }, { index: 0 });
  const high = runOf({ loss: [8, 8, 8, 8, 8, 8] }, { index: 1 });
  const series = [seriesOf(low), seriesOf(high)];
  const hit = hitAt(series, [facet], 31, 25, 5);
  assert.deepEqual([hit.series.run.index, hit.step], [1, 3]);
  assert.equal(hitAt(series, [facet], 31, 78, 5).series.run.index, 0);
});

test("between two lines far from both there is nothing, nor outside of the picture", () => {
  const run = runOf({ loss: [2, 2, 2, 2] });
  assert.equal(hitAt([seriesOf(run)], [facet], 20, 50, 3), null);
  assert.equal(hitAt([seriesOf(run)], [facet], 20, 200, 3), null);
});

test("what is not drawn yet cannot be pointed at", () => {
  const run = runOf({ loss: [2, 2, 2, 2, 2, 2] });
  assert.equal(hitAt([seriesOf(run)], [facet], 50, 80, 2), null);
  assert.equal(hitAt([seriesOf(run)], [facet], 50, 80, 5).step, 5);
});

test("on a map the middle of a long jump belongs to the nearer of its ends", () => {
  const run = runOf({ loss: [0, 0], p0: [1, 9], p1: [1, 9] });
  const series = seriesOf(run, {
    x: run.columns.get("p0"),
    y: run.columns.get("p1"),
    monotone: false,
  });
  assert.equal(hitAt([series], [facet], 40, 60, 1).step, 0);
  assert.equal(hitAt([series], [facet], 60, 40, 1).step, 1);
});

test("a number that is not finite is no place, and neither is a jump to it", () => {
  const run = runOf({ loss: [5, Number.NaN, 5, Infinity] });
  assert.equal(hitAt([seriesOf(run)], [facet], 20, 50, 3).step, 2);
  assert.equal(hitAt([seriesOf(run)], [facet], 10, 30, 3), null);
});

test("of two lines in one place the one on top is meant", () => {
  const below = runOf({ loss: [5, 5, 5] }, { index: 0 });
  const above = runOf({ loss: [5, 5, 5] }, { index: 1 });
  assert.equal(hitAt([seriesOf(below), seriesOf(above)], [facet], 10, 50, 2).series.run.index, 1);
});

test("on a logarithmic axis a point is where it is drawn, after the shift", () => {
  const log = { ...facet, y: { range: [0, 2], log: true, title: "" } };
  const run = runOf({ loss: [9, 9, 9] });
  assert.equal(hitAt([seriesOf(run, { shift: -1 })], [log], 10, 50, 2).step, 1);
});
