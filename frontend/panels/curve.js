/** One dimension: the curve with every iterate on it, one picture per run side by side. */

/** @import { Box, Facet, Figure, Marker, Panel, RunView, Scene, Span } from "../types/page.js" */

import { toPixel } from "../plot/ink.js";
import { mix } from "../plot/palette.js";
import { spanOf } from "../plot/ranges.js";
import { PROJECTOR } from "../state/address.js";
import { indexAt, valueAt } from "../state/run-data.js";
import { columns, number, plot } from "../words/plot.js";
import { verdict } from "../words/workbench.js";
import { axis, BOLD, drawAxes, FONT, gutter, line } from "./frame/axes.js";
import { shownDomain } from "./frame/follow.js";
import { drawArrow, drawSymbol, fitted } from "./frame/glyphs.js";
import { inOrder, lineStyle, seriesOf } from "./frame/line-style.js";
import { drawOffscreenArrows } from "./frame/offscreen-arrows.js";
import { rowsOf } from "./frame/rows.js";
import { plotlyLayout } from "./frame/underlay.js";

const MOST_FACETS = 4;
const TITLE = 30;
const BOTTOM = 30;
const GAP = 20;
const WIDE = 300; // pixels of a facet that is one of four in a row
const NARROW = 180; // one of three, which would leave a hole in two rows
const ARROW = 9;
const MARKER = 6;
/** What stands before the word of an outcome. @type {Record<string, string>} */
const SIGNS = { diverged: "▲", converged: "✓", growing: "↗", oscillating: "↔" };

/** @param {Scene} scene */
function facets(scene) {
  const { field, landscape, runs } = scene;
  if (!landscape || !field) return [];
  const [domain = [-1, 1]] = shownDomain(scene);
  const x = axis(domain, landscape.variables[0] ?? "x");
  const y = axis(scene.view.follow ? stretched(spanOf(landscape.z), scene) : spanOf(landscape.z), plot.f);
  const about =
    runs.length >= 2 && runs.length <= MOST_FACETS ? [...runs] : [runs.length === 1 ? (runs[0] ?? null) : null];
  return grid(about.length, scene, y).map((box, i) => ({ box, x, y, run: about[i] ?? null }));
}

/**
 * A span doubled upwards until the losses that the runs have reached are in it.
 *
 * @param {Span} span
 * @param {Scene} scene
 * @returns {Span}
 */
function stretched([low, high], { runs, clock }) {
  const highest = runs.reduce((most, run) => Math.max(most, highestOf(run, clock.step)), high);
  return [low, low + (high - low) * 2 ** Math.ceil(Math.log2((highest - low) / (high - low)))];
}

/**
 * @param {RunView} run
 * @param {number} step
 */
function highestOf(run, step) {
  const loss = run.columns.get("loss");
  const end = run.n > 0 ? indexAt(run, step) : -1;
  let highest = -Infinity;
  for (let i = 0; i <= end; i++) {
    const value = loss?.[i] ?? NaN;
    if (value > highest && Number.isFinite(value)) highest = value;
  }
  return highest;
}

/**
 * Boxes side by side; two by two where four, or three in a narrow panel, would be too thin.
 *
 * @param {number} n
 * @param {Scene} scene
 * @param {Facet["y"]} y
 * @returns {Box[]}
 */
