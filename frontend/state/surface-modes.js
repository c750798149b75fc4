/** Which looks a surface has, by its dimension. */

/** @import { GroundName } from "../types/page.js" */

/** @type {readonly (readonly GroundName[])[]} By dimension, the last for all beyond. */
const LOOKS = [[], [], ["contour", "heat", "solid"], ["now", "spectrum"]];
/** @type {readonly GroundName[]} Of a quadratic in more than two dimensions. */
const OF_QUADRATIC = ["now", "spectrum", "pair"];

/**
 * The looks that a surface of so many dimensions has; none where there is nothing to choose.
 *
 * @param {number} dim
 * @param {boolean} [quadratic] Whether its eigen-directions are known.
 * @returns {readonly GroundName[]}
 */
export function looksOf(dim, quadratic = false) {
  if (dim > 2 && quadratic) return OF_QUADRATIC;
  return LOOKS[Math.min(dim, LOOKS.length - 1)] ?? [];
}

/**
 * The look that is shown: the chosen one where the surface has it, else the first.
 *
 * @param {number} dim
 * @param {GroundName} chosen
 * @param {boolean} [quadratic]
 * @returns {GroundName | null}
 */
export function lookFor(dim, chosen, quadratic = false) {
  const looks = looksOf(dim, quadratic);
  return looks.includes(chosen) ? chosen : (looks[0] ?? null);
}
