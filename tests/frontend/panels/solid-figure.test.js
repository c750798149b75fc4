import assert from "node:assert/strict";
import { test } from "node:test";
import { pictureOf } from "../../../frontend/panels/main-panel.js";
import { layoutOf, pathOf, scaleOf, tracesOf } from "../../../frontend/panels/solid-figure.js";
import { paleness, spectrum } from "../../../frontend/panels/spectrum.js";
import { modeFor, modesOf } from "../../../frontend/state/surface-modes.js";
import { descent, groundOf, penOf, runOf, sceneOf } from "../made.js";

test("a curve has one look, a plane three, and more dimensions two", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 64].map((dim) => modesOf(dim).length),
    [0, 0, 3, 2, 2],
  );
  assert.deepEqual(modesOf(3, true), ["now", "spectrum", "pair"]);
  assert.equal(modeFor(3, "pair"), "now");
  assert.equal(modeFor(2, "heat"), "heat");
  assert.equal(modeFor(2, "spectrum"), "contour");
  assert.equal(modeFor(5, "solid"), "now");
  assert.equal(modeFor(1, "heat"), null);
  assert.equal(pictureOf(groundOf(3), "spectrum").id, "spectrum");
  assert.equal(pictureOf(groundOf(3), "heat").id, "profile");
});

test("a bowl is drawn as high as its loss, a steep one by the logarithm", () => {
  const bowl = groundOf(2);
  const plain = scaleOf(bowl);
  assert.equal(plain.log, false);
  assert.equal(plain.heightOf(3), 3);
  assert.equal(plain.heightOf(1e9), plain.top);
  const steep = { ...bowl, z: bowl.z.map((value) => value ** 4) };
  const log = scaleOf(steep);
  assert.equal(log.log, true);
  assert.ok(log.heightOf(0) >= log.bottom && log.heightOf(1e9) === log.top);
});

test("a path on the surface ends at the step and has holes where it is outside", () => {
  const run = runOf({ p0: [-4, 9, 1, 0], p1: [1, 1, 1, 0], loss: [18, 83, 3, NaN] });
  const path = pathOf(run, groundOf(2), (loss) => loss, 2.5);
  assert.deepEqual(path, { x: [-4, null, 1], y: [1, null, 1], z: [18, null, 3] });
  assert.deepEqual(pathOf(run, groundOf(2), (loss) => loss, 3).z.at(-1), null);
  const long = runOf(descent({ steps: 5000, start: [-4, 1] }));
  const thinned = pathOf(long, groundOf(2), (loss) => loss, 5000);
  assert.ok(thinned.x.length <= 402);
  assert.equal(thinned.x.at(-1), long.columns.get("p0")[5000]);
});

test("there is one surface, and for every run a line and a sign", () => {
  const field = groundOf(2);
  const runs = [runOf(descent({ start: [-4, 1] })), runOf(descent({ lr: 0.3, start: [-4, 1] }), { index: 1 })];
  const scale = scaleOf(field);
  const paths = runs.map((run) => pathOf(run, field, scale.heightOf, 5));
  const traces = tracesOf(field, scale, runs, paths, "light");
  assert.deepEqual(
    traces.map(({ type, mode }) => [type, mode].filter(Boolean).join(" ")),
    ["surface", "scatter3d lines", "scatter3d lines", "scatter3d markers", "scatter3d markers"],
  );
  const { scene } = layoutOf(field, scale, "light", { x: 1, y: 1, z: 1 }, { clientWidth: 400, clientHeight: 300 });
  assert.deepEqual(scene.xaxis.range, field.domain[0]);
});

test("steep directions are darker than flat ones", () => {
  assert.deepEqual(
    [0, 1, 2].map((i) => paleness([1, 10, 3], i, 3)),
    [1, 0, 0.5],
  );
  assert.deepEqual(
    [0, 1].map((i) => paleness([], i, 2)),
    [0, 1],
  );
});

test("over the steps, the selected run has one line for each of 64 eigenvalues, and the extremes are named", () => {
  const dim = 64;
  const start = Array.from({ length: dim }, () => 1);
  const runs = [runOf(descent({ lr: 0.01, start })), runOf(descent({ lr: 0.002, start }), { index: 1 })];
  const scene = sceneOf(runs, { dim, selected: 1, ground: "spectrum" });
  scene.landscape.eigenvalues = start.map((_, i) => 2 * (i + 1));
  const facets = spectrum.facets(scene);
  const series = spectrum.series(scene, facets);
  assert.equal(series.length, dim);
  assert.ok(series.every(({ run, y }) => run === runs[1] && y[0] === 1));
  assert.equal(new Set(series.map(({ part }) => part)).size, dim);
  const markers = series.map((one, i) => ({
    series: one,
    facet: facets[0],
    index: 5,
    from: [200, 60 + 5 * i],
    at: [200, 60 + 5 * i],
    inside: true,
  }));
  const pen = penOf();
  spectrum.markers(pen, scene, markers, facets);
  assert.deepEqual(pen.texts(), ["λ 128", "λ 2"]);
  assert.equal(spectrum.table(runs, 5).columns.length, dim + 2);
});
