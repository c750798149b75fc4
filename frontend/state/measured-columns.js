/** Columns that are measured now and then and hold their value in between: the points where they were measured. */

/** @import { RunView } from "../types/page.js" */

import { indexAt, stepAt } from "./run-data.js";

/**
 * The points of a column, growing with its run.
 *
 * @typedef {object} MeasuredColumn
 * @property {number} n Points.
 * @property {number} read Entries of the run that were looked at.
 * @property {Float64Array} steps
 * @property {Float64Array} values
 */

/** @type {WeakMap<RunView["columns"], Map<string, MeasuredColumn>>} */
const known = new WeakMap();

/**
 * Where a column changes, and its first entry; entries looked at before are not read again.
 *
 * @param {RunView} run
 * @param {string} name
 * @param {string} [marks] The column whose changes say when it was measured: a share of right answers may well be
 * measured twice and be the same.
 * @returns {MeasuredColumn} Its arrays may be longer than it has points.
 */
export function measuredPoints(run, name, marks = name) {
  const held = known.get(run.columns) ?? new Map();
  known.set(run.columns, held);
  const key = `${name} ${marks}`;
  /** @type {MeasuredColumn} */
  let now = held.get(key) ?? { n: 0, read: 0, steps: new Float64Array(64), values: new Float64Array(64) };
  if (now.read > run.n) now = { ...now, n: 0, read: 0 };
  const [values, measured] = [run.columns.get(name), run.columns.get(marks)];
  if (values && measured) {
    for (let i = now.read; i < run.n; i++) {
      if (i === 0 || !Object.is(measured[i], measured[i - 1])) add(now, stepAt(run, i), values[i] ?? NaN);
    }
    now.read = run.n;
  }
  held.set(key, now);
  return now;
}

/**
 * @param {MeasuredColumn} held
 * @param {number} step
 * @param {number} value
 */
function add(held, step, value) {
  if (held.n === held.steps.length) {
    for (const name of /** @type {const} */ (["steps", "values"])) {
      const wider = new Float64Array(2 * held.n);
      wider.set(held[name]);
      held[name] = wider;
    }
  }
  held.steps[held.n] = step;
  held.values[held.n] = value;
  held.n += 1;
}

/** @type {WeakMap<RunView["columns"], { n: number, y: Float64Array }>} */
const curvatures = new WeakMap();

/**
 * 1 / limit at every entry, between two measurements on the straight line from one to the other.
 *
 * @param {RunView} run
 */
export function curvatureBetween(run) {
  const old = curvatures.get(run.columns);
  if (old && old.n === run.n) return old.y;
  const { n, steps, values } = measuredPoints(run, "limit");
  const y = new Float64Array(run.columns.get("limit")?.length ?? run.n).fill(NaN);
  for (let point = 0, i = 0; i < run.n; i++) {
    const step = stepAt(run, i);
    while (point + 1 < n && (steps[point + 1] ?? Infinity) <= step) point += 1;
    const [a, b] = [1 / (values[point] ?? NaN), 1 / (values[point + 1] ?? NaN)];
    const share = (step - (steps[point] ?? 0)) / ((steps[point + 1] ?? NaN) - (steps[point] ?? 0));
    y[i] = point + 1 < n && Number.isFinite(a + b) ? a + share * (b - a) : a;
  }
  curvatures.set(run.columns, { n: run.n, y });
  return y;
}

/**
 * A run as far as its limit has been measured: of a network that still learns, the line ends there.
 *
 * @param {RunView} run
 */
export function untilMeasured(run) {
  if (run.outcome || !run.columns.has("train_loss")) return run;
  const { n, steps } = measuredPoints(run, "limit");
  return n === 0 ? run : { ...run, n: indexAt(run, steps[n - 1] ?? 0) + 1 };
}

/** @typedef {{ columns: RunView["columns"], n: number, read: number, ended: boolean, y: Float64Array }} Own */

/** @type {WeakMap<RunView["columns"], Map<string, Own>>} */
const owns = new WeakMap();

/**
 * A column as a run of its own, whose entries are the points where it was measured; null where it has none. The last
 * value of a run that has ended holds to its end.
 *
 * @param {RunView} run
 * @param {string} name
 * @param {{ marks?: string, scale?: number }} [how]
 * @returns {{ run: RunView, y: Float64Array } | null}
 */
export function measuredRun(run, name, { marks = name, scale = 1 } = {}) {
  if (!run.columns.has(name)) return null;
  const held = measuredPoints(run, name, marks);
  if (held.n === 0) return null;
  const all = owns.get(run.columns) ?? new Map();
  owns.set(run.columns, all);
  const key = `${name} ${marks} ${scale}`;
  const own = all.get(key) ?? { columns: new Map(), n: 0, read: -1, ended: false, y: held.values };
  all.set(key, own);
  const ended = run.outcome !== null;
  if (own.read !== run.n || own.ended !== ended) fillOwn(own, held, ended ? stepAt(run, run.n - 1) : NaN, scale, name);
  Object.assign(own, { read: run.n, ended });
  return { run: { ...run, columns: own.columns, n: own.n }, y: own.y };
}

/**
 * @param {Own} own
 * @param {MeasuredColumn} held
 * @param {number} end The last step of a run that has ended, else NaN.
 * @param {number} scale
 * @param {string} name
 */
function fillOwn(own, held, end, scale, name) {
  const more = end > (held.steps[held.n - 1] ?? NaN) ? 1 : 0;
  const [steps, y] = [new Float64Array(held.n + more), new Float64Array(held.n + more)];
  for (let i = 0; i < held.n; i++) {
    steps[i] = held.steps[i] ?? NaN;
    y[i] = scale * (held.values[i] ?? NaN);
  }
  if (more) {
    steps[held.n] = end;
    y[held.n] = y[held.n - 1] ?? NaN;
  }
  own.columns.set("step", steps).set(name, y);
  Object.assign(own, { n: steps.length, y });
}
