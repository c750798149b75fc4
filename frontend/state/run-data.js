/** Frames of the wire into columns that grow: what the page knows of every run. */

/** @import { Block, Extended, Landscape, RunEvent, RunView } from "../types/page.js" */

import { toNumber } from "../words/workbench.js";

import { numbersAt, readContainer } from "./container.js";

const FIRST_CAPACITY = 64;

/**
 * A run of which nothing is known yet.
 *
 * @param {number} index
 * @param {string} label
 * @param {RunView["problem"]} [problem]
 * @returns {RunView}
 */
export function createRunView(index, label, problem) {
  return { index, label, n: 0, columns: new Map(), outcome: null, ...(problem && { problem }) };
}

/**
 * Read one frame of a stream; its data is a view of the message, not a copy.
 *
 * @param {ArrayBuffer} buffer
 * @returns {Block}
 */
export function decodeFrame(buffer) {
  const { header, body } = readContainer(buffer);
  const { seq, first, step, stride, n, runs, columns, request = null } = header;
  return { seq, first, step, stride, n, runs, columns, request, data: numbersAt(buffer, header.dtype, body) };
}

/**
 * Read what is told of a run.
 * @param {Omit<RunEvent, "value"> & { value?: Extended | null }} message
 * @returns {RunEvent}
 */
export function decodeEvent({ run, kind, step, sentence, value = null }) {
  return { run, kind, step, sentence, value: value === null ? null : toNumber(value) };
}

/**
 * Read the answer of POST /api/landscape.
 *
 * @param {ArrayBuffer} buffer
 * @returns {Landscape}
 */
export function decodeLandscape(buffer) {
  const { header, body } = readContainer(buffer);
  return { ...header, z: numbersAt(buffer, header.dtype, body) };
}

/**
 * Add a frame's entries to the runs it is about. Entries that a run has already are written again, so that a frame
 * received twice changes nothing.
 *
 * @param {readonly RunView[]} runs
 * @param {Block} block
 */
export function appendBlock(runs, block) {
  block.runs.forEach((index, place) => {
    const run = runs.find((view) => view.index === index);
    if (run) appendRun(run, block, place);
  });
}

/**
 * @param {RunView} run
 * @param {Block} block
 * @param {number} place Which of the block's runs this is.
 */
function appendRun(run, block, place) {
  const regular = block.stride === 1 && !run.columns.has("step") && block.step <= run.n;
  if (!regular && !run.columns.has("step")) nameSteps(run);
  const at = regular ? block.step : placeOf(run, firstStep(block, place));
  const end = at + entriesOf(block, place);
  block.columns.forEach((name, i) => {
    const begin = (i * block.runs.length + place) * block.n;
    const column = room(run, name, end);
    column.set(block.data.subarray(begin, begin + end - at), at);
  });
  if (!regular && block.stride !== 0) {
    const steps = room(run, "step", end);
    for (let i = 0; i < block.n; i++) steps[at + i] = block.step + i * block.stride;
  }
  run.n = regular ? Math.max(run.n, end) : end;
}

/**
 * @param {Block} block
 * @param {number} place
 */
function firstStep(block, place) {
  if (block.stride !== 0) return block.step;
  return block.data[stepColumn(block, place)] ?? block.step;
}

/**
 * How many entries of a frame are a run's own: one that has ended before the others repeats its last.
 *
 * @param {Block} block
 * @param {number} place
 */
function entriesOf(block, place) {
  if (block.stride !== 0) return block.n;
  const begin = stepColumn(block, place);
  let n = block.n;
  while (n > 1 && block.data[begin + n - 1] === block.data[begin + n - 2]) n -= 1;
  return n;
}

/**
 * Where a run's steps begin in the numbers of a frame without a stride.
 *
 * @param {Block} block
 * @param {number} place
 */
function stepColumn(block, place) {
  return (block.columns.indexOf("step") * block.runs.length + place) * block.n;
}

/**
 * A run with the entries of a frame among its own.
 *
 * @param {RunView} run
 * @param {Block} block Without a stride.
 * @returns {RunView}
 */
export function refined(run, block) {
  const place = block.runs.indexOf(run.index);
  if (place < 0 || isWhole(run)) return run;
  const begin = stepColumn(block, place);
  const steps = block.data.subarray(begin, begin + entriesOf(block, place));
  /** @type {number[]} Where every entry is found: in the run, or behind it in the frame. */
  const found = [];
  let i = 0;
  steps.forEach((step, k) => {
    while (i < run.n && stepAt(run, i) < step) found.push(i++);
    if (i === run.n || stepAt(run, i) > step) found.push(run.n + k);
  });
  while (i < run.n) found.push(i++);
  const columns = new Map();
  for (const [name, old] of run.columns) {
    const at = (block.columns.indexOf(name) * block.runs.length + place) * block.n - run.n;
    columns.set(
      name,
      Float64Array.from(found, (from) => (from < run.n ? old[from] : block.data[at + from]) ?? NaN),
    );
  }
  return { ...run, n: found.length, columns };
}

/**
 * How many entries come before a step.
 * @param {RunView} run
 * @param {number} step
 */
function placeOf(run, step) {
  if (run.n === 0) return 0;
  const index = indexAt(run, step);
  return stepAt(run, index) < step ? index + 1 : index;
}

/** @param {RunView} run */
function nameSteps(run) {
  const steps = room(run, "step", run.n);
  for (let i = 0; i < run.n; i++) steps[i] = i;
}

/**
 * A column with room for `n` entries; it doubles when it is full, so that appending stays cheap.
 *
 * @param {RunView} run
 * @param {string} name
 * @param {number} n
 */
function room(run, name, n) {
  const old = run.columns.get(name);
  if (old && old.length >= n) return old;
  let capacity = old?.length ?? FIRST_CAPACITY;
  while (capacity < n) capacity *= 2;
  const column = new Float64Array(capacity);
  if (old) column.set(old);
  run.columns.set(name, column);
  return column;
}

/**
 * The step of an entry.
 * @param {RunView} run
 * @param {number} index
 */
export function stepAt(run, index) {
  return run.columns.get("step")?.[index] ?? index;
}

/** Whether every step so far is an entry, none left out. @param {RunView} run */
export function isWhole(run) {
  return run.n === 0 || stepAt(run, run.n - 1) === run.n - 1;
}

/**
 * The last entry at or before a step (0 where there is none).
 * @param {RunView} run
 * @param {number} step
 */
export function indexAt(run, step) {
  const steps = run.columns.get("step");
  if (!steps) return Math.max(0, Math.min(run.n - 1, Math.floor(step)));
  let [low, high] = [0, Math.max(0, run.n - 1)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((steps[middle] ?? Infinity) <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * What a column says at a step; NaN where the run has no such entry.
 * @param {RunView} run
 * @param {string} name
 * @param {number} step
 */
export function valueAt(run, name, step) {
  if (run.n === 0) return NaN;
  return run.columns.get(name)?.[indexAt(run, step)] ?? NaN;
}

/**
 * The step of the newest entry of all runs.
 * @param {readonly RunView[]} runs
 */
export function lastStep(runs) {
  return Math.max(0, ...runs.map((run) => (run.n > 0 ? stepAt(run, run.n - 1) : 0)));
}
