/** One feature and a number: the curve that the network has fitted, and the data. */

/** @import { Facet, Panel, RunView, Scene, Told } from "../../types/page.js" */

import { toPixel } from "../../plot/ink.js";
import { spanOf } from "../../plot/ranges.js";
import { arrayOf, partOf } from "../../state/arrays.js";
import { valueAt } from "../../state/run-data.js";
import { pictures } from "../../words/pictures.js";
import { columns, number } from "../../words/plot.js";
import { axis, drawAxes, gutter } from "../frame/axes.js";
import { drawSymbol } from "../frame/glyphs.js";
import { lineStyle } from "../frame/line-style.js";
import { rowsOf } from "../frame/rows.js";
import { boxOf, bundleOf, domainOf, frameOf, runOf, SNAPSHOTS } from "../frame/snapshots.js";

const ROOM = 0.35; // of the data's span that a curve may go beyond it

/** @param {Scene} scene */
function facets(scene) {
  const bundle = bundleOf(scene, "curve");
  if (!bundle) return [];
  const [across] = domainOf(bundle);
  const points = ["points", "check_points"].flatMap((name) => [...arrayOf(bundle, name).data]);
  const [low, high] = spanOf(points.filter((_, i) => i % 2 === 1));
  const room = ROOM * (high - low);
  const y = axis([low - room, high + room]);
  const box = boxOf(scene, gutter(y, scene.height));
  return [{ box, x: axis(across, bundle.features?.[0]), y, run: null }];
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, [facet]) {
  if (facet) drawAxes(pen, facet, scene.ink);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {unknown} _moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, _moving, [facet]) {
  const bundle = bundleOf(scene, "curve");
  const run = runOf(scene);
  if (!bundle || !facet || !run) return;
  const { ink } = scene;
  for (const name of ["check_points", "points"]) {
    const { data, shape } = arrayOf(bundle, name);
    for (let i = 0; i < (shape[0] ?? 0); i++) {
      const [x, y] = toPixel(facet, data[2 * i] ?? NaN, data[2 * i + 1] ?? NaN);
      drawSymbol(pen, "circle", x, y, 4.5, ink.muted, ink.card);
      if (name === "check_points") drawSymbol(pen, "circle", x, y, 2.8, ink.card);
    }
  }
  drawCurve(pen, facet, arrayOf(bundle, "x").data, partOf(bundle, "y", frameOf(scene, bundle)), lineStyle(scene, run));
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} facet
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {{ color: string }} look
 */
function drawCurve(pen, facet, xs, ys, { color }) {
  pen.save();
  pen.beginPath();
  pen.rect(facet.box.x, facet.box.y, facet.box.width, facet.box.height);
  pen.clip();
  pen.beginPath();
  let before = false;
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = toPixel(facet, xs[i] ?? NaN, ys[i] ?? NaN);
    const here = Number.isFinite(y) && Math.abs(y) < 1e6;
    if (here && before) pen.lineTo(x, y);
    else if (here) pen.moveTo(x, y);
    before = here;
  }
  pen.setLineDash([]);
  pen.lineWidth = 2.5;
  pen.lineJoin = "round";
  pen.strokeStyle = color;
  pen.stroke();
  pen.restore();
}

/** @param {Told} told */
function caption(told) {
  const bundle = bundleOf(told, "curve");
  const run = runOf(told);
  if (!bundle || !run) return "";
  const step = bundle.steps[frameOf(told, bundle)] ?? 0;
  const [train = NaN, check = NaN] = ["train_loss", "val_loss"].map((name) => valueAt(run, name, told.clock.step));
  return `${pictures.seenAt(run.label, step)}; ${pictures.bothLosses(train, check)}. ${pictures.points}`;
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} step
 */
function table(runs, step) {
  const names = ["train_loss", "val_loss"];
  const rows = rowsOf(runs, step, (run, at) => names.map((name) => number(valueAt(run, name, at))));
  return { columns: [columns.run, columns.step, columns.trainingLoss, columns.validationLoss], rows };
}

/** @type {Panel} */
export const fit = {
  ...SNAPSHOTS,
  id: "fit",
  title: pictures.fit,
  help: pictures.fitHelp,
  facets,
  base,
  markers,
  table,
  caption,
};
