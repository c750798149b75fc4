import assert from "node:assert/strict";
import { test } from "node:test";

import { createPlacer, drawSymbol, fitted } from "../../../../frontend/panels/frame/glyphs.js";
import { minMax } from "../../../../frontend/panels/frame/minmax.js";
import { besides, spread } from "../../../../frontend/panels/frame/over-steps.js";
import { penOf } from "../../made.js";

test("a label goes to the first place that is inside and free, and nowhere else", () => {
  const placer = createPlacer({ x: 0, y: 0, width: 100, height: 100 });
  const at = (x, y) => ({ x, y, width: 40, height: 20 });
  assert.deepEqual(placer.place([at(80, 0), at(10, 10)]), at(10, 10));
  assert.deepEqual(placer.place([at(20, 20), at(50, 10)]), at(50, 10));
  assert.equal(placer.place([at(30, 15)]), null);
});

test("labels that want the same row are moved apart, in order and inside", () => {
  assert.deepEqual(spread([50, 50, 50], 10, 0, 100), [50, 60, 70]);
  assert.deepEqual(spread([95, 96, 97], 10, 0, 100), [80, 90, 100]);
  assert.deepEqual(spread([-5, 40], 10, 0, 100), [0, 40]);
  assert.deepEqual(spread([], 10, 0, 100), []);
});

test("a text is shortened until it fits", () => {
  assert.equal(fitted(penOf(), "Momentum, lr 0.1", 200), "Momentum, lr 0.1");
  assert.equal(fitted(penOf(), "Momentum, lr 0.1", 60), "Momentum,…");
  assert.equal(fitted(penOf(), "Momentum", 5), "");
});

test("every marker has a shape of its own around its point", () => {
  const shapes = /** @type {const} */ (["circle", "square", "triangle", "diamond", "cross"]).map((symbol) => {
    const pen = penOf();
    drawSymbol(pen, symbol, 50, 50, 10, "#000000");
    for (const [name, x, y] of pen.calls) if (name === "lineTo") assert.ok(Math.hypot(x - 50, y - 50) < 16);
    return JSON.stringify(pen.calls);
  });
  assert.equal(new Set(shapes).size, 5);
});

test("a long column keeps its ends and its extremes, in order", () => {
  const y = Float64Array.from({ length: 10_000 }, (_, i) => Math.sin(i));
  y[1234] = 50;
  y[4321] = -50;
  const kept = minMax(y, y.length, 100);
  assert.ok(kept.length <= 202);
  for (const index of [0, 1234, 4321, 9999]) assert.ok(kept.includes(index));
  assert.deepEqual(
    kept,
    [...kept].sort((a, b) => a - b),
  );
  assert.deepEqual(minMax(y, 3, 100), [0, 1, 2]);
});

test("a label stands above its line, but below it where another line ends close above", () => {
  const alone = besides([200, 80], 80, 50);
  const crowded = besides([200, 80], 85, 50, 65);
  const [, first] = alone;
  assert.ok(first && first.y + 14 < 80, "above");
  const [, below, above] = crowded;
  assert.ok(below && below.y > 80, "below");
  assert.ok(above && above.y < below.y);
  const [, atTheBottom] = besides([200, 80], 85, 50, 65, 100);
  assert.ok(atTheBottom && atTheBottom.y < 80, "above, as below are the numbers of the axis");
  for (const { x } of [...alone, ...crowded]) assert.ok(x + 50 < 200 || x > 200, "never on the point");
});
