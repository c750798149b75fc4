/** Axes in ink: round numbers, a quiet grid, labels that neither overlap nor are cut off. */

/** @import { Axis, Facet, InkColors, Span } from "../../types/page.js" */

import { mapping } from "../../plot/ink.js";
import { withMarks } from "../../words/numerals.js";
import { count, number, power } from "../../words/plot.js";

export const FONT = "12px system-ui, sans-serif";
export const BOLD = "600 12.5px system-ui, sans-serif";
const LABEL_GAP = 8; // pixels between neighbouring labels
const Y_APART = 40;
const X_APART = 56;
const OVERHANG = 10; // pixels that a label may stand out to the right of its axis
const ROW = 14; // the height of a label
const CLOSE = 32; // pixels between two numbers where fewer than two have room
const CLOSEST = 18; // pixels between two powers of ten where no more than two have room
const DECADES = [1, 2, 3, 4, 5, 10, 20, 50, 100, 200];

/**
 * @typedef {object} Tick
 * @property {number} at On the axis; a power of ten on a log axis.
 * @property {string} text Empty for a grid line without a label.
 */

/**
 * Round numbers on an axis, 1, 2 or 5 times a power of ten, at least `apart` pixels from each other.
 *
 * @param {Axis} axis
 * @param {number} pixels
 * @param {number} apart
 * @returns {Tick[]}
 */
export function ticksOf(axis, pixels, apart) {
  const [low, high] = axis.range;
  const most = Math.max(2, Math.floor(pixels / apart));
  if (axis.log && high - low >= 1.2) return decades(low, high, most, pixels);
  if (axis.log) return roundFactors(low, high, most);
  const wide = steps(low, high, most);
  const finer = wide.length < 2 ? steps(low, high, 2 * most) : wide;
  const crowded = (pixels * (finer[0]?.step ?? 0)) / (high - low) < CLOSE;
  return (crowded ? wide : finer).map(({ at, step }) => ({ at, text: written(at, step) }));
}

/**
 * Multiples of a round step.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
function steps(low, high, most) {
  const rough = (high - low) / most;
  if (!(rough > 0)) return [];
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * /** @type {number} */ ([1, 2, 5, 10].find((factor) => factor * unit >= rough * 0.999));
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i <= high / step + 1e-9; i++)
    found.push({ at: Number((i * step).toPrecision(12)), step });
  return found;
}

/**
 * Powers of ten: every one, every second ... as far as there is room, but two where two can stand at all.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @param {number} pixels
 */
function decades(low, high, most, pixels) {
  const first = DECADES.findIndex((one) => (high - low) / one <= most);
  for (let place = first < 0 ? DECADES.length - 1 : first; ; place--) {
    const step = DECADES[place] ?? 1;
    const ticks = [];
    for (let at = Math.ceil(low / step) * step; at <= high; at += step) ticks.push({ at, text: power(at) });
    const closer = DECADES[place - 1];
    if (ticks.length > 1 || closer === undefined || (pixels * closer) / (high - low) < CLOSEST) return ticks;
  }
}

/**
 * 1, 2 and 5 times powers of ten on a short logarithmic axis; round steps where it is shorter still.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
function roundFactors(low, high, most) {
  const found = [];
  for (let decade = Math.floor(low); decade <= high; decade++)
    for (const factor of [1, 2, 5]) {
      const at = decade + Math.log10(factor);
      if (at >= low - 1e-9 && at <= high + 1e-9) found.push({ at, text: number(factor * 10 ** decade) });
    }
  if (found.length > most) return found.filter(({ at }) => Math.abs(at - Math.round(at)) < 1e-9);
  if (found.length > 1) return found;
  return steps(10 ** low, 10 ** high, most).map(({ at }) => ({ at: Math.log10(at), text: number(at) }));
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
  return withMarks(value.toFixed(places).replace("-", "\u2212"));
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
  const top = box.y - 2; // where the title stands
  for (const { at, text } of ticks) {
    const y = crisp(at * sy + oy);
    if (grid) line(pen, ink.grid, box.x, y, box.x + box.width, y);
    else line(pen, ink.axis, box.x - 4, y, box.x, y);
    pen.fillStyle = ink.muted;
    if (!facet.y.title || y - top >= ROW) pen.fillText(text, box.x - 8, y);
  }
  if (facet.y.title) pen.fillText(facet.y.title, box.x - 8, top);
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
  const end = box.x + box.width + (x.beyond ?? 0);
  const title = x.title ? end - pen.measureText(x.title).width : Infinity;
  const widthOf = (/** @type {string} */ text) => pen.measureText(text).width;
  const labels = labelled(ticksOf(x, box.width, X_APART), widthOf, (apart) => ticksOf(x, box.width, apart));
  pen.textAlign = "center";
  let taken = -Infinity; // where the label before ends
  for (const { at, text } of labels) {
    const px = crisp(at * sx + ox);
    if (grid) line(pen, ink.grid, px, box.y, px, bottom);
    else line(pen, ink.axis, px, bottom, px, bottom + 4);
    const half = widthOf(text) / 2;
    const middle = Math.min(px, Math.min(box.x + box.width + OVERHANG, title - LABEL_GAP) - half);
    if (middle - half < taken + LABEL_GAP || px - middle > half + OVERHANG) continue;
    taken = middle + half;
    pen.fillStyle = ink.muted;
    pen.fillText(text, middle, bottom + 15);
  }
  if (!x.title) return;
  pen.textAlign = "right";
  pen.fillStyle = ink.muted;
  pen.fillText(x.title, end, bottom + 15);
}

/**
 * Ticks as far apart as the longest of their labels needs.
 *
 * @param {Tick[]} ticks
 * @param {(text: string) => number} widthOf
 * @param {(apart: number) => Tick[]} apartBy
 */
function labelled(ticks, widthOf, apartBy) {
  const widest = Math.max(0, ...ticks.map(({ text }) => widthOf(text)));
  return widest + LABEL_GAP > X_APART ? apartBy(widest + LABEL_GAP) : ticks;
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
