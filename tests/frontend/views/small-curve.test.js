import assert from "node:assert/strict";
import { test } from "node:test";
import { curveAxis, curvePath, heightOf } from "../../../frontend/views/small-curve.js";

const curve = (loss) => ({ step: loss.map((_, i) => i), loss, n: loss.length });
const FRAME = { x: [0, 160], y: [72, 0], last: 4, axis: { range: [0, 2], log: true, title: "" } };

test("a line ends at the upper edge, at the step at which it leaves the picture", () => {
  assert.equal(curvePath(curve([10, 1e9, 1]), FRAME), "M0.0 36.0L40.0 0.0");
  assert.equal(curvePath(curve([10, NaN, 1]), FRAME), "M0.0 36.0L40.0 0.0");
  assert.equal(curvePath(curve([10, 100, 1]), FRAME), "M0.0 36.0L40.0 0.0L80.0 72.0", "On the edge is inside.");
  assert.equal(curvePath(curve([1e9, 10]), FRAME), "M0.0 0.0L40.0 36.0", "It may come in from above.");
  assert.equal(curvePath(curve([]), FRAME), "");
});

test("what is below the picture, and a loss of 0 on a logarithmic axis, are on the lower edge", () => {
  assert.equal(curvePath(curve([0.01, 0]), FRAME), "M0.0 72.0L40.0 72.0");
  assert.equal(heightOf({ range: [-1, 1], log: false }, 0), 0.5);
  assert.equal(heightOf({ range: [1, 1], log: false }, 1), 0.5);
});

test("only the first entries are drawn where only so many are shown yet, and a shift is taken off", () => {
  assert.equal(curvePath({ ...curve([10, 1, 1]), n: 2 }, FRAME), "M0.0 36.0L40.0 72.0");
  assert.equal(curvePath(curve([-90]), { ...FRAME, shift: -100 }), "M0.0 36.0");
});

test("a long line keeps its highest and lowest entries", () => {
  const loss = Array.from({ length: 100_000 }, (_, i) => (i === 77_777 ? 90 : i === 33_333 ? 1 : 10));
  const d = curvePath(curve(loss), { ...FRAME, last: loss.length });
  assert.ok(d.split("L").length < 200);
  assert.match(d, /L53\.3 72\.0/);
  assert.match(d, /L124\.4 1\.6/);
});

test("the axis has decades as far as losses go, around the highest start, and room at its ends", () => {
  const { range, log } = curveAxis([curve([100, 1e-20]), curve([1, 1e30])], { above: 2, below: 12, pad: 0.1 });
  assert.ok(log);
  assert.deepEqual(
    range.map((end) => Number(end.toFixed(9))),
    [-11.4, 5.4],
  );
  assert.deepEqual(curveAxis([curve([100, 1, 10])]).range, [0, 2]);
});

test("losses below 0 have an axis of their own values, and what cannot be drawn has none", () => {
  assert.deepEqual(curveAxis([curve([3, -1, 1])]), { range: [-1, 3], log: false, title: "" });
  for (const loss of [[], [NaN], [Infinity, 1]]) assert.equal(curveAxis([curve(loss)]), null);
  assert.equal(curveAxis([]), null);
});

test("a million losses are looked through", () => {
  assert.deepEqual(curveAxis([curve(Array.from({ length: 1e6 }, (_, i) => 1 + (i % 2) * 9))]).range, [0, 1]);
});
