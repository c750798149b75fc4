import assert from "node:assert/strict";
import { test } from "node:test";
import { createCells, isExhausted, isLog, shadeOf, spanOf, zoomed } from "../../../../frontend/views/map/cells.js";
import { cellShort, cellWords } from "../../../../frontend/words/map.js";

const palette = Array.from({ length: 6 }, (_, kind) => Array.from({ length: 64 }, (_, shade) => [kind, shade, 0]));
const about = {
  fields: ["run.optimizer.lr", "run.optimizer.momentum"],
  x: [0.1, 0.2, 0.3],
  y: [0, 0.5],
  kinds: ["converged", "diverged", "oscillating", "stalled", "unfinished", "growing"],
  border: [],
  palette,
  steps: 100,
  minima: [],
};
const columns = ["kind", "step", "loss", "mean", "growth", "minimum"];

/** @param {number[]} runs @param {number} stride @param {number[][]} rows */
function block(runs, stride, rows) {
  const data = Float64Array.from(rows.flat());
  return {
    seq: 1,
    first: 1,
    step: 100,
    stride,
    n: 1,
    runs,
    columns,
    request: null,
    data,
  };
}

test("a coarse cell stands for its neighbours until they are known", () => {
  const cells = createCells(about);
  cells.take(block([0], 8, [[1], [10], [5], [NaN], [2], [NaN]]));
  const red = () => Array.from({ length: 6 }, (_, i) => cells.pixels[4 * i]);
  assert.deepEqual(red(), [1, 1, 1, 1, 1, 1]);
  assert.equal(cells.at(1, 0), null);
  cells.take(block([4], 1, [[4], [NaN], [5], [0.5], [0.9], [NaN]]));
  assert.deepEqual(red(), [1, 4, 1, 1, 1, 1]);
  assert.equal(cells.done(), 2);
  assert.equal(cells.at(1, 1)?.kind, "unfinished");
  assert.equal(cells.hatched[4 * 1 + 3], 0);
  assert.equal(cells.hatched[3], 255);
});

test("a cell of which the server could not say what came is of no kind, and has no colour", () => {
  const cells = createCells(about);
  cells.take(block([2], 1, [[NaN], [NaN], [5], [NaN], [NaN], [NaN]]));
  const { pixels, done, at } = cells;
  assert.equal(pixels[4 * 5 + 3], 0);
  assert.equal(done(), 1);
  const cell = at(2, 0);
  assert.deepEqual([cell?.kind, cell?.loss], ["", 5]);
  assert.match(cellWords(["a", "b"], [1, 2], cell, about), /could not be determined; after 100 steps its loss was 5\./);
  assert.equal(cellShort(cell), "undetermined");
});

test("faster is lighter: early convergence, late explosion, a loss far below its start", () => {
  assert.ok(shadeOf(about, 0, 3, NaN) > shadeOf(about, 0, 60, NaN));
  assert.ok(shadeOf(about, 1, 60, NaN) > shadeOf(about, 1, 3, NaN));
  assert.ok(shadeOf(about, 4, NaN, 0.1) > shadeOf(about, 4, NaN, 0.9));
  assert.equal(shadeOf(about, 4, NaN, NaN), 0);
});

test("an axis knows whether it grows by ratios, and reaches half a cell beyond its values", () => {
  assert.ok(isLog([0.01, 0.1, 1]));
  assert.ok(!isLog([0, 0.5, 1]));
  assert.ok(!isLog([1, 1.02, 1.04]));
  assert.deepEqual(spanOf([0.01, 0.1, 1]), { range: [-2.5, 0.5], log: true });
  assert.deepEqual(spanOf([1, 2, 3]), { range: [0.5, 3.5], log: false });
});

test("a zoom keeps ratios as long as they can be told from steps", () => {
  const wide = [0.001, 0.01, 0.1, 1, 10];
  assert.deepEqual(zoomed("f", wide, 1, 3, 64), {
    field: "f",
    from: 0.01,
    to: 1,
    scale: "log",
    n: 64,
  });
  assert.equal(zoomed("f", [1, 1.5, 2], 0, 1, 64).scale, "linear");
  assert.ok(isExhausted([1, 1, 1 + 2 ** -52]));
  assert.ok(!isExhausted([1, 1 + 2 ** -52]));
});
