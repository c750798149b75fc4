/** What the small picture of a run shows: a walk in a valley, a path in a plane, or a loss that falls. */

/** @import { Extended } from "../types/wire.js" */

import { toNumber } from "../words/workbench.js";

/** @typedef {[x: number, y: number]} Dot */
/** @typedef {{ x: [number, number], y: [number, number] }} Extent */
/** @typedef {{ loss: Extended[], params?: Extended[][] }} Run Of a network there are no parameters. */
/** @typedef {{ kind: "valley" | "plane" | "curve", tracks: Dot[][], extent: Extent }} Shape */

const MARGIN = 0.12; // of the extent, at every side
const TALLEST = 60; // times its start that a loss may be and still decide how tall the picture is

/**
 * The points of some runs, each as far as it is finite, and where they lie.
 *
 * @param {readonly Run[]} runs
 * @returns {Shape}
 */
export function shapeOf(runs) {
  const dimension = runs[0]?.params?.[0]?.length ?? 0;
  const kind = dimension === 1 ? "valley" : dimension === 2 ? "plane" : "curve";
  const tracks = runs.map(({ loss, params = [] }) => {
    const values = loss.map(toNumber);
    const points = params.map((point) => point.map(toNumber));
    const dots = values.map((value, k) => dotOf(kind, value, points[k] ?? [], k));
    const end = dots.findIndex((dot) => !dot.every(Number.isFinite));
    return end < 0 ? dots : dots.slice(0, end);
  });
  return { kind, tracks, extent: extentOf(tracks.flatMap((dots) => within(kind, dots))) };
}

/**
 * @param {Shape["kind"]} kind
 * @param {number} loss
 * @param {readonly number[]} point
 * @param {number} k
 * @returns {Dot}
 */
function dotOf(kind, loss, [x = Number.NaN, y = Number.NaN], k) {
  if (kind === "valley") return [x, loss];
  return kind === "plane" ? [x, y] : [k, Math.log10(Math.max(loss, 1e-12))];
}

/** Points that decide how large the picture is: not those far above the start. @param {Shape["kind"]} kind @param {Dot[]} dots */
function within(kind, dots) {
  const start = Math.abs(dots[0]?.[1] ?? 0);
  return kind === "valley" ? dots.filter(([, y]) => Math.abs(y) <= TALLEST * Math.max(start, 1)) : dots;
}

/**
 * The smallest box around some points, with a margin.
 *
 * @param {readonly Dot[]} dots
 * @returns {Extent}
 */
export function extentOf(dots) {
  const range = (/** @type {number[]} */ values) => {
    const low = values.reduce((one, other) => Math.min(one, other), Infinity);
    const high = values.reduce((one, other) => Math.max(one, other), -Infinity);
    if (!(low <= high)) return /** @type {[number, number]} */ ([0, 1]);
    const margin = MARGIN * (high - low || 1);
    return /** @type {[number, number]} */ ([low - margin, high + margin]);
  };
  return { x: range(dots.map(([x]) => x)), y: range(dots.map(([, y]) => y)) };
}

/**
 * A track up to an entry, which need not be whole: between two the ball is on its way.
 *
 * @param {readonly Dot[]} track
 * @param {number} at
 * @returns {Dot[]}
 */
export function walked(track, at) {
  const last = Math.min(at, track.length - 1);
  const k = Math.floor(last);
  const [from, to] = [track[k], track[k + 1]];
  if (!from) return [];
  const part = last - k;
  if (!to || part === 0) return track.slice(0, k + 1);
  return [...track.slice(0, k + 1), [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]];
}

/**
 * Points as the path of an SVG of some size.
 *
 * @param {readonly Dot[]} dots
 * @param {Extent} extent
 * @param {[width: number, height: number]} size
 */
export function pathOf(dots, extent, size) {
  return dots.map((dot, i) => `${i ? "L" : "M"}${placeOf(dot, extent, size).join(" ")}`).join("");
}

/**
 * Where a point is drawn, to a tenth of a pixel.
 *
 * @param {Dot} dot
 * @param {Extent} extent
 * @param {[width: number, height: number]} size
 * @returns {Dot}
 */
export function placeOf([x, y], { x: [left, right], y: [low, high] }, [width, height]) {
  const tenth = (/** @type {number} */ value) => Math.round(10 * value) / 10;
  return [tenth((width * (x - left)) / (right - left)), tenth((height * (high - y)) / (high - low))];
}
