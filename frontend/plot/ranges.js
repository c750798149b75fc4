/** What every axis spans: decided once for a whole trace, so that nothing jumps while it plays and one exploding run flattens no other. */

/** @import { Box, RunView, Span } from "../types/page.js" */

import { indexAt, stepAt } from "../state/run-data.js";

export const LOWEST = 1e-300; // Plotted values stay within these two: beyond them pixels overflow.
export const HIGHEST = 1e150;
const HEADROOM = 3; // decades above the best run's start before a run is off scale
const SAMPLES = 1024; // values of a run that its percentile is taken of
const WIDEST_STRETCH = 2.5; // a domain is widened at most so far to give x and y the same scale

/**
 * What is known of one column of a run.
 *
 * @typedef {object} Summary
 * @property {number} n Entries read.
 * @property {number} start The first finite value.
 * @property {number} final The last finite value.
 * @property {number} low The lowest finite value.
 * @property {number} positive The lowest positive value.
 * @property {number} high The highest finite value.
 * @property {number[]} sample Finite values, evenly spread over the steps.
 */

/** @type {WeakMap<RunView["columns"], Map<string, Summary>>} */
const known = new WeakMap();

/**
 * Summarise the first n entries of a column; entries read before are not read again.
 *
 * @param {RunView} run
 * @param {string} name
 * @param {Float64Array | undefined} [column] Where the values are not a column of the run.
 * @returns {Summary}
 */
export function summary(run, name, column = run.columns.get(name)) {
  const names = known.get(run.columns) ?? new Map();
  known.set(run.columns, names);
  const old = names.get(name);
  const whole = !old || old.n > run.n;
  const now = whole
    ? { n: 0, start: NaN, final: NaN, low: Infinity, positive: Infinity, high: -Infinity, sample: [] }
    : old;
  if (column && now.n < run.n) extend(now, column, run);
  names.set(name, now);
  return now;
}

/**
 * @param {Summary} now
 * @param {Float64Array} column
 * @param {RunView} run
 */
