/** An experiment that varies a field or repeats seeds, as the list of runs that it is. */

/** @import { ExperimentRecord, RunSpec, Vary } from "./types.js" */

import { labelsOf, number } from "./words.js";

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
  const last = path.pop();
  if (root !== "run" || last === undefined) return run;
  const copy = structuredClone(run);
  /** @type {any} */
  let place = copy;
  for (const name of path) place = place?.[name];
  if (place) place[last] = value;
  return copy;
}
