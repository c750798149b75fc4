/** The numbers of the runs as files: a table of text, arrays for NumPy, and the answer that /api/simulate gives. */

/** @import { Extended, Outcome, Spec, RunView } from "../types/page.js" */

import { stepAt } from "../state/run-data.js";
import { npyOf, zipOf } from "./npz.js";

const FIRST = ["loss", "lr", "grad_norm", "step_norm", "sharpness", "limit"];
const LONGEST_COMMENT = 0xffff / 3; // letters of an archive's comment: each is at most three bytes of it
const PARAMETER = /^p\d+$/;

/**
 * The names of the columns that any run has: in the order of the API's tables, the parameters last.
 * @param {readonly RunView[]} runs
 */
export function namesOf(runs) {
  const names = [...new Set(runs.flatMap((run) => [...run.columns.keys()]))].filter((name) => name !== "step");
  const known = FIRST.filter((name) => names.includes(name));
  const parameters = names
    .filter((name) => PARAMETER.test(name))
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  return [...known, ...names.filter((name) => !FIRST.includes(name) && !PARAMETER.test(name)), ...parameters];
}

/**
 * One row per run and entry. A label that a spreadsheet would take for a formula begins with an apostrophe.
 *
 * @param {readonly RunView[]} runs
 * @returns {Blob}
 */
export function csvOf(runs) {
  const names = namesOf(runs);
  const parts = [`${["run", "label", "step", ...names].join(",")}\r\n`];
  for (const run of runs) {
    const columns = names.map((name) => run.columns.get(name));
    const label = cell(run.label);
    for (let k = 0; k < run.n; k++) {
      const values = columns.map((column) => plain(column?.[k] ?? NaN));
      parts.push(`${run.index},${label},${stepAt(run, k)},${values.join(",")}\r\n`);
    }
  }
  return new Blob(parts, { type: "text/csv" });
}

/**
 * Text as a cell: quoted where it has to be, and never a formula.
 * @param {string} text
 */
export function cell(text) {
  const safe = /^[\s]*[=+\-@\t\r\n|]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A number as the API's tables write it. @param {number} value */
function plain(value) {
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";
}

/**
 * One array (runs, entries) per column, filled up with nan, and `length` (runs,); `step` where entries are left out.
 * The archive's comment has the set-up and what came of it, which the Library reads again.
 *
 * @param {readonly RunView[]} runs
 * @param {Spec} spec
 * @returns {Blob}
 */
export function npzOf(runs, spec) {
  const entries = Math.max(0, ...runs.map(({ n }) => n));
  const sparse = runs.some((run) => run.columns.has("step"));
  const arrays = namesOf(runs).map((name) => ({
    name,
    data: side(runs, entries, (run, k) => run.columns.get(name)?.[k]),
  }));
  if (sparse) arrays.push({ name: "step", data: side(runs, entries, stepAt) });
  const files = arrays.map(({ name, data }) => ({ name: `${name}.npy`, data: npyOf(data, [runs.length, entries]) }));
  const lengths = npyOf(
    BigInt64Array.from(runs, ({ n }) => BigInt(n)),
    [runs.length],
  );
  const about = JSON.stringify({ slalom: 1, spec, outcomes: runs.map(({ outcome }) => outcome) });
  const comment = about.length > LONGEST_COMMENT ? JSON.stringify({ slalom: 1, spec }) : about;
  return new Blob([zipOf([{ name: "length.npy", data: lengths }, ...files], comment)], { type: "application/zip" });
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} entries
 * @param {(run: RunView, k: number) => number | undefined} at
 */
function side(runs, entries, at) {
  const data = new Float64Array(runs.length * entries).fill(NaN);
  for (const [i, run] of runs.entries()) for (let k = 0; k < run.n; k++) data[i * entries + k] = at(run, k) ?? NaN;
  return data;
}

/**
 * What the Library reads again: the set-up, and what came of it in the words of /api/simulate.
 *
 * @param {Spec} spec
 * @param {readonly RunView[]} runs
 * @returns {{ slalom: 1, spec: Spec, runs: Record<string, unknown>[], outcomes: (Outcome | null)[] }}
 */
export function resultOf(spec, runs) {
  return { slalom: 1, spec, runs: runs.map(runResult), outcomes: runs.map(({ outcome }) => outcome) };
}

/** @param {RunView} run @returns {Record<string, unknown>} */
function runResult(run) {
  const names = namesOf([run]);
  const listed = (/** @type {string} */ name) => listOf(run.columns.get(name)?.subarray(0, run.n) ?? []);
  const parameters = names.filter((name) => PARAMETER.test(name)).map(listed);
  const params = Array.from({ length: run.n }, (_, k) => parameters.map((column) => column[k] ?? "nan"));
  return {
    label: run.label,
    index: run.index,
    outcome: run.outcome,
    ...(run.columns.has("step") ? { step: listed("step") } : {}),
    ...Object.fromEntries(names.filter((name) => !PARAMETER.test(name)).map((name) => [name, listed(name)])),
    ...(parameters.length > 0 ? { params } : {}),
  };
}

/**
 * Numbers as JSON carries them.
 * @param {Iterable<number>} values
 * @returns {Extended[]}
 */
function listOf(values) {
  return Array.from(values, (value) => {
    if (Number.isFinite(value)) return value;
    return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  });
}
