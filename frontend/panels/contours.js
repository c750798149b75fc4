/** Lines of equal height as closed paths: the ground of a landscape. */

/** @import { Facet, Landscape, Scene } from "../types/page.js" */

import { mapping } from "../plot/ink.js";
import { mix } from "../plot/palette.js";
import { percentile } from "../plot/ranges.js";
import { clipped } from "./frame/strokes.js";

const LEVELS = 20;
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
  const finite = [...z].filter(Number.isFinite);
  const lowest = finite.reduce((low, value) => Math.min(low, value), Infinity);
  const floor = Math.min(best ?? lowest, lowest);
  const rises = finite.map((value) => value - floor);
  const eps = 1e-2 * percentile(rises, 0.5) || 1e-12;
  const u = z.map((value) => Math.log10(value - floor + eps));
  const answer = { u, low: Math.log10(eps), high: Math.log10(Math.max(2 * eps, percentile(rises, 0.995)) + eps) };
  risen.set(z, answer);
  return answer;
}

/** @typedef {{ values: ArrayLike<number>, nx: number, ny: number }} Grid Rows from the lowest y up. */
/** @typedef {number[]} Loop A closed path, x0 y0 x1 y1 ..., in cells. */

/**
 * The borders of where a grid is at least as high as a level, as closed paths with the higher ground on their left.
 *
 * Around the grid lies one more ring of points at the same places as its edge and lower than everything, so that every
 * path closes; nan counts as lower than everything too.
 *
 * @param {Grid} grid
 * @param {number} level
 * @param {readonly number[]} [cells] Those that the border may cross.
 * @returns {Loop[]}
 */
export function loopsOf(grid, level, cells = cellsBy(grid, [level])[0] ?? []) {
  const wide = grid.nx + 2;
  const next = new Int32Array(2 * wide * (grid.ny + 2)).fill(-1);
  /** @type {number[]} */
  const begun = [];
  for (const cell of cells) joinCell(grid, level, cell % wide, Math.floor(cell / wide), wide, next, begun);
  return begun.flatMap((edge) => (next[edge] === -1 ? [] : [walk(grid, level, edge, wide, next)]));
}

/**
 * Which cells have corners on both sides of each level.
 *
 * @param {Grid} grid
 * @param {readonly number[]} levels Rising.
 * @returns {number[][]} Of each level, j * (nx + 2) + i.
 */
function cellsBy(grid, levels) {
  const wide = grid.nx + 2;
  const below = new Uint8Array(wide * (grid.ny + 2)); // how many levels each point reaches
  for (let j = 1; j <= grid.ny; j++)
    for (let i = 1; i <= grid.nx; i++) {
      const value = valueAt(grid, i, j);
      let [reached, unreached] = [0, levels.length];
      while (reached < unreached) {
        const middle = (reached + unreached) >> 1;
        if (value >= (levels[middle] ?? NaN)) reached = middle + 1;
        else unreached = middle;
      }
      below[j * wide + i] = reached;
    }
  const cells = levels.map(() => /** @type {number[]} */ ([]));
  for (let j = 0; j <= grid.ny; j++)
    for (let i = 0; i <= grid.nx; i++) {
      const at = j * wide + i;
      const [a = 0, b = 0, c = 0, d = 0] = [below[at], below[at + 1], below[at + wide], below[at + wide + 1]];
      const most = Math.max(a, b, c, d);
      for (let k = Math.min(a, b, c, d); k < most; k++) cells[k]?.push(at);
    }
  return cells;
}

/** @param {Grid} grid @param {number} i @param {number} j In the grid with its ring. */
function valueAt({ values, nx, ny }, i, j) {
  if (i < 1 || j < 1 || i > nx || j > ny) return -Infinity;
  const value = values[(j - 1) * nx + i - 1] ?? NaN;
  return Number.isNaN(value) ? -Infinity : value;
}

/**
 * Join the edges of one cell that a border crosses: from where it leaves the higher ground to where it comes back,
 * going around the cell.
 *
 * @param {Grid} grid
 * @param {number} level
 * @param {number} i
 * @param {number} j
 * @param {number} wide
 * @param {Int32Array} next
 * @param {number[]} begun
 */
function joinCell(grid, level, i, j, wide, next, begun) {
  const a = valueAt(grid, i, j) >= level;
  const b = valueAt(grid, i + 1, j) >= level;
  const c = valueAt(grid, i + 1, j + 1) >= level;
  const d = valueAt(grid, i, j + 1) >= level;
  if (a === b && b === c && c === d) return;
  const at = 2 * (j * wide + i);
  const corners = [a, b, c, d];
  const edges = [at, at + 3, at + 2 * wide, at + 1];
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
 * @param {Grid} grid
 * @param {number} level
 * @param {number} first
 * @param {number} wide
 * @param {Int32Array} next What has been followed is taken out.
 */
function walk(grid, level, first, wide, next) {
  /** @type {Loop} */
  const loop = [];
  let edge = first;
  while (next[edge] !== -1) {
    loop.push(...crossing(grid, level, edge, wide));
    const follower = next[edge] ?? first;
    next[edge] = -1;
    edge = follower;
  }
  return loop;
}

/**
 * Where a border crosses an edge, in cells of the grid.
 *
 * @param {Grid} grid
 * @param {number} level
 * @param {number} edge Even: to the right of its point; odd: above it.
 * @param {number} wide
 * @returns {[number, number]}
 */
function crossing(grid, level, edge, wide) {
  const point = edge >> 1;
  const [i, j] = [point % wide, Math.floor(point / wide)];
  const [i1, j1] = edge % 2 === 0 ? [i + 1, j] : [i, j + 1];
  const [from, to] = [valueAt(grid, i, j), valueAt(grid, i1, j1)];
  const share = Number.isFinite(from) && Number.isFinite(to) ? (level - from) / (to - from) : from >= level ? 0 : 1;
  const x = i + share * (i1 - i) - 1;
  const y = j + share * (j1 - j) - 1;
  return [Math.max(0, Math.min(grid.nx - 1, x)), Math.max(0, Math.min(grid.ny - 1, y))];
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
  const grid = { values: u, nx, ny };
  const cells = cellsBy(grid, floors);
  const bands = floors.map((floor, k) => ({
    share: Math.min(1, Math.max(0, (start + (k - 0.5) * size - low) / (high - low))),
    loops: loopsOf(grid, floor, cells[k]),
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
