/** Lines of equal height as closed paths: the ground of a landscape. */

/** @import { Facet, Landscape, Scene } from "../types/page.js" */

import { mapping } from "../plot/ink.js";
import { mix } from "../plot/palette.js";
import { percentileOf } from "../plot/ranges.js";
import { clipped } from "./frame/strokes.js";

const LEVELS = 20;
const SAMPLE = 8192; // values that say how high most of a grid is
const FLAT = 0.45; // decades above the floor without a line: there the grid is coarser than the valley

/** @type {WeakMap<Float32Array, { u: Float32Array, low: number, high: number }>} */
const risen = new WeakMap();

/**
 * The height that contours are drawn of: log10(f - best + eps), so that the floor of a valley has as many lines as its walls.
 *
 * @param {Landscape} field
 */
export function heights({ z, best }) {
  const old = risen.get(z);
  if (old) return old;
  let lowest = Infinity;
  for (const value of z) if (value < lowest && Number.isFinite(value)) lowest = value;
  const every = Math.ceil(z.length / SAMPLE);
  const sorted = z.filter((value, i) => i % every === 0 && Number.isFinite(value)).sort();
  const floor = Math.min(best ?? lowest, lowest);
  const rise = (/** @type {number} */ share) => percentileOf(sorted, share) - floor;
  const eps = 1e-2 * rise(0.5) || 1e-12;
  const u = z.map((value) => Math.log10(value - floor + eps));
  const answer = { u, low: Math.log10(eps), high: Math.log10(Math.max(2 * eps, rise(0.995)) + eps) };
  risen.set(z, answer);
  return answer;
}

/** @typedef {{ values: ArrayLike<number>, nx: number, ny: number }} Grid Rows from the lowest y up. */
/** @typedef {number[]} Loop A closed path, x0 y0 x1 y1 ..., in cells. */

/**
 * A grid and one more ring of points around it, which lie at the same places as its edge and lower than everything, so
 * that every path closes; nan counts as lower than everything too.
 *
 * @typedef {object} Ringed
 * @property {Float64Array} values
 * @property {number} nx Without the ring.
 * @property {number} ny
 * @property {Int32Array} next Of every edge the one that a border goes on to; -1 where it does not cross it. Even: to
 *   the right of its point; odd: above it.
 */

/** @param {Grid} grid @returns {Ringed} */
function ringed({ values: given, nx, ny }) {
  const wide = nx + 2;
  const values = new Float64Array(wide * (ny + 2)).fill(-Infinity);
  for (let j = 0; j < ny; j++)
    for (let i = 0; i < nx; i++) {
      const value = given[j * nx + i] ?? NaN;
      if (!Number.isNaN(value)) values[(j + 1) * wide + i + 1] = value;
    }
  return { values, nx, ny, next: new Int32Array(2 * values.length).fill(-1) };
}

/**
 * The borders of where a grid is at least as high as each level, as closed paths with the higher ground on their left.
 *
 * @param {Grid} grid
 * @param {readonly number[]} levels Rising.
 * @returns {Loop[][]} Of each level.
 */
export function loopsOf(grid, levels) {
  const ground = ringed(grid);
  const cells = cellsBy(ground, levels);
  return levels.map((level, k) => {
    /** @type {number[]} */
    const begun = [];
    for (const cell of cells[k] ?? []) joinCell(ground, level, cell, begun);
    return begun.flatMap((edge) => (ground.next[edge] === -1 ? [] : [walk(ground, level, edge)]));
  });
}

/**
 * Which cells have corners on both sides of each level.
 *
 * @param {Ringed} ground
 * @param {readonly number[]} levels Rising.
 * @returns {number[][]} Of each level, j * (nx + 2) + i.
 */
function cellsBy({ values, nx, ny }, levels) {
  const wide = nx + 2;
  const below = new Uint8Array(values.length); // how many levels each point reaches
  for (let at = 0; at < below.length; at++) below[at] = reachedBy(values[at] ?? NaN, levels);
  const cells = levels.map(() => /** @type {number[]} */ ([]));
  for (let j = 0; j <= ny; j++)
    for (let i = 0; i <= nx; i++) {
      const at = j * wide + i;
      const a = below[at] ?? 0;
      const b = below[at + 1] ?? 0;
      const c = below[at + wide] ?? 0;
      const d = below[at + wide + 1] ?? 0;
      if (a === b && b === c && c === d) continue;
      const most = Math.max(a, b, c, d);
      for (let k = Math.min(a, b, c, d); k < most; k++) cells[k]?.push(at);
    }
  return cells;
}

/**
 * How many levels a value reaches.
 *
 * @param {number} value
 * @param {readonly number[]} levels Rising.
 */
function reachedBy(value, levels) {
  let reached = 0;
  let unreached = levels.length;
  while (reached < unreached) {
    const middle = (reached + unreached) >> 1;
    if (value >= (levels[middle] ?? NaN)) reached = middle + 1;
    else unreached = middle;
  }
  return reached;
}

/** Of the cell that is joined, around it from its lower left: whether its corners are high, and its edges. */
const corners = [false, false, false, false];
const edges = [0, 0, 0, 0];

