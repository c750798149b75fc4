import assert from "node:assert/strict";
import { test } from "node:test";
import { metricsOf, picturesOf } from "../../../../frontend/panels/main-panel.js";
import { actual } from "../../../../frontend/panels/network/actual.js";
import { questionFor } from "../../../../frontend/server/views.js";
import { penOf, runOf, sceneOf } from "../../made.js";

const TABLE = { kind: "network", data: { kind: "csv", id: "d1" } };
const f4 = (shape, values) => ({ shape, data: Float32Array.from(values) });

/** Three rows to train on and one to check with, at two snapshots: the mean, then almost right. */
function bundleOf({ checked = true } = {}) {
  return {
    kind: "actual",
    run: 0,
    steps: [0, 10],
    domain: [[-1, 31]],
    rms_of_mean: [10, checked ? 12 : null],
    arrays: {
      actual: f4([3], [0, 10, 30]),
      predicted: f4([2, 3], [13, 13, 13, 1, 10, 29]),
      check_actual: f4([checked ? 1 : 0], checked ? [20] : []),
      check_predicted: f4([2, checked ? 1 : 0], checked ? [13, 22] : []),
      rms: f4([2, 2], [10, checked ? 7 : NaN, 0.8, checked ? 2 : NaN]),
    },
  };
}

function seenOf(bundle, { step = 10, width = 640 } = {}) {
  const run = runOf({ loss: [1, 0.5], train_accuracy: [NaN, NaN] });
  const views = { experiment: "e1", directions: "path", parameter: 0, bundles: { "data 0": bundle }, refused: {} };
  const scene = sceneOf([run], { step, picture: "data", fact: "limit" });
  return { ...scene, spec: { ...scene.spec, problem: TABLE }, views, width };
}

test("what is right lies on the diagonal, and on the line of no residual", () => {
  const scene = seenOf(bundleOf());
  const [plain, residuals] = actual.facets(scene);
  assert.deepEqual(plain.x.range, plain.y.range);
  assert.equal(residuals.y.range[0], -residuals.y.range[1]);
  const pen = penOf();
  actual.markers(pen, scene, [], [plain, residuals]);
  const arcs = pen.calls.filter(([name]) => name === "arc").map(([, x, y]) => [x, y]);
  const at = ({ box, x, y }, [px, py]) => [
    x.range[0] + ((px - box.x) / box.width) * (x.range[1] - x.range[0]),
    y.range[1] - ((py - box.y) / box.height) * (y.range[1] - y.range[0]),
  ];
  const half = arcs.length / 2;
  const rounded = (facet, points) => points.map((one) => at(facet, one).map((value) => Math.round(10 * value) / 10));
  // The hollow sign of the validation row is two circles; it is below the filled ones.
  assert.deepEqual(rounded(plain, arcs.slice(0, half)), [
    [20, 22],
    [20, 22],
    [0, 1],
    [10, 10],
    [30, 29],
  ]);
  assert.deepEqual(rounded(residuals, arcs.slice(half)), [
    [20, 2],
    [20, 2],
    [0, 1],
    [10, 0],
    [30, -1],
  ]);
});

test("a residual beyond its axis is on its edge, a prediction without a number nowhere", () => {
  const bundle = bundleOf();
  bundle.arrays.predicted.data[0] = NaN;
  const scene = seenOf(bundle, { step: 0 });
  const [, residuals] = actual.facets(scene);
  const pen = penOf();
  actual.markers(pen, scene, [], [residuals]);
  const arcs = pen.calls.filter(([name]) => name === "arc");
  assert.equal(arcs.length, 4);
  const { y, height } = residuals.box;
  assert.ok(arcs.every(([, , at]) => at >= y && at <= y + height));
});

test("the two pictures are below each other where it is narrow", () => {
  const [a, b] = actual.facets(seenOf(bundleOf(), { width: 539 }));
  assert.ok(b.box.y > a.box.y + a.box.height && b.box.x < 100);
  const [c, d] = actual.facets(seenOf(bundleOf(), { width: 540 }));
  assert.ok(d.box.x > c.box.x + c.box.width && d.box.y === c.box.y);
});

test("the residuals' axis is some times as wide as the last ones, never wider than what the numbers span", () => {
  const spanOf = (rms) => {
    const bundle = bundleOf();
    bundle.arrays.rms.data.set([rms, rms], 2);
    return actual.facets(seenOf(bundle))[1].y.range[1];
  };
  assert.equal(spanOf(1e6), 16);
  assert.equal(spanOf(2), 8);
  assert.equal(spanOf(1.99), 8);
  assert.equal(spanOf(0.99), 4);
  assert.equal(spanOf(0), 16);
});

test("the caption says how far off it is, and always saying the mean would be", () => {
  assert.match(
    actual.caption(seenOf(bundleOf())),
    /step 10; off by 0.8 on training and 2 on validation data .*the mean would be off by 12/,
  );
  const alone = actual.caption(seenOf(bundleOf({ checked: false })));
  assert.match(alone, /off by 0.8 on training data .*off by 10\.$/);
  assert.doesNotMatch(alone, /validation|NaN/);
});

test("the table has rows of both parts", () => {
  const { rows } = actual.table([], 10, [], seenOf(bundleOf()));
  assert.deepEqual(rows, [
    ["1", "training", "0", "1", "1"],
    ["2", "training", "10", "10", "0"],
    ["3", "training", "30", "29", "−1"],
    ["1", "validation", "20", "22", "2"],
  ]);
});

test("of a table the server chooses the picture", () => {
  const view = { picture: "data", selected: 1 };
  assert.equal(questionFor({ problem: TABLE }, view, { directions: "path", parameter: 0 })?.kind, "data");
});

test("there are pictures and measurements for what is predicted", () => {
  const begun = (accuracy) => [runOf({ loss: [1], train_accuracy: [accuracy] })];
  const of = (problem, runs = []) => {
    const seen = { spec: { problem: { kind: "network", ...problem } }, runs };
    return [picturesOf(seen).includes("surprise"), metricsOf(seen).includes("accuracy")];
  };
  const csv = { data: { kind: "csv", id: "d1" } };
  assert.deepEqual(of({}), [true, true]);
  assert.deepEqual(of({ loss: "mse" }), [false, true]);
  assert.deepEqual(of({ data: { kind: "chebyshev" } }), [false, false]);
  assert.deepEqual(of(csv), [false, false]);
  assert.deepEqual(of(csv, begun(0.5)), [true, true]);
  assert.deepEqual(of(csv, begun(NaN)), [false, false]);
});

test("units saturate in hidden layers, so that without any there is nothing to measure", () => {
  const saturates = (hidden) =>
    metricsOf({ spec: { problem: { kind: "network", ...hidden } }, runs: [] }).includes("saturation");
  assert.deepEqual([saturates({}), saturates({ hidden: [4] }), saturates({ hidden: [] })], [true, true, false]);
});
