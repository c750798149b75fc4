/** How runs begin on a problem that has just been chosen or typed: where, and with which rates. */

/** @import { FirstRuns, RunSpec, Spec } from "../types/page.js" */

import { OPTIMIZERS } from "./kinds.js";
import { withLr } from "./spec.js";

/**
 * Give the runs of a spec the start and the rates that the server has found for its problem: of gradient descents the
 * largest rate becomes the one above the limit, the next one the half of it, and what is below keeps its share; with
 * momentum it is the half; rules that move by about their rate get the stride; a rate that is a factor stays.
 *
 * @param {Spec} spec
 * @param {FirstRuns | null | undefined} first
 * @returns {Spec}
 */
export function withFirstRuns(spec, first) {
  if (!first) return spec;
  const [half, above] = first.rates;
  const plain = spec.runs.filter(isPlain).map(lrOf);
  const [highest = 0, second = highest] = plain.toSorted((a, b) => b - a);
  const runs = spec.runs.map((run) => {
    const lr = lrOf(run);
    if (OPTIMIZERS[run.optimizer.kind]?.scale_free) return run;
    if (run.optimizer.kind !== "sgd") return withLr(run, first.stride);
    if (!isPlain(run)) return withLr(run, half);
    if (plain.length > 1 && run === spec.runs.find((one) => isPlain(one) && lrOf(one) === highest)) {
      return withLr(run, above);
    }
    return withLr(run, second > 0 && lr < second ? Number((half * (lr / second)).toPrecision(3)) : half);
  });
  const start = first.start && first.start.length > 0 ? [...first.start] : null;
  return { ...spec, runs: runs.map((run) => (start && spec.problem.kind === "formula" ? { ...run, start } : run)) };
}

/** @param {RunSpec} run */
function isPlain({ optimizer }) {
  return optimizer.kind === "sgd" && !Number(optimizer.momentum ?? 0);
}

/** @param {RunSpec} run */
function lrOf({ optimizer }) {
  return Number(optimizer.lr ?? 0);
}
