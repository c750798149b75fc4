/** Experiments side by side: the spec that holds the runs of several, or why there is none. */

/** @import { ExperimentRecord, Spec, RunSpec } from "../types/page.js" */

import { MOST_SHOWN, specOf } from "../state/spec-paths.js";
import { library } from "../words/library.js";
import { number } from "../words/plot.js";

/** @typedef {Pick<ExperimentRecord, "kind" | "name" | "spec" | "lanes" | "parent">} Kept */

const SAME = /** @type {const} */ (["steps", "seed", "dtype"]);

/**
 * Join comparisons on the same problem, with the same steps, seed and arithmetic. Equal runs are shown once.
 *
 * @param {readonly Kept[]} records
 * @returns {{ spec: Spec, reason: null } | { spec: null, reason: string }}
 */
export function joined(records) {
  const reason = whyNot(records);
  const [first, ...rest] = records;
  if (reason !== null || !first) return { spec: null, reason: reason ?? library.reasons.few };
  const spec = specOf(first);
  const runs = unique([spec, ...rest.map(specOf)].flatMap((one) => one.runs));
  if (runs.length > MOST_SHOWN) return { spec: null, reason: library.reasons.many(runs.length, MOST_SHOWN) };
  return { spec: { ...spec, runs }, reason: null };
}

/**
 * @param {readonly Kept[]} records
 * @returns {string | null}
 */
function whyNot(records) {
  const [first, ...rest] = records;
  if (!first || rest.length === 0) return library.reasons.few;
  if (records.some(({ kind, spec }) => kind !== "comparison" || spec.vary?.length || (spec.seeds ?? 1) > 1))
    return library.reasons.kind;
  if (records.some(({ parent }) => parent)) return library.reasons.fork;
  for (const { spec } of rest) {
    if (written(spec.problem) !== written(first.spec.problem))
      return library.differ.problem(kindOf(first.spec), kindOf(spec));
    for (const field of SAME) {
      if (spec[field] !== first.spec[field]) return library.differ[field](told(first.spec[field]), told(spec[field]));
    }
    if ((spec.device ?? "auto") !== (first.spec.device ?? "auto")) return library.reasons.device;
  }
  return null;
}

/** @param {ExperimentRecord["spec"]} spec */
function kindOf({ problem }) {
  return problem.kind.replaceAll("_", " ");
}

/** @param {string | number} value */
function told(value) {
  return typeof value === "number" ? number(value) : value;
}

/** @param {RunSpec[]} runs */
function unique(runs) {
  return [...new Map(runs.map((run) => [written(run), run])).values()];
}

/**
 * JSON with the keys in order, so that equal things are written alike.
 * @param {unknown} value
 * @returns {string}
 */
function written(value) {
  return JSON.stringify(value, (_, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
