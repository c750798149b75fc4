/** Fields of a set-up named by dotted paths, advice about them, and the set-up of a stored experiment. */

/** @import { Advice, ExperimentRecord, Outcome, RunSpec, Spec } from "../types/page.js" */

import { labelsOf } from "../words/workbench.js";
import { tidy, withRun } from "./spec.js";

/** Buttons on a card at most. */
const MOST = 3;

export const MOST_SHOWN = 32; // runs of an experiment that the page lists; all of them are computed and stored

const LONGEST_LABEL = 80; // characters, as the server takes them

/**
 * The set-up with another value in a field, such as `run.optimizer.lr`, `run.start.0`, `problem.kappa` or `steps`.
 *
 * @param {Spec} spec
 * @param {string} path Dotted, as `vary` has it.
 * @param {unknown} value
 * @param {number} [index] Which run it is about, where it is about one.
 * @returns {Spec}
 */
export function set(spec, path, value, index = 0) {
  const [root = "", ...names] = path.split(".");
  if (root === "run") return withRun(spec, index, (run) => replaced(run, names, value));
  return replaced(spec, [root, ...names], value);
}

/**
 * A choice or a list with the value at a path inside it; every kind has settings of its own.
 *
 * @template T
 * @param {T} node
 * @param {readonly string[]} path
 * @param {unknown} value
 * @returns {T}
 */
function replaced(node, [name = "", ...rest], value) {
  if (name === "kind") return /** @type {T} */ ({ kind: value });
  const copy = /** @type {any} */ (Array.isArray(node) ? [...node] : { ...node });
  copy[name] = rest.length > 0 ? replaced(copy[name], rest, value) : value;
  return copy;
}

/**
 * What the page shows of a stored experiment: every run that is computed.
 *
 * @param {Pick<ExperimentRecord, "spec" | "lanes">} record
 * @returns {Spec}
 */
export function specOf(record) {
  return setUpOf(record.spec, runsOf(record));
}

/**
 * The set-up that a stored experiment was made from: the server writes every default into it, the page leaves them out.
 *
 * @param {Omit<ExperimentRecord["spec"], "runs">} spec
 * @param {readonly RunSpec[]} runs
 * @returns {Spec}
 */
export function setUpOf({ problem, steps, seed, dtype, device = "auto" }, runs) {
  const kept = Object.entries(problem).filter(([, value]) => value !== null);
  const shown = /** @type {Spec["problem"]} */ (Object.fromEntries(kept));
  const own = { problem: shown, runs: runs.map(tidy), steps, seed, dtype };
  return device === "auto" ? own : { ...own, device };
}

/**
 * The runs that are computed, in the order of the results, as far as the page lists them; each has a name that tells
 * it from the others.
 *
 * @param {Pick<ExperimentRecord, "spec" | "lanes">} record
 * @returns {RunSpec[]}
 */
export function runsOf({ spec: { runs }, lanes }) {
  if (!lanes) return runs.slice(0, MOST_SHOWN);
  const names = labelsOf(runs);
  return lanes.slice(0, MOST_SHOWN).map(({ index, run, label }) => {
    const parts = [runs.length > 1 && names[index], label].filter(Boolean);
    return label ? { ...run, label: parts.join(", ").slice(0, LONGEST_LABEL) } : run;
  });
}

/**
 * The advice of all notes of an outcome, each once, as far as it changes anything.
 *
 * @param {Spec} spec
 * @param {number} index
 * @param {Outcome} outcome
 * @returns {Advice[]}
 */
export function adviceOf(spec, index, { notes = [] }) {
  const now = JSON.stringify(spec);
  const all = notes.flatMap(({ advice = [] }) => advice);
  const fresh = all.filter(
    (one, i) => all.findIndex((other) => other.field === one.field && other.value === one.value) === i,
  );
  return fresh.filter((one) => JSON.stringify(set(spec, one.field, one.value, index)) !== now).slice(0, MOST);
}
