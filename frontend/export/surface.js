/** The ground below a saved picture: a landscape over all that the picture shows, also where that is more than its domain. */

/** @import { Landscape } from "../types/page.js" */
/** @import { Look } from "./video/film.js" */
/** @import { Shown } from "./picture.js" */

import { questionFor } from "../panels/frame/field.js";
import { shownDomain } from "../panels/frame/follow.js";
import { widen } from "../plot/ranges.js";
import { getLandscape } from "../server/api.js";
import { Picture } from "./picture.js";
import { penOf } from "./stills.js";

const WIDEST = 2.5; // times its domain that a landscape can be shown, so that both axes have one scale
const SIDE = 240; // values along an axis of a ground that fits every window
const KEPT = -1 << 12; // the bits of a height that are kept for a replay: it is seen as one of twenty bands

/**
 * What is shown with its ground for a picture of this size; as it is where the server does not answer.
 *
 * @param {Shown} shown
 * @param {Pick<Look, "title" | "width" | "height">} look
 * @param {AbortSignal} signal
 * @returns {Promise<Shown>}
 */
export async function withSurface(shown, look, signal) {
  const { landscape, spec } = shown;
  const facet = new Picture(shown, look, penOf(1, 1)).facet();
  const question = landscape && facet ? questionFor(spec.problem, landscape, facet) : null;
  if (!question) return shown;
  const field = await groundOf(question.shape, question.domain, shown, signal);
  if (!field) return shown;
  return landscape?.dim === 1 ? { ...shown, field } : { ...shown, landscape: withoutGrid(landscape), field };
}

/**
 * A landscape without its own grid, which another one covers.
 * @param {Landscape | null} landscape
 */
function withoutGrid(landscape) {
  return landscape && { ...landscape, shape: [0, 0], z: new Float32Array(0) };
}

/**
 * What is shown with a ground for a picture of any size.
 *
 * @param {Shown} shown
 * @returns {Promise<Shown>}
 */
export async function withWideSurface(shown) {
  const { landscape, clock } = shown;
  if (!landscape || landscape.dim > 2 || landscape.kind !== shown.spec.problem.kind) return shown;
  const domain = shownDomain({ ...shown, clock: { ...clock, step: clock.last } });
  if (landscape.dim === 1) {
    const field = shown.view.follow ? await groundOf([400], domain, shown) : null;
    return field ? { ...shown, field } : shown;
  }
  const wide = domain.map((span) => widen(span, WIDEST));
  const field = await groundOf([SIDE, SIDE], wide, shown);
  if (!field) return shown;
  return { ...shown, landscape: withoutGrid(landscape), field: lighter(field) };
}

/**
 * @param {number[]} shape
 * @param {[number, number][]} domain
 * @param {Shown} shown
 * @param {AbortSignal} [signal]
 * @returns {Promise<Landscape | null>}
 */
async function groundOf(shape, domain, { spec }, signal = new AbortController().signal) {
  try {
    return await getLandscape(spec.problem, shape, domain, signal);
  } catch {
    signal.throwIfAborted();
    return null; // Without a server the landscape's own grid has to do.
  }
}

/**
 * Heights above the lowest, with 11 bits after the first: a third of the bytes once they are compressed.
 *
 * @param {Landscape} field
 * @returns {Landscape}
 */
export function lighter(field) {
  const lowest = field.z.reduce((low, value) => Math.min(low, Number.isNaN(value) ? low : value), Infinity);
  const floor = Math.min(field.best ?? lowest, lowest);
  const z = field.z.map((value) => value - floor);
  const bits = new Int32Array(z.buffer);
  for (let i = 0; i < bits.length; i++) if (Number.isFinite(z[i])) bits[i] = (bits[i] ?? 0) & KEPT;
  return { ...field, z, best: 0, mathml: null };
}