function grid(n, { width, height }, y) {
  const across = width / n >= (n === 3 ? NARROW : WIDE) ? n : Math.min(n, 2);
  const down = Math.ceil(n / across);
  const tall = height / down;
  const left = gutter(y, tall - TITLE - BOTTOM);
  const wide = (width - 12) / across;
  return Array.from({ length: n }, (_, i) => ({
    x: (i % across) * wide + left,
    y: Math.floor(i / across) * tall + TITLE,
    width: Math.max(30, wide - left - (i % across === across - 1 ? 0 : GAP - 8)),
    height: Math.max(30, tall - TITLE - BOTTOM),
  }));
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function series(scene, shown) {
  return inOrder(scene).flatMap((run) => {
    const [x, y] = [run.columns.get("p0"), run.columns.get("loss")];
    const facet = Math.max(
      0,
      shown.findIndex((one) => one.run === run),
    );
    if (!x || !y || shown.length === 0) return [];
    return [seriesOf(scene, run, { facet, x, y, width: PROJECTOR ? 1.75 : 1.25, dots: run.n > 400 ? 2.6 : 3.6 })];
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, shown) {
  for (const facet of shown) {
    drawAxes(pen, facet, scene.ink);
    drawCurve(pen, scene, facet);
    if (facet.run) drawTitle(pen, scene, facet, facet.run);
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 */
function drawCurve(pen, { field, ink }, facet) {
  const { x, z } = samples(field);
  pen.save();
  pen.beginPath();
  pen.rect(facet.box.x, facet.box.y, facet.box.width, facet.box.height);
  pen.clip();
  pen.beginPath();
  z.forEach((value, i) => {
    const [px, py] = toPixel(facet, x[i] ?? NaN, value);
    if (Number.isFinite(py)) pen.lineTo(px, Math.max(-1e4, Math.min(1e4, py)));
  });
  pen.setLineDash([]);
  pen.lineWidth = 2.5;
  pen.lineJoin = "round";
  pen.strokeStyle = mix(ink.axis, ink.slow, 0.35);
  pen.stroke();
  pen.restore();
}

/** @param {Scene["field"]} field */
function samples(field) {
  const [low, high] = field?.domain[0] ?? [0, 1];
  const z = [...(field?.z ?? [])];
  return { z, x: z.map((_, i) => low + ((high - low) * i) / Math.max(1, z.length - 1)) };
}

/**
 * The run's marker, its label and, in words and by sign, what came of it.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {RunView} run
 */
function drawTitle(pen, scene, { box }, run) {
  const { ink } = scene;
  const { color, symbol } = lineStyle(scene, run);
  const y = box.y - TITLE / 2;
  drawSymbol(pen, symbol, box.x + 6, y, 5, color);
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.font = BOLD;
  pen.fillStyle = ink.text;
  const said = run.outcome && verdict(run.outcome);
  const sign = (run.outcome && SIGNS[run.outcome.kind]) ?? "…";
  const text = said ? `${sign} ${said.word}` : "";
  const whole = pen.measureText(run.label).width;
  pen.font = FONT;
  const word = pen.measureText(text).width + whole + 30 > box.width ? sign : text;
  const rest = box.width - 30 - pen.measureText(word).width;
  pen.font = BOLD;
  const label = fitted(pen, run.label, rest);
  pen.fillText(label, box.x + 17, y);
  const x = box.x + 17 + pen.measureText(label).width + 12;
  pen.font = FONT;
  if (!said) return;
  pen.fillStyle = ink[said.tone];
  pen.fillText(word, x, y);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, moving, shown) {
  for (const marker of moving) if (marker.inside) drawNewest(pen, scene, marker);
  drawOffscreenArrows(pen, scene, moving, shown);
}

/**
 * The newest step as an arrow: from the entry before while the clock rests, else as far as it has come.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Marker} marker
 */
function drawNewest(pen, { ink }, { series, facet, index, from, at }) {
  const rests = from === at;
  const before = Math.max(0, index - 1);
  const tail = rests ? toPixel(facet, series.x?.[before] ?? NaN, series.y[before] ?? NaN) : from;
  const [dx, dy] = [at[0] - tail[0], at[1] - tail[1]];
  const length = Math.hypot(dx, dy);
  const tip = rests ? MARKER + 2 : 0;
  if (length > 2 * ARROW + tip) {
    const [x, y] = [at[0] - (dx * tip) / length, at[1] - (dy * tip) / length];
    pen.save();
    pen.beginPath();
    pen.rect(facet.box.x, facet.box.y, facet.box.width, facet.box.height);
    pen.clip();
    pen.setLineDash([]);
    pen.lineWidth = 2.5;
    line(
      pen,
      series.color,
      Math.max(-1e4, Math.min(1e4, tail[0])),
      Math.max(-1e4, Math.min(1e4, tail[1])),
      x - (dx * ARROW) / length,
      y - (dy * ARROW) / length,
    );
    drawArrow(pen, x, y, Math.atan2(dy, dx), ARROW + 3, series.color, ink.card);
    pen.restore();
  }
  if (rests || length <= 2 * ARROW) drawSymbol(pen, series.symbol, at[0], at[1], MARKER, series.color, ink.card);
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 * @returns {Figure}
 */
function figure(scene, shown) {
  const { x, z } = samples(scene.field);
  const name = scene.landscape?.variables[0] ?? "x";
  /** @type {Figure["data"]} */
  const data = shown.map((_, i) => ({
    type: "scatter",
    mode: "lines",
    x,
    y: z.map((value) => (Number.isFinite(value) ? value : null)),
    xaxis: i === 0 ? "x" : `x${i + 1}`,
    yaxis: i === 0 ? "y" : `y${i + 1}`,
    opacity: 0,
    line: { color: scene.ink.slow },
    hovertemplate: `${name} %{x:.4g}<br>${plot.f} %{y:.4g}<extra></extra>`,
  }));
  return { data, layout: { ...plotlyLayout(scene, shown), hovermode: "x" } };
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} step
 * @param {readonly string[]} variables
 */
function table(runs, step, [x = "x"]) {
  const names = ["p0", "loss", "step_norm"];
  const rows = rowsOf(runs, step, (run, at) => names.map((name) => number(valueAt(run, name, at))));
  return { columns: [columns.run, columns.step, x, columns.loss, columns.lastStep], rows };
}

/** @type {Panel} */
export const curve = {
  id: "curve",
  title: plot.curve,
  help: plot.curveHelp,
  acts: ["start"],
  facets,
  series,
  base,
  markers,
  figure,
  table,
};
