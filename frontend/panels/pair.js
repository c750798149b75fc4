/** A quadratic in more dimensions on two of its eigen-directions: their landscape, and the runs' paths along them. */

/** @import { Facet, Update, Landscape, Panel, RunView, Scene, Span } from "../types/page.js" */

import { surface } from "../words/surface.js";
import { landscape } from "./landscape.js";
import { curvaturesOf, profile } from "./profile.js";

/** @typedef {[across: number, up: number]} Pair Which directions, from 0. */

const SHAPE = /** @type {const} */ ([161, 201]); // rows and columns of the ground
const KEPT = 6; // grounds

/**
 * The directions that are shown: the chosen ones where there are such, else the flattest across and the steepest upwards.
 *
 * @param {readonly number[]} curvatures
 * @param {readonly number[] | null | undefined} chosen
 * @returns {Pair}
 */
export function pairOf(curvatures, chosen) {
  const [across = -1, up = -1] = chosen ?? [];
  const there = (/** @type {number} */ i) => Number.isInteger(i) && i >= 0 && i < curvatures.length;
  if (there(across) && there(up) && across !== up) return [across, up];
  const order = curvatures.map((_, i) => i).sort((a, b) => Math.abs(curvatures[a] ?? 0) - Math.abs(curvatures[b] ?? 0));
  return [order[0] ?? 0, order.at(-1) ?? 1];
}

/** @type {Map<string, Landscape>} */
const grounds = new Map();

/**
 * ½ (λᵢ u² + λⱼ v²), which is what the two directions add to the loss: as a landscape over some part of their plane.
 *
 * @param {Landscape} seen
 * @param {Pair} pair
 * @param {Span[]} [part] All that is known of the problem's domain where it is left out.
 * @returns {Landscape}
 */
export function groundOf(seen, pair, part) {
  const domain = part ?? pair.map((i) => seen.domain[i] ?? seen.domain[0] ?? [-1, 1]);
  const curvatures = pair.map((i) => curvaturesOf(seen)[i] ?? 0);
  const key = JSON.stringify([pair, curvatures, domain, seen.start]);
  const old = grounds.get(key);
  if (old) return old;
  const bottom = Math.min(...curvatures) >= 0;
  const made = {
    ...seen,
    dim: 2,
    variables: pair.map((i) => seen.variables[i] ?? `x${i + 1}`),
    domain,
    shape: [...SHAPE],
    start: pair.map((i) => seen.start[i] ?? 0),
    minima: bottom ? [{ point: [0, 0], value: 0 }] : [],
    best: bottom ? 0 : null,
    mathml: null,
    text: null,
    z: heights(curvatures, domain),
  };
  grounds.set(key, made);
  for (const first of grounds.keys()) if (grounds.size > KEPT) grounds.delete(first);
  return made;
}

/**
 * @param {readonly number[]} curvatures
 * @param {readonly Span[]} domain
 */
function heights([a = 0, b = 0], [[x0, x1] = [-1, 1], [y0, y1] = [-1, 1]]) {
  const [rows, columns] = SHAPE;
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const u = x0 + ((x1 - x0) * (i % columns)) / (columns - 1);
    const v = y0 + ((y1 - y0) * Math.floor(i / columns)) / (rows - 1);
    return 0.5 * (a * u * u + b * v * v);
  });
}

/** @type {WeakMap<RunView["columns"], Map<string, RunView["columns"]>>} */
const shadows = new WeakMap();

/**
 * A run as if it had two coordinates.
 *
 * @param {RunView} run
 * @param {Pair} pair
 * @returns {RunView}
 */
function shadowOf(run, pair) {
  const all = shadows.get(run.columns) ?? new Map();
  shadows.set(run.columns, all);
  const columns = all.get(pair.join()) ?? new Map();
  all.set(pair.join(), columns);
  for (const [name, from] of [
    ["p0", `p${pair[0]}`],
    ["p1", `p${pair[1]}`],
    ["step", "step"],
    ["loss", "loss"],
  ]) {
    const column = run.columns.get(from ?? "");
    if (column) columns.set(name, column);
    else columns.delete(name);
  }
  return { ...run, columns };
}

/**
 * The scene with two dimensions, as a landscape's panel wants it; null until the problem is known.
 *
 * @param {Scene} scene
 * @param {Facet} [facet] What is shown of the plane.
 * @returns {Scene | null}
 */
function flat(scene, facet) {
  const seen = scene.landscape;
  const curvatures = curvaturesOf(seen);
  if (!seen || curvatures.length === 0) return null;
  const pair = pairOf(curvatures, scene.view.pair);
  const two = (/** @type {unknown} */ vector) =>
    Array.isArray(vector) && vector.length === seen.dim ? pair.map((i) => vector[i]) : vector;
  return {
    ...scene,
    landscape: groundOf(seen, pair),
    field: groundOf(seen, pair, facet && [facet.x.range, facet.y.range]),
    runs: scene.runs.map((run) => shadowOf(run, pair)),
    spec: {
      ...scene.spec,
      runs: scene.spec.runs.map((run) =>
        run.start ? { ...run, start: /** @type {number[]} */ (two(run.start)) } : run,
      ),
    },
    update: scene.update ? flatUpdate(scene.update, two) : null,
  };
}

/**
 * @param {Update} update
 * @param {(vector: unknown) => unknown} two
 */
function flatUpdate(update, two) {
  const { gradient, momentum, step } = update.parts;
  const parts = { gradient: two(gradient), momentum: two(momentum), step: two(step) };
  return /** @type {Update} */ ({ ...update, point: two(update.point), parts });
}

/** @type {Panel} */
export const pair = {
  id: "pair",
  title: surface.pair,
  help: surface.pairHelp,
  acts: ["start"],
  flat: (scene) => flat(scene) ?? scene,
  whole(scene, point) {
    const { landscape: seen, spec, view } = scene;
    const start = spec.runs[view.selected]?.start ?? spec.runs[0]?.start ?? seen?.start ?? [];
    const chosen = pairOf(curvaturesOf(seen), view.pair);
    return start.map((value, i) => point[chosen.indexOf(i)] ?? value);
  },
  facets: (scene) => landscape.facets(flat(scene) ?? { ...scene, landscape: null }),
  series: (scene, shown) => landscape.series(flat(scene) ?? { ...scene, runs: [] }, shown),
  base(pen, scene, shown) {
    const seen = flat(scene, shown[0]);
    if (seen) landscape.base(pen, seen, shown);
  },
  markers(pen, scene, markers, shown) {
    const seen = flat(scene, shown[0]);
    if (seen) landscape.markers(pen, seen, markers, shown);
  },
  figure: (scene, shown) => landscape.figure(flat(scene, shown[0]) ?? { ...scene, field: null }, shown),
  table: profile.table,
};
