/** Canvas ink: from numbers to pixels, and strokes that only ever add what is new. */

/** @import { Box, Facet, Series } from "../types/page.js" */
/** @import { Cover } from "./clip.js" */

import { createClip } from "./clip.js";

const CLOSE = 0.6; // pixels; a point of a path nearer than this to the last one drawn cannot be seen
const TANGLE = 500; // entries at once from which corners are not rounded
const ROUGH = 12; // heights of the box that a curve may go up and down and still be dashed
const DOT_GAP = 5; // pixels between dots of one run
const CHUNK = 40; // segments stroked at once: the cost of a stroke grows faster than its length
const MOST_DOTS = 5000;

/**
 * The lines from numbers to pixels: pixel = number * scale + offset, of log10(number) on a log axis.
 * @param {Facet} facet
 */
export function mapping({ box, x, y }) {
  const sx = box.width / (x.range[1] - x.range[0]);
  const sy = -box.height / (y.range[1] - y.range[0]);
  return { sx, ox: box.x - x.range[0] * sx, sy, oy: box.y + box.height - y.range[0] * sy };
}

/**
 * The pixel of a point.
 * @param {Facet} facet
 * @param {number} x
 * @param {number} y
 * @param {number} [shift]
 * @returns {[number, number]}
 */
export function toPixel(facet, x, y, shift = 0) {
  const { sx, ox, sy, oy } = mapping(facet);
  return [x * sx + ox, (facet.y.log ? logarithm(y - shift, facet.y.range[0]) : y) * sy + oy];
}

/**
 * The point of a pixel; y in powers of ten on a log axis.
 * @param {Facet} facet
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]}
 */
export function fromPixel(facet, x, y) {
  const { sx, ox, sy, oy } = mapping(facet);
  return [(x - ox) / sx, (y - oy) / sy];
}

/**
 * log10, with what has none on the lower edge of the axis instead of nowhere.
 * @param {number} value
 * @param {number} floor
 */
function logarithm(value, floor) {
  return value > 0 || Number.isNaN(value) ? Math.log10(value) : floor;
}

/**
 * @param {Box} box
 * @param {number} x
 * @param {number} y
 * @param {number} [margin]
 */
export function inBox(box, x, y, margin = 0.5) {
  return (
    x >= box.x - margin && x <= box.x + box.width + margin && y >= box.y - margin && y <= box.y + box.height + margin
  );
}

/**
 * Stroke the entries from..to of a series, joined to the entry before. Styles are the caller's; returns the length
 * drawn, in pixels, for the phase of a dash.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} facet
 * @param {Series} series
 * @param {number} from
 * @param {number} to Exclusive.
 * @param {Cover} [cover] Of this run in this facet, on this canvas.
 */
export function strokeSeries(pen, facet, series, from, to, cover) {
  const first = Math.max(0, from - 1);
  const tangle = to - first > TANGLE;
  pen.lineJoin = tangle ? "bevel" : "round";
  pen.lineCap = tangle || series.dash.length > 0 ? "butt" : "round";
  /** @type {[number, number][]} */
  const points = [];
  const visit = (/** @type {number} */ x, /** @type {number} */ y) => void points.push([x, y]);
  if (series.monotone && to - first > 2 * facet.box.width) byColumn(visit, facet, series, first, to);
  else byDistance(visit, facet, series, first, to);
  const rough = series.monotone && isRough(points, facet.box);
  if (rough) pen.setLineDash([]);
  const line = createClip(pen, facet.box, tangle && (rough || !series.monotone) ? CHUNK : 0, cover);
  pen.beginPath();
  for (const [x, y] of points) line.lineTo(x, y);
  pen.stroke();
  return line.length();
}

/**
 * Whether a curve goes up and down so much that a dash could not be told from it.
 *
 * @param {readonly [number, number][]} points
 * @param {Box} box
 */
function isRough(points, box) {
  const way = points.reduce((sum, [, y], i) => sum + (Math.abs(y - (points[i - 1]?.[1] ?? y)) || 0), 0);
  return way > ROUGH * box.height;
}

/**
 * Visit a path, leaving out points that cannot be told from the one before.
 *
 * @param {(x: number, y: number) => void} visit
 * @param {Facet} facet
 * @param {Series} series
 * @param {number} first
 * @param {number} to
 */
function byDistance(visit, facet, { run, x: given, y, shift }, first, to) {
  const { sx, ox, sy, oy } = mapping(facet);
  const x = given ?? run.columns.get("step");
  const floor = facet.y.range[0];
  let [lx, ly] = [NaN, NaN];
  for (let i = first; i < to; i++) {
    const px = (x ? (x[i] ?? NaN) : i) * sx + ox;
    const value = y[i] ?? NaN;
    const py = (facet.y.log ? logarithm(value - shift, floor) : value) * sy + oy;
    if (i < to - 1 && Math.abs(px - lx) < CLOSE && Math.abs(py - ly) < CLOSE) continue;
    visit(px, py);
    lx = px;
    ly = py;
  }
}

/**
 * Visit a curve as, in each pixel column, its first, lowest, highest and last point: no spike is lost.
 *
 * @param {(x: number, y: number) => void} visit
 * @param {Facet} facet
 * @param {Series} series
 * @param {number} first
 * @param {number} to
 */
function byColumn(visit, facet, { run, x: given, y, shift }, first, to) {
  const { sx, ox, sy, oy } = mapping(facet);
  const x = given ?? run.columns.get("step");
  const floor = facet.y.range[0];
  let column = NaN;
  let [low, high, lastX, lastY] = [Infinity, -Infinity, NaN, NaN];
  const flush = () => {
    if (low < high) {
      visit(lastX, low);
      visit(lastX, high);
    }
    if (!Number.isNaN(column)) visit(lastX, lastY);
  };
  for (let i = first; i < to; i++) {
    const px = (x ? (x[i] ?? NaN) : i) * sx + ox;
    const value = y[i] ?? NaN;
    const py = (facet.y.log ? logarithm(value - shift, floor) : value) * sy + oy;
    if (Math.floor(px) !== column || !Number.isFinite(py)) {
      flush();
      visit(px, py);
      column = Number.isFinite(py) ? Math.floor(px) : NaN;
      low = high = py;
    } else if (py < low) low = py;
    else if (py > high) high = py;
    lastX = px;
    lastY = py;
  }
  flush();
}

/**
 * Put a dot on the entries from..to that are in the box and not on top of each other.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} facet
 * @param {Series} series
 * @param {number} from
 * @param {number} to Exclusive.
 * @param {[number, number]} last The dot before, in pixels; moved on.
 */
export function dotSeries(pen, facet, series, from, to, last) {
  const gap = series.dots > 2.5 ? 1 : DOT_GAP;
  pen.beginPath();
  for (let i = from; i < Math.min(to, MOST_DOTS); i++) {
    const [px, py] = toPixel(facet, series.x?.[i] ?? i, series.y[i] ?? NaN, series.shift);
    if (!inBox(facet.box, px, py) || Math.hypot(px - last[0], py - last[1]) < gap) continue;
    pen.moveTo(px + series.dots, py);
    pen.arc(px, py, series.dots, 0, 2 * Math.PI);
    [last[0], last[1]] = [px, py];
  }
  pen.fill();
}
