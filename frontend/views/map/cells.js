/** What is known of every cell of a map: numbers as they come, colours, and where values lie. */

/** @import { Block } from "../../types/page.js" */

/**
 * What the server says of a map's axes and colours.
 *
 * @typedef {object} About
 * @property {string[]} fields
 * @property {number[]} x
 * @property {number[]} y
 * @property {string[]} kinds
 * @property {[number, number][]} border
 * @property {number[][][]} palette
 * @property {number} steps
 * @property {unknown[]} minima
 */

/** @typedef {{ kind: string, step: number, loss: number, growth: number, minimum: number }} Cell */

const UNKNOWN = 255;
const UNJUDGED = 254; // It was computed, but the server could not say what came of it.

/** @param {About} about */
export function createCells(about) {
  const width = about.x.length;
  const height = about.y.length;
  const all = width * height;
  const kind = new Uint8Array(all).fill(UNKNOWN);
  const pixels = new Uint8ClampedArray(4 * all);
  const hatched = new Uint8ClampedArray(4 * all);
  /** @type {Map<string, Float64Array>} */
  const columns = new Map();
  let done = 0;

  /**
   * @param {number} cell
   * @param {number} apart The colour stands for so many cells in both directions until they are known.
   * @param {number} shade
   */
  function paint(cell, apart, shade) {
    const code = kind[cell] ?? 0;
    const colour = about.palette[code]?.[shade];
    const [red = 0, green = 0, blue = 0] = colour ?? [];
    const diverged = about.kinds[code] === "diverged" ? 255 : 0;
    const x0 = cell % width;
    const y0 = Math.floor(cell / width);
    for (let y = y0; y < Math.min(height, y0 + apart); y++) {
      for (let x = x0; x < Math.min(width, x0 + apart); x++) {
        const at = 4 * ((height - 1 - y) * width + x);
        pixels[at] = red;
        pixels[at + 1] = green;
        pixels[at + 2] = blue;
        pixels[at + 3] = colour ? 255 : 0;
        hatched[at + 3] = diverged;
      }
    }
  }

  return {
    about,
    width,
    height,
    pixels,
    hatched,
    done: () => done,

    /** Take in a tile. @param {Block} block */
    take({ runs, columns: names, data, stride }) {
      const n = runs.length;
      for (const [place, name] of names.entries()) {
        const column = columns.get(name) ?? new Float64Array(all).fill(NaN);
        columns.set(name, column);
        for (let i = 0; i < n; i++) column[runs[i] ?? 0] = data[place * n + i] ?? NaN;
      }
      const [kinds, steps, means] = ["kind", "step", "mean"].map((name) => columns.get(name));
      for (const cell of runs) {
        if (kind[cell] === UNKNOWN) done += 1;
        const judged = kinds?.[cell] ?? 0;
        kind[cell] = Number.isNaN(judged) ? UNJUDGED : judged;
        const shade = shadeOf(about, kind[cell] ?? 0, steps?.[cell] ?? NaN, means?.[cell] ?? NaN);
        paint(cell, Math.max(1, stride), shade);
      }
    },

    /**
     * @param {number} x
     * @param {number} y
     * @returns {Cell | null}
     */
    at(x, y) {
      const cell = y * width + x;
      if (kind[cell] === UNKNOWN || kind[cell] === undefined) return null;
      const value = (/** @type {string} */ name) => columns.get(name)?.[cell] ?? NaN;
      return {
        kind: about.kinds[kind[cell] ?? 0] ?? "",
        step: value("step"),
        loss: value("loss"),
        growth: value("growth"),
        minimum: value("minimum"),
      };
    },
  };
}

/**
 * How fast a run was, as a place in its kind's row of the palette: the server's rule (catalogue/experiments/map_colours.py).
 *
 * @param {Pick<About, "kinds" | "palette" | "steps">} about
 * @param {number} kind
 * @param {number} step
 * @param {number} mean
 */
export function shadeOf({ kinds, palette, steps }, kind, step, mean) {
  const late = Math.log1p(step || 0) / Math.log1p(steps);
  const name = kinds[kind];
  const rest = Number.isFinite(mean) ? 1 - Math.min(1, Math.max(0, mean)) : 0;
  const share = name === "converged" ? 1 - late : name === "diverged" ? late : rest;
  return Math.round(Math.min(1, Math.max(0, share)) * ((palette[kind]?.length ?? 1) - 1));
}

/** Whether values grow by equal ratios, as far as their ends and middle show. @param {readonly number[]} values */
export function isLog(values) {
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  const middle = values[(values.length - 1) >> 1] ?? 0;
  if (values.length < 3 || first <= 0 || last <= 0 || last / first < 1.1) return false;
  return Math.abs(middle - (first + last) / 2) > 0.01 * Math.abs(last - first);
}

/**
 * The ends of an axis: cells are as wide as they are apart, so the picture reaches half a cell beyond its values.
 *
 * @param {readonly number[]} values
 * @returns {{ range: [number, number], log: boolean }}
 */
export function spanOf(values) {
  const log = isLog(values);
  const first = log ? Math.log10(values[0] ?? 1) : (values[0] ?? 0);
  const last = log ? Math.log10(values.at(-1) ?? 1) : (values.at(-1) ?? 1);
  const half = values.length > 1 && last !== first ? (last - first) / (values.length - 1) / 2 : 0.5;
  return { range: [first - half, last + half], log };
}

/**
 * A part of an axis, as a new one.
 *
 * @param {string} field
 * @param {readonly number[]} values
 * @param {number} low The first cell.
 * @param {number} high The last cell.
 * @param {number} n
 */
export function zoomed(field, values, low, high, n) {
  const [from, to] = [values[low] ?? 0, values[high] ?? 0];
  const log = isLog(values) && to / from >= 1.1;
  return { field, from, to, scale: /** @type {"log" | "linear"} */ (log ? "log" : "linear"), n };
}

/** Whether neighbours on an axis can no longer be told apart. @param {readonly number[]} values */
export function isExhausted(values) {
  return values.some((value, i) => i > 0 && value === values[i - 1]);
}