function extend(now, column, run) {
  const { n } = run;
  for (let i = now.n; i < n; i++) {
    const value = column[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    if (Number.isNaN(now.start)) now.start = value;
    now.final = value;
    if (value < now.low) now.low = value;
    if (value > now.high) now.high = value;
    if (value > 0 && value < now.positive) now.positive = value;
  }
  now.n = n;
  now.sample = [];
  const length = stepAt(run, n - 1) + 1;
  const stride = Math.max(1, Math.ceil(length / SAMPLES));
  for (let step = 0; step < length; step += stride) {
    const value = column[indexAt(run, step)] ?? NaN;
    if (Number.isFinite(value)) now.sample.push(value);
  }
}

/**
 * The value below which a share of the values lies (nearest rank).
 * @param {readonly number[]} values
 * @param {number} share
 */
export function percentile(values, share) {
  return percentileOf(Float64Array.from(values).sort(), share);
}

/**
 * The same of values that rise.
 *
 * @param {ArrayLike<number>} sorted
 * @param {number} share
 */
export function percentileOf(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/**
 * How the loss is drawn.
 *
 * @typedef {object} LossScale
 * @property {Span} range On a log axis in powers of ten.
 * @property {boolean} log
 * @property {number} shift Subtracted from every loss, so that its logarithm exists.
 * @property {boolean} zero A loss equals the shift: it has no logarithm and is drawn on the lower edge.
 */

/**
 * The span of the loss axis.
 *
 * The upper end is the larger of three decades above the best run's start and the 99th percentile of the runs that
 * did not diverge, unless no run goes so high. On a linear axis there are no decades to spare: it ends at the start.
 *
 * @param {readonly RunView[]} runs
 * @param {boolean} log
 * @param {number | null} best The lowest loss there is, where it is known.
 * @returns {LossScale}
 */
export function lossScale(runs, log, best = null) {
  const all = runs.filter((run) => run.n > 0).map((run) => ({ run, ...withAverage(run) }));
  const seen = all.filter((one) => Number.isFinite(one.low));
  if (seen.length === 0) return { range: log ? [-2, 2] : [0, 1], log, shift: 0, zero: false };
  const low = Math.min(...seen.map((one) => one.low));
  const shift = log && low < 0 ? Math.min(low, best ?? low) : 0;
  const good = seen.filter((one) => one.run.outcome?.kind !== "diverged");
  const shown = good.length > 0 ? good : seen;
  const start = shown.reduce((one, other) => (other.final < one.final ? other : one)).start - shift;
  const usual =
    good.length > 0
      ? percentile(
          good.flatMap((one) => one.sample),
          0.99,
        ) - shift
      : -Infinity;
  const highest = Math.max(...seen.map((one) => one.high)) - shift;
  if (!log)
    return {
      range: linearSpan(Math.min(...shown.map((one) => one.low)), Math.min(highest, Math.max(start, usual))),
      log,
      shift,
      zero: false,
    };
  const top = Math.min(highest, Math.max(start * 10 ** HEADROOM, usual));
  const positive =
    shift === 0
      ? Math.min(...seen.map((one) => one.positive))
      : above(
          shown.flatMap((one) => one.sample),
          shift,
        );
  const bottom = Number.isFinite(positive) ? positive : 1;
  return { range: logSpan(bottom, Math.max(top, bottom)), log, shift, zero: low - shift <= 0 };
}

/**
 * The losses of a run, which may be lower where its parameters are averaged.
 * @param {RunView} run
 * @returns {Summary}
 */
function withAverage(run) {
  const [loss, average] = [summary(run, "loss"), summary(run, "average_loss")];
  return { ...loss, low: Math.min(loss.low, average.low), positive: Math.min(loss.positive, average.positive) };
}

/**
 * The lowest distance above a bound.
 * @param {readonly number[]} values
 * @param {number} bound
 */
function above(values, bound) {
  return values.reduce((lowest, value) => (value > bound ? Math.min(lowest, value - bound) : lowest), Infinity);
}

/**
 * A span of powers of ten, padded and on a grid of quarter decades, so that a growing trace changes it seldom.
 *
 * @param {number} low
 * @param {number} high
 * @returns {Span}
 */
export function logSpan(low, high) {
  const bottom = Math.log10(clamp(low));
  const top = Math.log10(clamp(high));
  const pad = Math.max(0.15, 0.03 * (top - bottom));
  const span = /** @type {Span} */ ([Math.floor(4 * (bottom - pad)) / 4, Math.ceil(4 * (top + pad)) / 4]);
  return span[1] - span[0] < 1 ? [span[0] - 0.5, span[1] + 0.5] : span;
}

/**
 * @param {number} low
 * @param {number} high
 * @returns {Span}
 */
export function linearSpan(low, high) {
  const [bottom, top] = [within(low), within(high)];
  const size = top - bottom || Math.max(1, Math.abs(top));
  return [bottom >= 0 && bottom < size ? Math.min(0, bottom) - 0.02 * size : bottom - 0.05 * size, top + 0.06 * size];
}

/** @param {number} value */
function clamp(value) {
  return Number.isNaN(value) ? 1 : Math.max(LOWEST, Math.min(HIGHEST, value));
}

/** @param {number} value */
function within(value) {
  return Number.isFinite(value) ? Math.max(-HIGHEST, Math.min(HIGHEST, value)) : 0;
}

/**
 * Where a run leaves the picture for good, and where its numbers end.
 *
 * @typedef {object} Exit
 * @property {number | null} off The first step from which on the loss stays above the axis.
 * @property {boolean} exact Whether the entry before `off` is the step before: not so in a trace thinned out while live.
 * @property {number | null} nonfinite The first step with a loss that is no finite number.
 * @property {string} what "inf" or "NaN".
 * @property {number} n Entries of the run that were looked at.
 */

/**
 * @param {RunView} run
 * @param {LossScale} scale
 * @returns {Exit}
 */
export function exitOf(run, scale) {
  const loss = run.columns.get("loss");
  const top = (scale.log ? 10 ** scale.range[1] : scale.range[1]) + scale.shift;
  let off = run.n;
  let nonfinite = null;
  while (off > 0 && !((loss?.[off - 1] ?? NaN) <= top)) off -= 1;
  for (let i = off; i < run.n && nonfinite === null; i++) if (!Number.isFinite(loss?.[i] ?? NaN)) nonfinite = i;
  const what = nonfinite !== null && Number.isNaN(loss?.[nonfinite] ?? NaN) ? "NaN" : "inf";
  return {
    off: off < run.n ? stepAt(run, off) : null,
    exact: off === 0 || stepAt(run, off) - stepAt(run, off - 1) <= 1,
    nonfinite: nonfinite === null ? null : stepAt(run, nonfinite),
    what,
    n: run.n,
  };
}

/**
 * The span of the axis "learning rate / stability limit", which always shows 1.
 *
 * @param {readonly { low: number, high: number, positive: number }[]} shares One per run, of its shares.
 * @returns {{ range: Span, log: boolean }} Logarithmic where the shares differ by more than a factor of 30 around a
 * linear axis's end; a share of 0 is then drawn on the lower edge.
 */
export function edgeScale(shares) {
  const seen = shares.filter((share) => Number.isFinite(share.high));
  const high = Math.max(0, ...seen.map((share) => share.high));
  const low = Math.min(...seen.map((share) => share.positive), 1);
  if (high <= 3) return { range: [0, Math.max(1.25, 1.12 * high)], log: false };
  return { range: logSpan(Math.max(low, 1e-3), Math.min(high, 1e4)), log: true };
}

/**
 * Widen a two-dimensional domain about its centre until x and y have the same scale in a box, or leave the scales
 * free where that would widen it more than two and a half times.
 *
 * @param {readonly Span[]} domain
 * @param {Box} box
 * @returns {Span[]}
 */
export function fillBox(domain, box) {
  const [x = [-1, 1], y = [-1, 1]] = domain;
  const wanted = box.width / Math.max(1, box.height);
  const stretch = (wanted * (y[1] - y[0])) / (x[1] - x[0]);
  if (stretch > WIDEST_STRETCH || stretch < 1 / WIDEST_STRETCH) return [[...x], [...y]];
  return stretch >= 1 ? [widen(x, stretch), [...y]] : [[...x], widen(y, 1 / stretch)];
}

/**
 * @param {Span} span
 * @param {number} factor
 * @returns {Span}
 */
export function widen([low, high], factor) {
  const [centre, half] = [(low + high) / 2, ((high - low) / 2) * factor];
  return [centre - half, centre + half];
}

/**
 * The span of finite values with a margin, for a curve.
 *
 * @param {ArrayLike<number>} values
 * @returns {Span}
 */
export function spanOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const size = high - low || 1;
  return [low - 0.07 * size, high + 0.04 * size];
}
