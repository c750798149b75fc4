/** Which modes a surface has, by its dimension. */

/** @import { SurfaceMode } from "../types/page.js" */

/** @type {readonly (readonly SurfaceMode[])[]} By dimension, the last for all beyond. */
const MODES = [[], [], ["contour", "heat", "solid"], ["now", "spectrum"]];
/** @type {readonly SurfaceMode[]} Of a quadratic in more than two dimensions. */
const OF_QUADRATIC = ["now", "spectrum", "pair"];

/**
 * The modes that a surface of so many dimensions has; none where there is nothing to choose.
 *
 * @param {number} dim
 * @param {boolean} [quadratic] Whether its eigen-directions are known.
 * @returns {readonly SurfaceMode[]}
 */
export function modesOf(dim, quadratic = false) {
  if (dim > 2 && quadratic) return OF_QUADRATIC;
  return MODES[Math.min(dim, MODES.length - 1)] ?? [];
}

/**
 * The mode that is shown: the chosen one where the surface has it, else the first.
 *
 * @param {number} dim
 * @param {SurfaceMode} chosen
 * @param {boolean} [quadratic]
 * @returns {SurfaceMode | null}
 */
export function modeFor(dim, chosen, quadratic = false) {
  const modes = modesOf(dim, quadratic);
  return modes.includes(chosen) ? chosen : (modes[0] ?? null);
}
