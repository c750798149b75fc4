/** The rows of a table over steps: a few steps of every run, the first and the last that is drawn among them. */

/** @import { RunView } from "../../types/page.js" */

import { indexAt, stepAt } from "../../state/run-data.js";
import { count } from "../../words/plot.js";

const MOST = 12; // rows of a run

/**
 * Whole numbers from 0 to the last, evenly spread, with both ends.
 *
 * @param {number} last
 * @param {number} [most]
 */
export function sampled(last, most = MOST) {
  const n = Math.min(most, last + 1);
  return Array.from({ length: n }, (_, i) => (n === 1 ? last : Math.round((i * last) / (n - 1))));
}

/**
 * One row for some of the steps that every run has made by a step: its label, the step, and what a panel shows of it.
 *
 * @param {readonly RunView[]} runs
 * @param {number} step
 * @param {(run: RunView, step: number) => string[]} cells
 */
export function rowsOf(runs, step, cells) {
  return runs.flatMap((run) => {
    const steps = run.n === 0 ? [] : sampled(indexAt(run, step)).map((entry) => stepAt(run, entry));
    return steps.map((at) => [run.label, count(at), ...cells(run, at)]);
  });
}
