/** Losses over the steps drawn small: in a tile, on a card of the library, beside a map. */

/** @import { Axis, Span } from "../types/page.js" */

import { minMax } from "../panels/frame/minmax.js";

/**
 * @typedef {object} SmallCurve
 * @property {ArrayLike<number>} step
 * @property {ArrayLike<number>} loss
 * @property {number} n How many of them are drawn.
 */

/**
 * Where curves are drawn.
 *
 * @typedef {object} Frame
 * @property {Span} x Pixels of the first step, and of the last.
 * @property {Span} y Pixels of the lower edge, and of the upper.
 * @property {number} last The step at the right edge.
 * @property {Axis} axis Of the losses.
 * @property {number} [shift] What is subtracted from every loss, so that its logarithm exists.
 */

/**
 * How far up a value stands, 0 to 1: what has no place is on the nearest edge.
 *
 * @param {Axis} axis
 * @param {number} value
 */
export function heightOf({ range: [low, high], log }, value) {
  const at = log ? Math.log10(value) : value;
  if (!Number.isFinite(at)) return value <= 0 ? 0 : 1;
  return Math.max(0, Math.min(1, high > low ? (at - low) / (high - low) : 0.5));
}

/**
 * A curve as the path of an SVG: to the upper edge and no further where it leaves the picture.
 *
 * @param {SmallCurve} curve
 * @param {Frame} frame
 */
export function curvePath({ step, loss, n }, { x: [left, right], y: [bottom, top], last, axis, shift = 0 }) {
  let d = "";
  for (const i of minMax(loss, n, (right - left) / 2)) {
    const value = (loss[i] ?? NaN) - shift;
    const gone = !Number.isFinite(value) || (axis.log ? Math.log10(value) : value) > axis.range[1];
    const x = left + ((right - left) * (step[i] ?? 0)) / Math.max(1, last);
    const y = bottom + (gone ? 1 : heightOf(axis, value)) * (top - bottom);
    d += `${d ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    if (gone && i > 0) break;
  }
  return d;
}

/**
 * The axis for curves of which nothing else is known: logarithms, or the losses themselves where some are below 0.
 *
 * @param {readonly SmallCurve[]} curves
 * @param {object} [room]
 * @param {number} [room.above] Decades that are shown above the highest start.
 * @param {number} [room.below] Decades that are shown below it.
 * @param {number} [room.pad] What is left free at either end, as a share of the span.
 * @returns {Axis | null} null: no loss can be drawn.
 */
export function curveAxis(curves, { above = Infinity, below = Infinity, pad = 0 } = {}) {
  const losses = curves.flatMap(({ loss, n }) => Array.from(loss).slice(0, n)).filter(Number.isFinite);
  const start = highest(curves.map(({ loss }) => loss[0] ?? NaN).filter(Number.isFinite));
  if (!Number.isFinite(start)) return null;
  const lowest = -highest(losses.map((loss) => -loss));
  const log = start > 0 && lowest >= 0;
  const heights = log ? losses.filter((loss) => loss > 0).map(Math.log10) : losses;
  const [from, decade] = log ? [Math.log10(start), 1] : [start, start - lowest || 1];
  const low = Math.max(-highest(heights.map((height) => -height)), from - below * decade);
  const high = Math.min(highest(heights), from + above * decade);
  const free = pad * (high - low || 1);
  return { range: [low - free, high + free], log, title: "" };
}

/** @param {readonly number[]} values */
function highest(values) {
  return values.reduce((one, other) => Math.max(one, other), -Infinity);
}
