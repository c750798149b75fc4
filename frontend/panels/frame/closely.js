/** Which steps a zoomed picture shows. */

/** @import { Facet, Series } from "../../types/page.js" */

import { isWhole, stepAt } from "../../state/run-data.js";
import { placer } from "./pointing.js";

/**
 * The first and the last step of which something is in sight, of runs of which the page has not every step; null where
 * there are none.
 *
 * @param {readonly Series[]} series
 * @param {readonly Facet[]} facets
 * @returns {{ first: number, last: number } | null}
 */
export function stepsInSight(series, facets) {
  let [first, last] = [Infinity, -Infinity];
  for (const one of series) {
    const facet = facets[one.facet];
    if (!facet || isWhole(one.run)) continue;
    const at = placer(one, facet);
    for (let i = 1; i < one.run.n; i++) {
      if (!crosses(facet.box, [at.x(i - 1), at.y(i - 1)], [at.x(i), at.y(i)])) continue;
      first = Math.min(first, stepAt(one.run, i - 1));
      last = Math.max(last, stepAt(one.run, i));
    }
  }
  return first < last ? { first, last } : null;
}

/**
 * Whether the way between two points may cross a box: the smallest box around it does.
 *
 * @param {Facet["box"]} box
 * @param {[x: number, y: number]} from
 * @param {[x: number, y: number]} to
 */
function crosses({ x, y, width, height }, [ax, ay], [bx, by]) {
  const wide = Math.max(ax, bx) >= x && Math.min(ax, bx) <= x + width;
  return wide && Math.max(ay, by) >= y && Math.min(ay, by) <= y + height;
}
