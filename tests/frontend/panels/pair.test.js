import assert from "node:assert/strict";
import { test } from "node:test";
import { zoomKey } from "../../../frontend/panels/frame/cache-keys.js";
import { pictureOf } from "../../../frontend/panels/main-panel.js";
import { groundOf, pair, pairOf } from "../../../frontend/panels/pair.js";
import { descent, groundOf as landscapeOf, penOf, runOf, sceneOf } from "../made.js";

const CURVATURES = [3, 1, 30, 10];

function scene(view = {}) {
  const start = [1, 2, 3, 4];
  const runs = [runOf(descent({ lr: 0.01, start })), runOf(descent({ lr: 0.02, start }), { index: 1 })];
  const made = sceneOf(runs, { dim: 4, ground: "pair", ...view });
  return { ...made, landscape: { ...made.landscape, eigenvalues: CURVATURES, start } };
}

test("without a choice, or with one that this problem has not, the flattest direction is across and the steepest up", () => {
  for (const chosen of [null, undefined, [0, 4], [2, 2], [-1, 0], [0.5, 1]])
    assert.deepEqual(pairOf(CURVATURES, chosen), [1, 2]);
  assert.deepEqual(pairOf([-50, 1, 3], null), [1, 0]);
  assert.deepEqual(pairOf(CURVATURES, [3, 0]), [3, 0]);
});

test("the ground is half of what each curvature makes of its distance", () => {
  const { landscape } = scene();
  const seen = groundOf(
    landscape,
    [1, 2],
    [
      [0, 2],
      [-1, 1],
    ],
  );
  const [rows, columns] = seen.shape;
  assert.equal(seen.z.length, rows * columns);
  assert.ok(Math.abs(seen.z[0] - 0.5 * 30) < 1e-5);
  assert.ok(Math.abs(seen.z[columns - 1] - 0.5 * (1 * 4 + 30)) < 1e-5);
  assert.deepEqual(seen.variables, ["x2", "x3"]);
  assert.deepEqual(seen.start, [2, 3]);
  assert.deepEqual([seen.best, seen.minima.length], [0, 1]);
  const saddle = groundOf({ ...landscape, eigenvalues: [1, -1, 2] }, [0, 1]);
  assert.deepEqual([saddle.best, saddle.minima.length], [null, 0]);
});

test("the same ground is made once", () => {
  const { landscape } = scene();
  assert.equal(groundOf(landscape, [0, 3]), groundOf({ ...landscape }, [0, 3]));
  assert.notEqual(groundOf(landscape, [0, 3]), groundOf(landscape, [3, 0]));
});

test("the paths are those of the chosen coordinates, and other strokes when others are chosen", () => {
  const first = scene();
  const facets = pair.facets(first);
  const series = pair.series(first, facets);
  assert.deepEqual([series[0].x[0], series[0].y[0]], [2, 3]);
  assert.equal(facets[0].x.title, "x2");
  const other = { ...first, view: { ...first.view, pair: [3, 0] } };
  const [turned] = pair.series(other, pair.facets(other));
  assert.deepEqual([turned.x[0], turned.y[0]], [4, 1]);
  assert.notEqual(turned.run.columns, series[0].run.columns);
  assert.equal(pair.series(first, facets)[0].run.columns, series[0].run.columns);
  assert.notEqual(zoomKey(first, facets), zoomKey(other, facets));
});

test("arrows, edges and starts are those of the two directions, and what is drawn has no hole", () => {
  const made = scene({ selected: 0 });
  made.spec.runs = made.spec.runs.map((run) => ({ ...run, start: [5, 6, 7, 8] }));
  const facets = pair.facets(made);
  const pen = penOf();
  const at = [0, 0];
  const markers = pair
    .series(made, facets)
    .map((series) => ({ series, facet: facets[0], index: 0, from: at, at, inside: false, ended: false }));
  pair.markers(pen, made, markers, facets);
  assert.ok(
    pen.texts().some((text) => /^x2 = |^x2 = .*, x3 = /.test(text)),
    pen.texts().join(),
  );
  assert.equal(pair.figure(made, facets).data[0].type, "heatmap");
});

test("only a quadratic in more than two dimensions has pairs", () => {
  assert.equal(pictureOf({ ...landscapeOf(3), eigenvalues: [1, 2, 3] }, "pair").id, "pair");
  assert.equal(pictureOf({ ...landscapeOf(3), eigenvalues: null }, "pair").id, "profile");
  assert.equal(pictureOf({ ...landscapeOf(2), eigenvalues: [1, 2] }, "pair").id, "landscape");
});
