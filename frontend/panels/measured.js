/** Panels over steps of what is measured now and then: lines between the points where it was measured. */

/** @import { Axis, Facet, Panel, RunView, Scene, Series } from "../types/page.js" */

import { toPixel } from "../plot/ink.js";
import { classStyle } from "../plot/palette.js";
import { summary } from "../plot/ranges.js";
import { measuredRun } from "../state/measured-columns.js";
import { pictures } from "../words/pictures.js";
import { columns as markers, number } from "../words/plot.js";
import { crisp, drawAxes, line } from "./frame/axes.js";
import { drawText } from "./frame/glyphs.js";
import { inOrder, seriesOf } from "./frame/line-style.js";
import { drawCursor, drawMarkers, drawNote, hoverFigure, overSteps, placerFor } from "./frame/over-steps.js";
import { rowsOf } from "./frame/rows.js";
import { runOf } from "./frame/snapshots.js";
import { placesOf } from "./frame/x-axis.js";

export const CHECKED = [5, 4]; // the dash of validation data
const EVERY = 3; // with more runs than this, validation data are drawn only of the selected one

/**
 * The line of a column as it was measured; none where it never was.
 *
 * @param {Scene} scene
 * @param {RunView} run
 * @param {string} name
 * @param {Partial<Series> & { marks?: string, scale?: number }} [how]
 * @returns {Series[]}
 */
export function measuredSeries(scene, run, name, { marks, scale, ...line } = {}) {
  const held = measuredRun(run, name, { ...(marks && { marks }), ...(scale && { scale }) });
  if (!held || summary(held.run, name).high === -Infinity) return [];
  return [seriesOf(scene, held.run, { x: placesOf(scene, held.run), y: held.y, monotone: true, ...line })];
}

/**
 * Training data as a full line, validation data dashed.
 *
 * @param {Scene} scene
 * @param {string} what "loss" or "accuracy".
 * @param {number} [scale]
 * @returns {Series[]}
 */
export function bothSeries(scene, what, scale = 1) {
  const marks = "train_loss";
  return inOrder(scene).flatMap((run) => [
    ...(checked(scene, run)
      ? measuredSeries(scene, run, `val_${what}`, { marks, scale, part: 1, dash: CHECKED, width: 1.5 })
      : []),
    ...measuredSeries(scene, run, `train_${what}`, { marks, scale, part: 0 }),
  ]);
}

/**
 * Whether there is room for more than one line of a run.
 *
 * @param {Scene} scene
 * @param {RunView} run
 */
export function checked({ runs, view }, run) {
  return runs.length <= EVERY || view.selected === run.index;
}

/**
 * The layers of the selected run, each with its own colour and name.
 *
 * @param {Scene} scene
 * @param {string} column "ratio" or "saturated".
 * @param {{ scale?: number, facet?: number, embeds?: boolean }} [how]
 * @returns {Series[]}
 */
export function layerSeries(scene, column, { scale = 1, facet = 0, embeds = false } = {}) {
  const run = runOf(scene);
  if (!run || run.n === 0) return [];
  const series = [];
  for (let i = 0; run.columns.has(`${column}${i}`); i++) {
    const { color, dash } = classStyle(i, scene.view.theme);
    const label = embeds && i === 0 ? pictures.embedding : pictures.layer(embeds ? i : i + 1);
    const look = { part: 8 * facet + i, facet, color, dash, label, width: 1.75, scale, marks: "train_loss" };
    series.push(...measuredSeries(scene, run, `${column}${i}`, look));
  }
  return series;
}

/**
 * What the lines span, as one summary per line.
 * @param {readonly Series[]} series
 */
export function spansOf(series) {
  return series.map(({ run, y }) => summary(run, [...run.columns.keys()].at(-1) ?? "", y));
}

/**
 * @typedef {object} Measure
 * @property {string} id
 * @property {string} title
 * @property {string} help
 * @property {(scene: Scene) => Series[]} series
 * @property {(series: readonly Series[]) => Axis} axis
 * @property {(scene: Scene) => string} [note]
 * @property {[value: number, text: string]} [guide] A line to compare with.
 * @property {(run: RunView) => string[]} columns Of the table.
 */

/**
 * A panel over steps of something measured.
 *
 * @param {Measure} measure
 * @returns {Panel}
 */
export function createMeasured({ id, title, help, series, axis, note = () => "", guide, columns }) {
  const noteOf = (/** @type {Scene} */ scene, /** @type {readonly Series[]} */ all) =>
    all.length === 0 && scene.runs.some((run) => run.n > 1) ? pictures.nothingMeasured : note(scene);
  return {
    id,
    title,
    help,
    acts: ["seek"],
    facets: (scene) => {
      const all = series(scene);
      return overSteps(scene, axis(all), noteOf(scene, all));
    },
    series,
    base: (pen, scene, facets) => {
      for (const facet of facets) {
        drawAxes(pen, facet, scene.ink);
        if (guide) drawGuide(pen, scene, facet, ...guide);
      }
      drawNote(pen, scene, noteOf(scene, series(scene)));
    },
    markers: (pen, scene, markers, [facet]) => {
      if (!facet) return;
      drawCursor(pen, scene, facet);
      drawNamed(pen, scene, markers, facet);
    },
    figure: (scene, facets) => hoverFigure(scene, facets, series(scene), ""),
    table: (runs, step) => measuredTable(runs, step, columns),
  };
}

/**
 * The numbers of some columns at a step.
 *
 * @param {readonly RunView[]} runs
 * @param {number} step
 * @param {(run: RunView) => string[]} columns
 */
export function measuredTable(runs, step, columns) {
  const names = runs[0] ? columns(runs[0]) : [];
  const rows = rowsOf(runs, step, (run, at) => names.map((name) => number(lastOf(run, name, at))));
  return { columns: [markers.run, markers.step, ...names.map(pictures.column)], rows };
}

/**
 * @param {RunView} run
 * @param {string} name
 * @param {number} step
 */
function lastOf(run, name, step) {
  const held = measuredRun(run, name);
  let value = NaN;
  for (let i = 0; held && i < held.run.n; i++) {
    if ((held.run.columns.get("step")?.[i] ?? Infinity) > step) break;
    value = held.y[i] ?? NaN;
  }
  return value;
}

/**
 * The moving points with names: of layers all that have room, of runs as elsewhere.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Parameters<typeof drawMarkers>[2]} markers
 * @param {Facet} facet
 */
function drawNamed(pen, scene, markers, facet) {
  drawMarkers(pen, scene, markers, facet, ({ series }) => series.label ?? series.run.label, placerFor(scene, facet));
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {number} value
 * @param {string} text
 */
export function drawGuide(pen, { ink }, facet, value, text) {
  const { box } = facet;
  const y = crisp(toPixel(facet, 0, value)[1]);
  if (y < box.y || y > box.y + box.height) return;
  pen.lineWidth = 1;
  pen.setLineDash([6, 4]);
  line(pen, ink.good, box.x, y, box.x + box.width, y);
  pen.setLineDash([]);
  drawText(pen, text, box.x + box.width - 4, y - 9, ink.good, ink.card, { align: "right" });
}
