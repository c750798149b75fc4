import assert from "node:assert/strict";
import { test } from "node:test";

import { Trails } from "../../../../frontend/panels/frame/trails.js";
import { pathOf, penOf, runOf } from "../../made.js";

const box = { x: 0, y: 0, width: 500, height: 500 };
const axis = { range: [-1, 1], log: false, title: "" };
const facets = [{ box, x: axis, y: axis, run: null }];

/** A path that jumps all over the picture. */
function tangle(n) {
  const at = (i, k) => Math.sin(i * i * k);
  const run = runOf({
    loss: Array.from({ length: n }, () => 1),
    p0: Array.from({ length: n }, (_, i) => at(i, 1.7)),
    p1: Array.from({ length: n }, (_, i) => at(i, 2.3)),
  });
  const [x, y] = [run.columns.get("p0"), run.columns.get("p1")];
  return [{ run, facet: 0, x, y, shift: 0, color: "#000", width: 1, dash: [], dots: 0, monotone: false }];
}

const lines = (pen) => pathOf(pen).filter(([name]) => name === "lineTo");

test("what does not fit into a frame is left for the next, piece by piece, and nothing is left out", () => {
  const series = tangle(3500);
  const [whole, parts] = [penOf(), penOf()];
  assert.equal(new Trails(whole).draw(series, facets, 3499), true);
  const trails = new Trails(parts);
  assert.equal(trails.draw(series, facets, 3499, -1), false);
  const first = lines(parts).length;
  assert.ok(first > 0 && first < 1001, "One piece is drawn however late it is: every panel comes to its end.");
  for (const step of [700, 1500, 3499]) assert.equal(trails.draw(series, facets, step), true);
  assert.equal(trails.draw(series, facets, 3499, -1), true, "there is nothing left to draw");
  const ends = (pen) => new Set(lines(pen).map(([, x, y]) => `${Math.round(x / 50)} ${Math.round(y / 50)}`));
  assert.deepEqual([...ends(parts)].sort(), [...ends(whole)].sort());
});

test("backward the picture begins anew", () => {
  const pen = penOf();
  const trails = new Trails(pen);
  trails.draw(tangle(10), facets, 9);
  const before = lines(pen).length;
  trails.draw(tangle(10), facets, 4);
  assert.equal(lines(pen).length - before, 4);
});
