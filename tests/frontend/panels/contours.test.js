import assert from "node:assert/strict";
import { test } from "node:test";

import { bandsOf, loopsOf as loopsAt } from "../../../frontend/panels/contours.js";
import { groundOf } from "../made.js";

const loopsOf = (grid, level) => loopsAt(grid, [level])[0];

/** The signed area inside closed paths, in cells: higher ground lies on their left. */
function area(loops) {
  return loops.reduce((sum, loop) => {
    let twice = 0;
    for (let k = 0; k < loop.length; k += 2) {
      const next = (k + 2) % loop.length;
      twice += loop[k] * loop[next + 1] - loop[next] * loop[k + 1];
    }
    return sum + twice / 2;
  }, 0);
}

function gridOf(nx, ny, height) {
  return { nx, ny, values: Float64Array.from({ length: nx * ny }, (_, k) => height(k % nx, Math.floor(k / nx))) };
}

test("around a hill there is one path at the right distance", () => {
  const [loop, ...more] = loopsOf(
    gridOf(41, 41, (x, y) => -Math.hypot(x - 20, y - 20)),
    -10,
  );
  assert.deepEqual(more, []);
  for (let k = 0; k < loop.length; k += 2) assert.ok(Math.abs(Math.hypot(loop[k] - 20, loop[k + 1] - 20) - 10) < 0.05);
  assert.ok(Math.abs(area([loop]) - 100 * Math.PI) < 3);
});

test("around a hollow the path goes the other way, and the edge of the grid closes the outside", () => {
  const loops = loopsOf(
    gridOf(41, 41, (x, y) => Math.hypot(x - 20, y - 20)),
    10,
  );
  assert.equal(loops.length, 2);
  assert.ok(Math.abs(area(loops) - (1600 - 100 * Math.PI)) < 3);
});

test("a slope is cut where it has the level, and closed along the edge", () => {
  const loops = loopsOf(
    gridOf(11, 6, (x) => x),
    2.5,
  );
  assert.equal(area(loops), 7.5 * 5);
});

test("everywhere or nowhere: the whole grid, or nothing", () => {
  const flat = gridOf(4, 3, () => 1);
  assert.equal(area(loopsOf(flat, 0)), 6);
  assert.deepEqual(loopsOf(flat, 2), []);
});

test("a saddle's corners are joined, and every path closes", () => {
  const loops = loopsOf(
    gridOf(2, 2, (x, y) => (x === y ? 1 : -1)),
    0,
  );
  assert.ok(area(loops) > 0 && area(loops) < 1);
});

test("what is not a number is below everything; the infinite is above", () => {
  const holes = gridOf(9, 9, (x, y) => (x === 4 && y === 4 ? NaN : x === 1 && y === 1 ? Infinity : 0));
  const loops = loopsOf(holes, -Number.MAX_VALUE);
  assert.ok(loops.flat().every(Number.isFinite));
  assert.ok(area(loops) < 64 && area(loops) > 60);
  const peaks = loopsOf(holes, 5);
  assert.ok(peaks.flat().every(Number.isFinite));
});

test("random heights: the areas above and below a level make up the whole", () => {
  let state = 7;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  for (let round = 0; round < 50; round++) {
    const grid = gridOf(12, 9, next);
    const below = { ...grid, values: grid.values.map((value) => -value) };
    const saddles = 88; // at most so many cells, in which both sides claim the middle
    const sum = area(loopsOf(grid, 0.5)) + area(loopsOf(below, -0.5));
    assert.ok(Math.abs(sum - 88) < 0.5 * saddles, `${sum}`);
  }
});

test("the bands of a landscape become smaller towards its heights", () => {
  const bands = bandsOf(groundOf(2));
  const areas = bands.map(({ loops }) => area(loops));
  assert.ok(Math.abs(areas[0] - 30 * 20) < 1e-9);
  for (let k = 1; k < areas.length; k++) assert.ok(areas[k] < areas[k - 1]);
  for (const { share } of bands) assert.ok(share >= 0 && share <= 1);
});
