/** Which looks a surface has, by its dimension. */

/** @import { GroundName } from "./types.js" */

/** @type {readonly (readonly GroundName[])[]} By dimension, the last for all beyond. */
const LOOKS = [[], [], ["contour", "heat", "solid"], ["now", "spectrum"]];

/**
 * The looks that a surface of so many dimensions has; none where there is nothing to choose.
 * @param {number} dim
 * @returns {readonly GroundName[]}
 */
export function looksOf(dim) {
  return LOOKS[Math.min(dim, LOOKS.length - 1)] ?? [];
}

/**
 * The look that is shown: the chosen one where the surface has it, else the first.
 *
 * @param {number} dim
 * @param {GroundName} chosen
 * @returns {GroundName | null}
 */
export function lookFor(dim, chosen) {
  const looks = looksOf(dim);
  return looks.includes(chosen) ? chosen : (looks[0] ?? null);
}
