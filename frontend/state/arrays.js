/** A view's answer: a header and named arrays, most of them one picture for every kept snapshot. */

/** @import { Bundle, BundleArray, Numbers, ViewKind } from "../types/page.js" */

import { readArrays } from "./container.js";
import { VIEWS } from "./kinds.js";

/**
 * Read a bundle; its arrays are views of the answer, not copies.
 *
 * @param {ArrayBuffer} buffer
 * @returns {Bundle}
 */
export function decodeBundle(buffer) {
  const { header, arrays } = readArrays(buffer);
  return { ...header, arrays };
}

/**
 * Whether newer snapshots can be asked for alone.
 * @param {ViewKind} kind
 */
export function grows(kind) {
  return VIEWS[kind].grows !== null;
}

/**
 * A bundle with the snapshots of a newer one behind its own.
 *
 * @param {Bundle} old
 * @param {Bundle} newer Of the same kind and run, with steps after those of the old one.
 * @returns {Bundle}
 */
export function joined(old, newer) {
  if (newer.steps.length === 0) return old;
  /** @type {Record<string, BundleArray>} */
  const arrays = { ...newer.arrays };
  for (const name of VIEWS[old.kind].grows ?? []) {
    const [first, second] = [old.arrays[name], newer.arrays[name]];
    if (first && second) arrays[name] = behind(first, second);
  }
  const names = old.names && newer.names ? { names: [...old.names, ...newer.names] } : {};
  return { ...newer, ...names, arrays, steps: [...old.steps, ...newer.steps] };
}

/**
 * @param {BundleArray} first
 * @param {BundleArray} second
 * @returns {BundleArray}
 */
function behind(first, second) {
  const Numbers = /** @type {new (length: number) => Numbers} */ (first.data.constructor);
  const data = new Numbers(first.data.length + second.data.length);
  data.set(first.data);
  data.set(second.data, first.data.length);
  return { data, shape: [(first.shape[0] ?? 0) + (second.shape[0] ?? 0), ...first.shape.slice(1)] };
}

/**
 * The last snapshot at or before a step; the first where there is none.
 *
 * @param {Bundle} bundle
 * @param {number} step
 */
export function frameAt({ steps }, step) {
  let [low, high] = [0, steps.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((steps[middle] ?? Infinity) <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @type {BundleArray} */
const NOTHING = { shape: [], data: new Float32Array(0) };

/**
 * An array of a bundle; empty where the bundle has none of that name.
 *
 * @param {Bundle} bundle
 * @param {string} name
 */
export function arrayOf(bundle, name) {
  return bundle.arrays[name] ?? NOTHING;
}

/**
 * The numbers of one snapshot, as a view.
 *
 * @param {Bundle} bundle
 * @param {string} name
 * @param {number} frame
 */
export function partOf(bundle, name, frame) {
  const { shape, data } = arrayOf(bundle, name);
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return data.subarray(frame * size, (frame + 1) * size);
}
