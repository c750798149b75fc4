/** Experiments side by side: whether the stored runs of several can be shown as one, or why not. */

/** @import { ExperimentRecord } from "../types/page.js" */

import { RECORDED } from "../state/experiment-kinds.js";
import { MOST_SHOWN, specOf } from "../state/spec-paths.js";
import { library } from "../words/library.js";
import { number } from "../words/plot.js";

/** @typedef {Pick<ExperimentRecord, "kind" | "name" | "spec" | "lanes" | "parent" | "outcomes">} Kept */

const SAME = /** @type {const} */ (["steps", "seed", "dtype"]);

/**
 * Why these cannot be compared; null where they can: comparisons on the same problem, with the same steps, seed and
 * arithmetic, that have ended.
 *
 * @param {readonly Kept[]} records
 * @returns {string | null}
 */
export function whyNot(records) {
  const [first, ...rest] = records;
  if (!first || rest.length === 0) return library.reasons.few;
  const loops = records.every(({ kind }) => kind === RECORDED);
  if (!loops && records.some(({ kind, spec }) => kind !== "comparison" || spec.vary?.length || (spec.seeds ?? 1) > 1))
    return library.reasons.kind;
  if (records.some(({ parent }) => parent)) return library.reasons.fork;
  for (const { spec } of rest) {
    if (written(spec.problem) !== written(first.spec.problem))
      return library.differ.problem(kindOf(first.spec), kindOf(spec));
    for (const field of loops ? [] : SAME) {
      if (spec[field] !== first.spec[field]) return library.differ[field](told(first.spec[field]), told(spec[field]));
    }
    if ((spec.device ?? "auto") !== (first.spec.device ?? "auto")) return library.reasons.device;
  }
  const runs = new Set(records.flatMap((record) => specOf(record).runs).map(written)).size;
  if (runs > MOST_SHOWN) return library.reasons.many(runs, MOST_SHOWN);
  return records.every(({ outcomes }) => outcomes) ? null : library.reasons.running;
}

/** @param {ExperimentRecord["spec"]} spec */
function kindOf({ problem }) {
  return problem.kind.replaceAll("_", " ");
}

/** @param {string | number} value */
function told(value) {
  return typeof value === "number" ? number(value) : value;
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
