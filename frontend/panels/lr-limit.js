/** The learning rate as a share of each rule's own stability limit: one line at 1 for all. */

/** @import { Facet, Figure, Marker, Panel, RunView, Scene } from "../types/page.js" */

import { toPixel } from "../plot/ink.js";
import { mix } from "../plot/palette.js";
import { edgeScale, summary } from "../plot/ranges.js";
import { curvatureBetween, untilMeasured } from "../state/measured-columns.js";
import { valueAt } from "../state/run-data.js";
import { columns, number, plot } from "../words/plot.js";
import { axis, crisp, drawAxes, FONT, line } from "./frame/axes.js";
import { drawArrow, drawText } from "./frame/glyphs.js";
import { inOrder, lineStyle, seriesOf } from "./frame/line-style.js";
import { drawCursor, drawMarkers, drawNote, hoverFigure, overSteps, placerFor } from "./frame/over-steps.js";
import { rowsOf } from "./frame/rows.js";
import { placesOf } from "./frame/x-axis.js";

const TINT = 0.07; // of the area above the limit

/** @type {WeakMap<RunView["columns"], { n: number, share: Float64Array }>} */
const known = new WeakMap();

/**
 * lr / limit of every entry; 0 where the limit is infinite, NaN where the rule has no theory.
 * @param {RunView} run
 */
export function shareOf(run) {
  const old = known.get(run.columns);
  if (old && old.n === run.n) return old.share;
  const [lr, limit] = [run.columns.get("lr"), run.columns.get("limit")];
  const share = old && old.share.length >= run.n ? old.share : grown(old?.share, lr?.length ?? run.n);
  if (run.columns.has("train_loss")) return measuredShare(run, share);
  for (let i = old && old.n < run.n ? old.n : 0; i < run.n; i++) share[i] = (lr?.[i] ?? NaN) / (limit?.[i] ?? NaN);
  known.set(run.columns, { n: run.n, share });
  return share;
}

/**
 * The limit of a network is measured now and then.
 *
 * @param {RunView} run
 * @param {Float64Array} share
 */
function measuredShare(run, share) {
  const [lr, curvature] = [run.columns.get("lr"), curvatureBetween(run)];
  for (let i = 0; i < run.n; i++) share[i] = (lr?.[i] ?? NaN) * (curvature[i] ?? NaN);
  known.set(run.columns, { n: run.n, share });
  return share;
}

/**
 * @param {Float64Array | undefined} old
 * @param {number} length
 */
function grown(old, length) {
  const share = new Float64Array(length);
  if (old && old.length <= length) share.set(old);
  return share;
}

/** @param {RunView} run */
function hasTheory(run) {
  return Number.isFinite(summary(run, plot.shareOfLimit, shareOf(run)).high);
}

/** @param {Scene} scene */
function noteOf({ runs }) {
  const without = runs.filter((run) => run.n > 0 && !hasTheory(run)).map((run) => run.label);
  return without.length > 0 ? plot.noTheory(without) : "";
}

/** @param {Scene} scene */
function facets(scene) {
  const { range, log } = edgeScale(
    scene.runs.filter((run) => run.n > 0).map((run) => summary(run, plot.shareOfLimit, shareOf(run))),
  );
  return overSteps(scene, axis(range, plot.edge, log), noteOf(scene));
}

/** @param {Scene} scene */
function series(scene) {
  return inOrder(scene)
    .filter(hasTheory)
    .map((run) =>
      seriesOf(scene, untilMeasured(run), {
        x: placesOf(scene, run),
        y: shareOf(run),
        dash: lineStyle(scene, run).dash,
        monotone: true,
      }),
    );
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, shown) {
  const { ink } = scene;
  for (const facet of shown) {
    const { box } = facet;
    const y = crisp(toPixel(facet, 0, 1)[1]);
    const above = Math.max(0, Math.min(box.height, y - box.y));
    pen.fillStyle = mix(ink.card, ink.bad, TINT);
    pen.fillRect(box.x, box.y, box.width, above);
    drawAxes(pen, facet, ink);
    if (y < box.y || y > box.y + box.height) continue;
    pen.setLineDash([6, 4]);
    line(pen, ink.bad, box.x, y, box.x + box.width, y);
  }
  drawNote(pen, scene, noteOf(scene));
}

