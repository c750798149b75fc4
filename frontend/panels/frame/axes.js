/** Axes in ink: round numbers, a quiet grid, labels that neither overlap nor are cut off. */

/** @import { Axis, Facet, InkColors, Span } from "../../types/page.js" */

import { mapping } from "../../plot/ink.js";
import { count, number, power } from "../../words/plot.js";

export const FONT = "12px system-ui, sans-serif";
export const BOLD = "600 12.5px system-ui, sans-serif";
const LABEL_GAP = 10; // pixels between neighbouring labels
const Y_APART = 40;
const OVERHANG = 10; // pixels that a label may stand out to the right of its axis

/**
 * @typedef {object} Tick
 * @property {number} at On the axis; a power of ten on a log axis.
 * @property {string} text Empty for a grid line without a label.
 */

/**
 * Round numbers on an axis, at least `apart` pixels from each other.
 *
 * @param {Axis} axis
 * @param {number} pixels
 * @param {number} apart
 * @returns {Tick[]}
 */
export function ticksOf(axis, pixels, apart) {
  const [low, high] = axis.range;
  const most = Math.max(2, Math.floor(pixels / apart));
  if (axis.log && high - low >= 1.2) return decades(low, high, most);
  const rough = (high - low) / most;
  if (!(rough > 0)) return [];
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * /** @type {number} */ ([1, 2, 5, 10].find((factor) => factor * unit >= rough * 0.999));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i <= high / step + 1e-9; i++) {
    const at = Number((i * step).toPrecision(12));
    ticks.push({ at, text: axis.log ? number(10 ** at) : written(at, step) });
  }
  return ticks;
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
function decades(low, high, most) {
  const step = [1, 2, 3, 4, 5, 10, 20, 50, 100].find((one) => (high - low) / one <= most) ?? 200;
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) ticks.push({ at, text: power(at) });
  return ticks;
}

/**
 * @param {number} value
 * @param {number} step
 */
function written(value, step) {
  if (Number.isInteger(value) && Math.abs(value) >= 1000 && Math.abs(value) < 1e6)
    return (value < 0 ? "\u2212" : "") + count(Math.abs(value));
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const size = Math.abs(value);
  if (places > 4 || size >= 1e6) return number(value);
  return value.toFixed(places).replace("-", "\u2212");
}

/**
 * Draw a facet's grid, labels and frame.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} facet
 * @param {InkColors} ink
 * @param {{ grid?: boolean, xLabels?: boolean }} [parts]
 */
export function drawAxes(pen, facet, ink, { grid = true, xLabels = true } = {}) {
  const { box } = facet;
  const { sx, ox, sy, oy } = mapping(facet);
  pen.font = FONT;
  pen.lineWidth = 1;
  pen.setLineDash([]);
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  const ticks = ticksOf(facet.y, box.height, Y_APART);
  for (const { at, text } of ticks) {
    const y = crisp(at * sy + oy);
    if (grid) line(pen, ink.grid, box.x, y, box.x + box.width, y);
    else line(pen, ink.axis, box.x - 4, y, box.x, y);
    pen.fillStyle = ink.muted;
    pen.fillText(text, box.x - 8, y);
  }
  const [high, next] = ticks.slice(-2).reverse();
  if (facet.y.title && high && next) pen.fillText(facet.y.title, box.x - 8, ((high.at + next.at) / 2) * sy + oy);
  if (xLabels) drawX(pen, facet, ink, sx, ox, grid);
  pen.strokeStyle = ink.axis;
  if (grid) line(pen, ink.axis, box.x, crisp(box.y + box.height), box.x + box.width, crisp(box.y + box.height));
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} facet
 * @param {InkColors} ink
 * @param {number} sx
 * @param {number} ox
 * @param {boolean} grid
 */
function drawX(pen, { box, x }, ink, sx, ox, grid) {
  const bottom = box.y + box.height;
  const ticks = ticksOf(x, box.width, 56);
  pen.textAlign = "center";
  /** @type {[number, number][]} Where labels begin and end. */
  const taken = [];
  for (const { at, text } of ticks) {
    const px = crisp(at * sx + ox);
    if (grid) line(pen, ink.grid, px, box.y, px, bottom);
    else line(pen, ink.axis, px, bottom, px, bottom + 4);
    const half = pen.measureText(text).width / 2;
    const middle = Math.min(px, box.x + box.width + OVERHANG - half);
    taken.push([middle - half, middle + half]);
    pen.fillStyle = ink.muted;
    pen.fillText(text, middle, bottom + 15);
  }
  if (!x.title) return;
  pen.textAlign = "right";
  const end = titleEnd(taken, pen.measureText(x.title).width, box.x + box.width);
  if (end !== null) pen.fillText(x.title, end, bottom + 15);
}

/**
 * Where an axis's title ends: at the axis's end, else between the last labels that leave it room.
 *
 * @param {readonly [number, number][]} taken
 * @param {number} width
 * @param {number} right
 */
export function titleEnd(taken, width, right) {
  for (let i = taken.length; i >= 0; i--) {
    const end = i === taken.length ? right : (taken[i]?.[0] ?? 0) - LABEL_GAP;
    if (end - width - LABEL_GAP >= (taken[i - 1]?.[1] ?? 0)) return end;
  }
  return null;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} color
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
export function line(pen, color, x0, y0, x1, y1) {
  pen.strokeStyle = color;
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
}

/** The middle of a pixel, where a line of one pixel is sharp. @param {number} pixel */
export function crisp(pixel) {
  return Math.round(pixel - 0.5) + 0.5;
}

/**
 * How much room the labels of a y axis take.
 * @param {Axis} axis
 * @param {number} pixels
 */
export function gutter(axis, pixels) {
  const longest = Math.max(0, ...ticksOf(axis, pixels, Y_APART).map(({ text }) => text.length));
  return Math.max(32, 12 + Math.ceil(6.7 * longest));
}

/**
 * @param {Span} range
 * @param {string} [title]
 * @param {boolean} [log]
 * @returns {Axis}
 */
export function axis(range, title = "", log = false) {
  return { range, title, log };
}
