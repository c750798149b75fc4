/** More than two dimensions over the steps: how far the selected run still is along every eigen-direction. */

/** @import { Facet, Figure, Marker, Panel, RunView, Scene, Series } from "../types/page.js" */

import { mix, styleOf } from "../plot/palette.js";
import { valueAt } from "../state/run-data.js";
import { columns, number, plot } from "../words/plot.js";
import { surface } from "../words/surface.js";
import { axis, drawAxes, FONT, gutter } from "./frame/axes.js";
import { createPlacer, drawLabel, drawSymbol } from "./frame/glyphs.js";
import { seriesOf } from "./frame/line-style.js";
import { rowsOf } from "./frame/rows.js";
import { plotlyLayout } from "./frame/underlay.js";
import { curvaturesOf, goalOf, heightAxis } from "./profile.js";

const TOP = 30;
const BOTTOM = 28;
const RIGHT = 76; // pixels for the names of the eigenvalues
const PALEST = 0.45; // of the card's colour in the flattest direction's line
const NAMED = 8; // directions that all have a name; of more, the steepest and the flattest

/** @param {Scene} scene */
function facets(scene) {
  const { landscape, spec, width, height } = scene;
  if (!landscape) return [];
  const y = heightAxis(scene);
  const tall = Math.max(40, height - TOP - BOTTOM);
  const left = gutter(y, tall);
  const box = { x: left, y: TOP, width: Math.max(40, width - left - RIGHT), height: tall };
  return [{ box, x: axis([0, Math.max(1, spec.steps)], plot.step), y, run: null }];
}

/**
 * From 0, the steepest direction, to 1, the flattest.
 *
 * @param {readonly number[]} curvatures
 * @param {number} i
 * @param {number} dim
 */
export function paleness(curvatures, i, dim) {
  if (curvatures.length !== dim || dim < 2) return dim < 2 ? 0 : i / (dim - 1);
  const own = Math.abs(curvatures[i] ?? 0);
  return curvatures.filter((other) => Math.abs(other) > own).length / (dim - 1);
}

/** @param {Scene} scene */
function shownRun({ runs, view }) {
  const run = runs[view.selected] ?? runs[0];
  return run && run.n > 0 ? run : null;
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 * @returns {Series[]}
 */
function series(scene, shown) {
  const run = shownRun(scene);
  if (!run || shown.length === 0) return [];
  const goal = goalOf(scene);
  const dim = scene.landscape?.dim ?? 0;
  const curvatures = curvaturesOf(scene.landscape);
  const { color } = styleOf(run.index, scene.view.theme);
  return Array.from({ length: dim }, (_, i) => {
    const column = run.columns.get(`p${i}`) ?? new Float64Array();
    const pale = paleness(curvatures, i, dim);
    return seriesOf(scene, run, {
      part: i,
      label: surface.lambda(number(curvatures[i] ?? NaN)),
      y: goal ? column.map((value) => Math.abs(value - (goal[i] ?? 0))) : column,
      color: mix(color, scene.ink.card, PALEST * pale),
      width: 2.5 - pale,
      monotone: true,
    });
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, [facet]) {
  if (!facet) return;
  drawAxes(pen, facet, scene.ink);
  pen.font = FONT;
  pen.fillStyle = scene.ink.muted;
  pen.textAlign = "left";
  pen.fillText(`${shownRun(scene)?.label ?? ""}: ${surface.along}`, facet.box.x, facet.box.y - 14);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, moving, [facet]) {
  if (!facet) return;
  const { box } = facet;
  const placer = createPlacer({ ...box, width: box.width + RIGHT });
  const inside = moving.filter((marker) => marker.inside);
  const order = inside.toSorted((a, b) => b.series.width - a.series.width);
  const named = order.length <= NAMED ? order : [order[0], order.at(-1)];
  for (const { series, at } of inside) {
    drawSymbol(pen, series.symbol, at[0], at[1], inside.length > 24 ? 2.5 : 4, series.color, scene.ink.card);
  }
  for (const marker of named) {
    if (!marker || curvaturesOf(scene.landscape).length === 0) continue;
    drawLabel(pen, placer, marker.series.label ?? "", marker.at[0], marker.at[1], scene.ink.text, scene.ink.card);
  }
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 * @returns {Figure}
 */
function figure(scene, shown) {
  return { data: [], layout: plotlyLayout(scene, shown) };
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} step
 */
function table(runs, step) {
  const most = Math.max(0, ...runs.map((run) => [...run.columns.keys()].filter((name) => /^p\d+$/.test(name)).length));
  const names = Array.from({ length: most }, (_, i) => `p${i}`);
  const rows = rowsOf(runs, step, (run, at) => names.map((name) => number(valueAt(run, name, at))));
  return { columns: [columns.run, columns.step, ...names.map((_, i) => `x${i + 1}`)], rows };
}

/** @type {Panel} */
export const spectrum = {
  id: "spectrum",
  title: surface.spectrum,
  help: surface.spectrumHelp,
  acts: ["seek"],
  facets,
  series,
  base,
  markers,
  figure,
  table,
};
