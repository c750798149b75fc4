/** What is drawn of a recorded loop: its columns, and what is computed of two of them. */

/** @import { RunView } from "../types/page.js" */

import { recorded } from "../words/recorded/page.js";

const UPDATES = /^update(\d+)$/;

/** @typedef {{ title: string, of: (run: RunView) => ArrayLike<number> }} Shown */

/**
 * The charts of some loops of one model, those that have numbers first to last.
 *
 * @param {readonly RunView[]} runs
 * @param {readonly string[]} layers
 * @returns {Shown[]}
 */
export function shownOf(runs, layers) {
  const names = Object.entries(recorded.charts).map(([name, title]) => ({
    title,
    of: (/** @type {RunView} */ run) => (name === "share" ? ratio(run, "lr", "limit") : column(run, name)),
  }));
  const columns = [...(runs[0]?.columns.keys() ?? [])];
  const updates = columns.flatMap((name) => {
    const layer = UPDATES.exec(name)?.[1];
    if (layer === undefined) return [];
    const title = recorded.update(layers[Number(layer)] ?? layer);
    return [{ title, of: (/** @type {RunView} */ run) => ratio(run, name, `weight${layer}`) }];
  });
  const clipped = runs.some((run) => differ(column(run, "grad_norm"), column(run, "clipped_norm")));
  return [...names, ...updates].filter(
    ({ title, of }) =>
      (clipped || title !== recorded.charts.clipped_norm) &&
      runs.some((run) => Array.from(of(run)).some(Number.isFinite)),
  );
}

/** The updates at which a loop's entries are. @param {RunView} run */
export function stepsOf(run) {
  const steps = run.columns.get("step");
  return steps ? steps.subarray(0, run.n) : Array.from({ length: run.n }, (_, i) => i);
}

/**
 * Whether two columns have another value anywhere.
 *
 * @param {ArrayLike<number>} one
 * @param {ArrayLike<number>} other
 */
function differ(one, other) {
  return Array.from(one).some((value, i) => Number.isFinite(value) && value !== other[i]);
}

/**
 * @param {RunView} run
 * @param {string} name
 * @returns {ArrayLike<number>}
 */
function column(run, name) {
  return run.columns.get(name)?.subarray(0, run.n) ?? [];
}

/**
 * @param {RunView} run
 * @param {string} above
 * @param {string} below
 */
function ratio(run, above, below) {
  const divisors = column(run, below);
  return Array.from(column(run, above), (value, i) => value / (divisors[i] ?? NaN));
}
