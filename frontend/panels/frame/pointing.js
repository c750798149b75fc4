/** What of a run is under the pointer: the nearest line or point that has been drawn so far. */

/** @import { Facet, Series } from "../../types/page.js" */

import { inBox, mapping } from "../../plot/ink.js";
import { indexAt, stepAt } from "../../state/run-data.js";

const REACH = 12; // pixels from a line within which it is meant
const BESIDE = 3; // pixels on each side of the pointer in which a curve over steps is looked at

/**
 * @typedef {object} Hit
 * @property {Series} series
 * @property {number} step Of the nearest entry on it.
 * @property {number} distance Pixels.
 */

/**
 * The run whose drawn line passes nearest to a pixel, and the entry of it that is nearest; null where none is near.
 * Of lines as near as each other, the one drawn last.
 *
 * @param {readonly Series[]} series
 * @param {readonly Facet[]} facets
 * @param {number} x
 * @param {number} y
 * @param {number} step How far the lines are drawn.
 * @returns {Hit | null}
 */
export function hitAt(series, facets, x, y, step) {
  /** @type {Hit | null} */
  let best = null;
  for (const one of series) {
    const facet = facets[one.facet];
    if (!facet || !inBox(facet.box, x, y, REACH)) continue;
    const hit = nearest(one, facet, x, y, step);
    if (hit && hit.distance <= (best?.distance ?? REACH)) best = hit;
  }
  return best;
}

/**
 * @param {Series} series
 * @param {Facet} facet
 * @param {number} x
 * @param {number} y
 * @param {number} step
 * @returns {Hit | null}
 */
function nearest(series, facet, x, y, step) {
  const { run } = series;
  if (run.n === 0) return null;
  const [first, last] = between(series, facet, x, indexAt(run, step));
  const at = placer(series, facet);
  let [distance, index] = [Infinity, first];
  let [ax, ay] = [NaN, NaN];
  for (let i = first; i <= last; i++) {
    const bx = at.x(i);
    const by = at.y(i);
    const share = shareOf(ax, ay, bx, by, x, y);
    const far = Math.hypot(ax + share * (bx - ax) - x, ay + share * (by - ay) - y);
    if (far < distance) [distance, index] = [far, share < 0.5 ? i - 1 : i];
    const here = Math.hypot(bx - x, by - y);
    if (here < distance) [distance, index] = [here, i];
    [ax, ay] = [bx, by];
  }
  return Number.isFinite(distance) ? { series, step: stepAt(run, index), distance } : null;
}

/**
 * The entries that can be near: on a line over steps those beside the pointer, else all.
 *
 * @param {Series} series
 * @param {Facet} facet
 * @param {number} x
 * @param {number} end
 * @returns {[first: number, last: number]}
 */
function between({ run, x: given, monotone }, facet, x, end) {
  if (!monotone || given) return [0, end];
  const { sx, ox } = mapping(facet);
  const from = indexAt(run, (x - BESIDE - ox) / sx);
  return [Math.min(from, end), Math.min(indexAt(run, (x + BESIDE - ox) / sx) + 1, end)];
}

/**
 * @param {Series} series
 * @param {Facet} facet
 */
export function placer({ run, x, y, shift }, facet) {
  const { sx, ox, sy, oy } = mapping(facet);
  return {
    x: (/** @type {number} */ i) => (x ? (x[i] ?? NaN) : stepAt(run, i)) * sx + ox,
    y: (/** @type {number} */ i) => (facet.y.log ? Math.log10((y[i] ?? NaN) - shift) : (y[i] ?? NaN)) * sy + oy,
  };
}

/**
 * How far along a segment its nearest point to (x, y) is.
 *
 * @param {number} ax
 * @param {number} ay
 * @param {number} bx
 * @param {number} by
 * @param {number} x
 * @param {number} y
 */
function shareOf(ax, ay, bx, by, x, y) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  if (!(length > 0)) return NaN;
  return Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
}

/**
 * Call back, once a frame, with where the pointer is over an element; with null when it has left, or holds a button.
 *
 * @param {HTMLElement} element
 * @param {(at: [x: number, y: number] | null) => void} moved
 */
export function onPointer(element, moved) {
  let frame = 0;
  /** @type {PointerEvent | null} */
  let last = null;
  const tell = () => {
    frame = 0;
    const { left, top } = element.getBoundingClientRect();
    moved(last ? [last.clientX - left, last.clientY - top] : null);
  };
  const ask = (/** @type {PointerEvent | null} */ event) => {
    last = event;
    if (frame === 0) frame = requestAnimationFrame(tell);
  };
  const move = (/** @type {PointerEvent} */ event) => {
    if (event.pointerType === "mouse" || event.pointerType === "pen") ask(event.buttons === 0 ? event : null);
  };
  const leave = () => ask(null);
  element.addEventListener("pointermove", move, true);
  element.addEventListener("pointerleave", leave);
  return () => {
    cancelAnimationFrame(frame);
    element.removeEventListener("pointermove", move, true);
    element.removeEventListener("pointerleave", leave);
  };
}
