/** Settings of a lesson that its reader changes: where they stand in a set-up, what they are called, how far they go. */

import { memoryScale } from "../state/slider-scales.js";
import { lessons as words } from "../words/learning/lessons.js";

/** By a setting's last name; those that remember have a scale of their own. */
const RANGES = /** @type {Record<string, { low: number, high: number, whole?: boolean }>} */ ({
  lr: { low: 1e-5, high: 10 },
  init_scale: { low: 0.01, high: 100 },
  batch_size: { low: 1, high: 1000, whole: true },
  steps: { low: 1, high: 10_000, whole: true },
});
const REMEMBERING = new Set(["momentum", "gamma", "beta1", "beta2"]);
const USUAL = { low: 1e-3, high: 1e3 };

/** @param {string} path */
const lastOf = (path) => path.split(".").at(-1) ?? path;

/**
 * How far a setting goes, and how it is spaced on the way.
 *
 * @param {string} path
 * @returns {{ low: number, high: number, whole?: boolean, scale?: typeof memoryScale }}
 */
export function rangeOf(path) {
  const name = lastOf(path);
  return REMEMBERING.has(name) ? { low: 0, high: 1, scale: memoryScale } : (RANGES[name] ?? USUAL);
}

/** What a setting is called. @param {string} path */
export function nameOf(path) {
  const name = lastOf(path);
  return words.setting.names[name] ?? name.replaceAll("_", " ");
}

/**
 * What a set-up has at a dotted path.
 *
 * @param {unknown} spec
 * @param {string} path
 */
export function valueIn(spec, path) {
  return path.split(".").reduce((node, name) => /** @type {any} */ (node)?.[name], spec);
}