/**
 * The name of the line at 1, on the side that the clock is not, and above or below it where fewer lines pass; returns
 * where it stands.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} moving
 * @param {Facet} facet
 */
function drawLimit(pen, { ink, clock }, moving, facet) {
  const { box } = facet;
  const [x, y] = toPixel(facet, clock.step * (facet.x.perStep ?? 1), 1);
  if (y < box.y || y > box.y + box.height) return null;
  const crossed = (/** @type {number} */ middle) => moving.filter(({ at }) => Math.abs(at[1] - middle) < 10).length;
  const below = y - box.y < 18 || crossed(y + 10) < crossed(y - 10);
  const right = x < box.x + box.width / 2;
  const halo = below ? ink.card : mix(ink.card, ink.bad, TINT);
  pen.font = FONT;
  const width = pen.measureText(plot.stabilityLimit).width;
  const place = { x: right ? box.x + box.width - 4 - width : box.x + 5, y: below ? y + 3 : y - 16, width, height: 14 };
  drawText(pen, plot.stabilityLimit, place.x, place.y + 7, ink.bad, halo);
  return place;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, moving, [facet]) {
  if (!facet) return;
  drawCursor(pen, scene, facet);
  const limit = drawLimit(pen, scene, moving, facet);
  drawBeyond(pen, scene, moving, facet);
  const placer = placerFor(scene, facet);
  if (limit) placer.take(limit);
  placer.take({ ...facet.box, y: toPixel(facet, 0, 1)[1] - 2, height: 4 });
  drawMarkers(pen, scene, moving, facet, ({ series, index }) => `${number(series.y[index] ?? NaN)} ×`, placer);
}

/**
 * Arrows with the shares that are above or below the axis, one under the other.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} moving
 * @param {Facet} facet
 */
function drawBeyond(pen, { ink }, moving, { box }) {
  const beyond = moving.filter((marker) => !marker.inside && !marker.ended);
  for (const [row, { at, series, index }] of beyond.entries()) {
    const up = at[1] < box.y ? -1 : 1;
    const y = up < 0 ? box.y : box.y + box.height;
    drawArrow(pen, at[0], y + 3 * up, (up * Math.PI) / 2, 12, series.color, ink.card);
    const right = at[0] < box.x + box.width / 2;
    const text = `${number(series.y[index] ?? NaN)} ×`;
    const side = { align: /** @type {CanvasTextAlign} */ (right ? "left" : "right") };
    drawText(pen, text, at[0] + (right ? 10 : -10), y - up * (8 + 15 * row), ink.text, ink.card, side);
  }
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 * @returns {Figure}
 */
function figure(scene, shown) {
  return hoverFigure(scene, shown, series(scene), plot.shareOfLimit);
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} step
 */
function table(runs, step) {
  const names = ["lr", "limit", "sharpness"];
  const rows = rowsOf(runs, step, (run, at) => {
    const [lr = NaN, limit = NaN, sharpness = NaN] = names.map((name) => valueAt(run, name, at));
    return [lr, limit, lr / limit, sharpness].map((value) => number(value));
  });
  const { run, step: when, rate, limit, share, sharpness } = columns;
  return { columns: [run, when, rate, limit, share, sharpness], rows };
}

/** @type {Panel} */
export const lrLimit = {
  id: "edge",
  title: plot.edge,
  help: plot.edgeHelp,
  acts: ["seek"],
  facets,
  series,
  base,
  markers,
  figure,
  table,
};
