/** "Follow": the view doubles until everything that the runs have reached is in it. */

/** @import { RunView, Scene, Span } from "../../types/page.js" */

import { widen } from "../../plot/ranges.js";
import { indexAt } from "../../state/run-data.js";

const MOST_DOUBLINGS = 60;

/**
 * The domain that is shown: the landscape's own, or while following as many times as wide as the runs need.
 *
 * @param {Pick<Scene, "landscape" | "runs" | "clock" | "view">} scene
 * @returns {Span[]}
 */
export function shownDomain({ landscape, runs, clock, view }) {
  const domain = landscape?.domain ?? [];
  if (!view.follow) return domain.map(([low, high]) => [low, high]);
  const reach = Math.max(1, ...domain.flatMap((span, i) => runs.map((run) => reachOf(run, `p${i}`, span, clock.step))));
  const doublings = Math.min(MOST_DOUBLINGS, Math.ceil(Math.log2(reach)));
  return domain.map((span) => widen(span, 2 ** doublings));
}

/**
 * How many times as wide a span must be, about its centre, to contain what a run has reached.
 *
 * @param {RunView} run
 * @param {string} name
 * @param {Span} span
 * @param {number} step
 */
function reachOf(run, name, [low, high], step) {
  const column = run.columns.get(name);
  const [centre, half] = [(low + high) / 2, (high - low) / 2];
  const end = run.n > 0 ? indexAt(run, step) : -1;
  let farthest = 0;
  for (let i = 0; i <= end; i++) {
    const distance = Math.abs((column?.[i] ?? NaN) - centre);
    if (distance > farthest && Number.isFinite(distance)) farthest = distance;
  }
  return farthest / half;
}
