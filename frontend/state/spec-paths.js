/** Fields of a set-up named by dotted paths: following an advice about one, and the runs that varying one makes. */

/** @import { Advice, Choice, ExperimentRecord, Outcome, Spec, RunSpec, Vary } from "../types/page.js" */

import { labelsOf, number } from "../words/workbench.js";
import { tidy, withRun } from "./spec.js";

/** Buttons on a card at most. */
const MOST = 3;

/**
 * The set-up with an advice followed.
 *
 * @param {Spec} spec
 * @param {number} index The run it is about.
 * @param {Advice} advice
 * @returns {Spec}
 */
export function follow(spec, index, { field, value }) {
  if (field === "steps") return { ...spec, steps: Number(value) };
  const [, part = "", name = ""] = field.split(".");
  return withRun(spec, index, (run) => changed(run, part, name, value));
}

/**
 * @param {RunSpec} run
 * @param {string} part
 * @param {string} name
 * @param {Advice["value"]} value
 * @returns {RunSpec}
 */
function changed(run, part, name, value) {
  if (part === "schedule") return { ...run, schedule: { kind: String(value) } };
  if (!name) return /** @type {RunSpec} */ ({ ...run, [part]: value });
  return { ...run, optimizer: /** @type {Choice} */ ({ ...run.optimizer, [name]: value }) };
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
  return fresh.filter((one) => JSON.stringify(follow(spec, index, one)) !== now).slice(0, MOST);
}

export const MOST_SHOWN = 32; // runs of an experiment that the page lists; all of them are computed and stored

const LONGEST_LABEL = 80; // characters, as the server takes them

/**
 * Every run that is computed, in the order of the results: listed runs, varied values, seeds.
 *
 * @param {ExperimentRecord["spec"]} spec
 * @returns {RunSpec[]}
 */
export function lanesOf(spec) {
  const { runs, seed, seeds = 1, vary = [] } = spec;
  const [varied] = vary;
  const values = varied ? valuesOf(varied) : [null];
  if (values.length * seeds === 1 && !varied) return runs.slice(0, MOST_SHOWN);
  const labels = labelsOf(runs);
  const lanes = runs.flatMap((run, i) =>
    values.flatMap((value) =>
      Array.from({ length: seeds }, (_, s) => {
        const told = [varied && worded(varied.field, value), seeds > 1 && `seed ${seed + s}`];
        return labelled(varied ? withValue(run, varied.field, value) : run, [runs.length > 1 && labels[i], ...told]);
      }),
    ),
  );
  return lanes.slice(0, MOST_SHOWN);
}

/**
 * What the page shows of a stored spec: every run that is computed.
 *
 * @param {ExperimentRecord["spec"]} spec
 * @returns {Spec}
 */
export function specOf(spec) {
  return setUpOf(spec, lanesOf(spec));
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
 * @param {RunSpec} lane
 * @param {[base: string | false | undefined, ...told: (string | false | undefined)[]]} parts
 * @returns {RunSpec} With a name of its own if there is something to tell.
 */
function labelled(lane, [base, ...told]) {
  if (!told.some(Boolean)) return lane;
  return { ...lane, label: [base, ...told].filter(Boolean).join(", ").slice(0, LONGEST_LABEL) };
}

/**
 * The values of a varied field: as listed, or equal differences or ratios from one to another.
 *
 * @param {Vary} vary
 * @returns {unknown[]}
 */
export function valuesOf({ values, from = 0, to = 0, n = 1, scale = "linear" }) {
  if (values) return values;
  const [low, high] = [from ?? 0, to ?? 0];
  return Array.from({ length: n ?? 1 }, (_, i) => {
    const share = (n ?? 1) > 1 ? i / ((n ?? 1) - 1) : 0;
    const value = scale === "log" ? low * (high / low) ** share : low + (high - low) * share;
    return Number(value.toPrecision(12));
  });
}

/**
 * The value in words; "" for the optimizer's settings, which runs are told apart by anyway.
 *
 * @param {string} field
 * @param {unknown} value
 */
function worded(field, value) {
  if (field.startsWith("run.optimizer.")) return "";
  const name = (field.split(".").at(-1) ?? field).replaceAll("_", " ");
  return `${name} ${typeof value === "number" ? number(value) : JSON.stringify(value)}`;
}

/**
 * A run with the value at a dotted path such as run.optimizer.lr; a path into the problem leaves it as it is.
 *
 * @param {RunSpec} run
 * @param {string} field
 * @param {unknown} value
 * @returns {RunSpec}
 */
function withValue(run, field, value) {
  const [root, ...path] = field.split(".");
  if (root !== "run" || path.length === 0) return run;
  const copy = structuredClone(run);
  setAt(copy, path, value);
  return copy;
}

/**
 * Give the value at a path another, in place; a path that leads nowhere changes nothing.
 *
 * @param {any} whole
 * @param {readonly string[]} path
 * @param {unknown} value
 */
export function setAt(whole, path, value) {
  const last = path.at(-1) ?? "";
  let place = whole;
  for (const name of path.slice(0, -1)) place = place?.[name];
  if (place) place[last] = value;
}
