/** More than two dimensions: how far every coordinate still is from the minimum, at the clock's step. */

/** @import { Axis, Facet, Figure, Marker, Panel, RunView, Scene } from "../types/page.js" */

import { toPixel } from "../plot/ink.js";
import { linearSpan, logSpan } from "../plot/ranges.js";
import { indexAt, stepAt, valueAt } from "../state/run-data.js";
import { columns, number, plot } from "../words/plot.js";
import { surface } from "../words/surface.js";
import { axis, crisp, drawAxes, FONT, line } from "./frame/axes.js";
import { drawArrow, drawSymbol } from "./frame/glyphs.js";
import { inOrder, lineStyle } from "./frame/line-style.js";
import { rowsOf } from "./frame/rows.js";
import { plotlyLayout } from "./frame/underlay.js";

const MARGIN = { left: 56, right: 16, top: 30, bottom: 46 };
const DEEPEST = 12; // decades below the farthest coordinate that are shown

/**
 * The curvature along every eigen-direction; none where the problem is no quadratic in more than two of them.
 * @param {Pick<import("../types/page.js").Landscape, "dim" | "eigenvalues"> | null} seen
 */
export function curvaturesOf(seen) {
  return seen && seen.dim > 2 ? (seen.eigenvalues ?? []) : [];
}

/**
 * The minimum that the first run ends nearest to; null where none is known.
 * @param {Scene} scene
 */
export function goalOf({ landscape, runs }) {
  const minima = landscape?.minima ?? [];
  const end = runs[0] && runs[0].n > 0 ? pointOf(runs[0], Infinity) : (landscape?.start ?? []);
  const distance = (/** @type {number[]} */ to) => Math.hypot(...to.map((value, i) => value - (end[i] ?? 0)));
  return minima.length === 0
    ? null
    : (minima.map((one) => one.point).sort((a, b) => distance(a) - distance(b))[0] ?? null);
}

/**
 * @param {RunView} run
 * @param {number} step
 */
function pointOf(run, step) {
  const index = indexAt(run, step);
  const values = [];
  for (let i = 0; run.columns.has(`p${i}`); i++) values.push(run.columns.get(`p${i}`)?.[index] ?? NaN);
  return values;
}

/**
 * What is drawn of a point: its distances from the minimum, or where none is known its coordinates.
 *
 * @param {readonly number[]} point
 * @param {readonly number[] | null} goal
 */
function heightsOf(point, goal) {
  return goal ? point.map((value, i) => Math.abs(value - (goal[i] ?? 0))) : point;
}

/**
 * The last entry of a run whose numbers are finite.
 * @param {RunView} run
 */
function endOf(run) {
  let end = run.n - 1;
  while (end > 0 && !Number.isFinite(run.columns.get("loss")?.[end])) end -= 1;
  return pointOf(run, stepAt(run, end));
}

/**
 * From where the runs start, or three decades above where one diverges, down to where they end.
 *
 * @param {Scene} scene
 * @returns {Axis}
 */
export function heightAxis(scene) {
  const goal = goalOf(scene);
  const runs = scene.runs.filter((run) => run.n > 0);
  const start = heightsOf(runs[0] ? pointOf(runs[0], 0) : (scene.landscape?.start ?? []), goal);
  const ends = runs.flatMap((run) => heightsOf(endOf(run), goal));
  const most = start.reduce((high, value) => Math.max(high, goal ? value : Math.abs(value)), 0) || 1;
  const room = runs.some((run) => run.outcome?.kind === "diverged") ? 1e3 : 2;
  const shown = [...start, ...ends].filter((value) => Number.isFinite(value) && Math.abs(value) <= room * most);
  const high = shown.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!goal) return axis(linearSpan(Math.min(...shown, 0), Math.max(high, 0)), "");
  const low = shown.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), most);
  return axis(logSpan(Math.max(low, most / 10 ** DEEPEST), Math.max(high, most)), "", true);
}

/** @param {Scene} scene */
function facets(scene) {
  const { landscape, width, height } = scene;
  if (!landscape) return [];
  const box = {
    x: MARGIN.left,
    y: MARGIN.top,
    width: Math.max(40, width - MARGIN.left - MARGIN.right),
    height: Math.max(40, height - MARGIN.top - MARGIN.bottom),
  };
  return [{ box, x: axis([0.5, Math.max(1, landscape.dim) + 0.5]), y: heightAxis(scene), run: null }];
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, [facet]) {
  if (!facet) return;
  const { box } = facet;
  drawAxes(pen, facet, scene.ink, { xLabels: false });
  const curvatures = curvaturesOf(scene.landscape);
  const dim = scene.landscape?.dim ?? 1;
  const every = Math.ceil(dim / Math.max(1, box.width / 44));
  pen.font = FONT;
  pen.fillStyle = scene.ink.muted;
  pen.textAlign = "center";
  pen.lineWidth = 1;
  for (let i = 0; i < dim; i += every) {
    const [x] = toPixel(facet, i + 1, 1);
    line(pen, scene.ink.grid, crisp(x), box.y, crisp(x), box.y + box.height);
    pen.fillText(scene.landscape?.variables[i] ?? `x${i + 1}`, x, box.y + box.height + 14);
    if (curvatures.length > 0) pen.fillText(surface.lambda(number(curvatures[i] ?? NaN)), x, box.y + box.height + 31);
  }
  pen.textAlign = "left";
  pen.fillText(goalOf(scene) ? plot.distance : plot.position, box.x, box.y - 14);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} _moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, _moving, [facet]) {
  if (!facet) return;
  const goal = goalOf(scene);
  for (const run of inOrder(scene)) {
    const heights = heightsOf(pointOf(run, scene.clock.step), goal);
    drawProfile(pen, scene, facet, run, heights);
  }
}

/**
 * One marker per coordinate, joined by a line; arrows at the edges for what is beyond them.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {RunView} run
 * @param {readonly number[]} heights
 */
function drawProfile(pen, scene, facet, run, heights) {
  const { box } = facet;
  const { color, width, dash, symbol } = lineStyle(scene, run);
  const [top, bottom] = [box.y, box.y + box.height];
  const places = heights
    .map((value, i) => toPixel(facet, i + 1, value))
    .filter(([, y]) => !Number.isNaN(y))
    .map(([x, y]) => ({
      x,
      y: Math.max(top, Math.min(bottom, y)),
      beyond: y < top - 1 ? -1 : y > bottom - 0.01 ? 1 : 0,
    }));
  pen.beginPath();
  for (const { x, y } of places) pen.lineTo(x, y);
  pen.setLineDash(dash);
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.stroke();
  const size = places.length > 24 ? 3 : 5;
  for (const { x, y, beyond } of places) {
    if (beyond === 0) drawSymbol(pen, symbol, x, y, size, color, scene.ink.card);
    else drawArrow(pen, x, y + 2 * beyond, (beyond * Math.PI) / 2, 2 * size + 2, color, scene.ink.card);
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
  const most = Math.max(0, ...runs.map((run) => pointOf(run, step).length));
  const names = Array.from({ length: most }, (_, i) => `x${i + 1}`);
  const rows = rowsOf(runs, step, (run, at) =>
    [...pointOf(run, at), valueAt(run, "loss", at)].map((value) => number(value)),
  );
  return { columns: [columns.run, columns.step, ...names, columns.loss], rows };
}

/** @type {Panel} */
export const profile = {
  id: "profile",
  title: plot.profile,
  help: plot.profileHelp,
  acts: [],
  facets,
  series: () => [],
  base,
  markers,
  figure,
  table,
};