/**
 * Join the edges of one cell that a border crosses: from where it leaves the higher ground to where it comes back,
 * going around the cell.
 *
 * @param {Ringed} ground
 * @param {number} level
 * @param {number} cell
 * @param {number[]} begun
 */
function joinCell({ values, nx, next }, level, cell, begun) {
  const above = cell + nx + 2;
  corners[0] = (values[cell] ?? NaN) >= level;
  corners[1] = (values[cell + 1] ?? NaN) >= level;
  corners[2] = (values[above + 1] ?? NaN) >= level;
  corners[3] = (values[above] ?? NaN) >= level;
  edges[0] = 2 * cell;
  edges[1] = 2 * cell + 3;
  edges[2] = 2 * above;
  edges[3] = 2 * cell + 1;
  for (let k = 0; k < 4; k++) {
    if (!corners[k] || corners[(k + 1) % 4]) continue;
    let back = (k + 1) % 4;
    while (corners[back] || !corners[(back + 1) % 4]) back = (back + 1) % 4;
    const from = edges[k] ?? 0;
    next[from] = edges[back] ?? 0;
    begun.push(from);
  }
}

/**
 * Follow a border once around.
 *
 * @param {Ringed} ground What has been followed is taken out of it.
 * @param {number} level
 * @param {number} first
 */
function walk(ground, level, first) {
  /** @type {Loop} */
  const loop = [];
  const { next } = ground;
  let edge = first;
  while (next[edge] !== -1) {
    cross(ground, level, edge, loop);
    const follower = next[edge] ?? first;
    next[edge] = -1;
    edge = follower;
  }
  return loop;
}

/**
 * Add where a border crosses an edge, in cells of the grid.
 *
 * @param {Ringed} ground
 * @param {number} level
 * @param {number} edge
 * @param {Loop} loop
 */
function cross({ values, nx, ny }, level, edge, loop) {
  const wide = nx + 2;
  const [point, right] = [edge >> 1, edge % 2 === 0];
  const [from, to] = [values[point] ?? NaN, values[point + (right ? 1 : wide)] ?? NaN];
  const share = Number.isFinite(from) && Number.isFinite(to) ? (level - from) / (to - from) : from >= level ? 0 : 1;
  const x = (point % wide) - 1 + (right ? share : 0);
  const y = Math.floor(point / wide) - 1 + (right ? 0 : share);
  loop.push(Math.max(0, Math.min(nx - 1, x)), Math.max(0, Math.min(ny - 1, y)));
}

/** @typedef {{ share: number, loops: Loop[] }} Band From one level up to the next; `share` of the way to the highest. */

/** @type {WeakMap<Float32Array, Band[]>} */
const known = new WeakMap();

/**
 * The bands of a landscape from its floor up; what is not finite is in none.
 *
 * @param {Landscape} field
 * @returns {Band[]}
 */
export function bandsOf(field) {
  const old = known.get(field.z);
  if (old) return old;
  const [ny = 0, nx = 0] = field.shape;
  const { u, low, high } = heights(field);
  const start = low + FLAT;
  const size = (high - start) / LEVELS;
  const floors = [-Number.MAX_VALUE, ...Array.from({ length: LEVELS + 1 }, (_, k) => start + k * size)];
  const bands = loopsOf({ values: u, nx, ny }, floors).map((loops, k) => ({
    share: Math.min(1, Math.max(0, (start + (k - 0.5) * size - low) / (high - low))),
    loops,
  }));
  known.set(field.z, bands);
  return bands;
}

/**
 * Draw a landscape as bands with a line between neighbours, in the colours of the page.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Pick<Scene, "ink">} scene
 * @param {Facet} facet
 * @param {Landscape} field
 */
export function drawContours(pen, { ink }, facet, field) {
  const [ny = 0, nx = 0] = field.shape;
  const [[x0, x1] = [0, 1], [y0, y1] = [0, 1]] = field.domain;
  if (nx < 2 || ny < 2) return;
  const { sx, ox, sy, oy } = mapping(facet);
  const [dx, dy] = [((x1 - x0) / (nx - 1)) * sx, ((y1 - y0) / (ny - 1)) * sy];
  const [left, bottom] = [x0 * sx + ox, y0 * sy + oy];
  clipped(pen, facet, () => {
    pen.setLineDash([]);
    pen.lineWidth = 1;
    pen.lineJoin = "round";
    pen.strokeStyle = ink.line;
    for (const [k, { share, loops }] of bandsOf(field).entries()) {
      pen.beginPath();
      for (const loop of loops) trace(pen, loop, left, dx, bottom, dy);
      pen.fillStyle = mix(ink.low, ink.high, share);
      pen.fill();
      if (k > 0) pen.stroke();
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Loop} loop
 * @param {number} left
 * @param {number} dx
 * @param {number} bottom
 * @param {number} dy
 */
function trace(pen, loop, left, dx, bottom, dy) {
  for (let k = 0; k < loop.length; k += 2) {
    const x = left + (loop[k] ?? 0) * dx;
    const y = bottom + (loop[k + 1] ?? 0) * dy;
    if (k === 0) pen.moveTo(x, y);
    else pen.lineTo(x, y);
  }
  pen.closePath();
}
