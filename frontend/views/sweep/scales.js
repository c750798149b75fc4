/** Where values and losses of a sweep stand on their axes. */

/** @import { Axis, Span, SweepValue } from "../../types/page.js" */

import { linearSpan, logSpan } from "../../plot/ranges.js";
import { toNumber } from "../../words/workbench.js";

const WIDE = 20; // a list whose largest value is so many times its smallest is spread by its ratios
const MOST_DECADES = 30; // below the highest loss: losses that are smaller are drawn on the lower edge

/**
 * The values along the axis, from 0 to 1.
 *
 * @typedef {object} Places
 * @property {"log" | "linear" | "named"} kind Named: one after the other.
 * @property {number[]} at
 * @property {(value: number) => number | null} place Where another number stands; null outside, or where there are no numbers.
 */

/**
 * @param {readonly unknown[]} values
 * @param {"log" | "linear" | undefined} scale As it was asked for; a list has none.
 * @returns {Places}
 */
export function placesOf(values, scale) {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length < values.length || values.length < 2) {
    return { kind: "named", at: values.map((_, i) => share(i, 0, values.length - 1)), place: () => null };
  }
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const log = low > 0 && (scale === "log" || (scale === undefined && high / low >= WIDE));
  const f = log ? Math.log10 : Number;
  const place = (/** @type {number} */ value) => share(f(value), f(low), f(high));
  return {
    kind: log ? "log" : "linear",
    at: numbers.map(place),
    place: (value) => (value >= low && value <= high && high > low ? place(value) : null),
  };
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function share(value, low, high) {
  return high > low ? (value - low) / (high - low) : 0.5;
}

/** @param {SweepValue} value Has half of its runs diverged, or more? */
export function hasDiverged({ diverged, runs }) {
  return 2 * diverged >= runs.length && diverged > 0;
}

/**
 * The axis of the final losses: of the values that hold, and the target where it is not far below them.
 *
 * @param {readonly SweepValue[]} values
 * @param {number | null} target
 * @returns {Axis}
 */
export function lossAxis(values, target) {
  const held = values.filter((value) => !hasDiverged(value));
  const ends = (held.length > 0 ? held : values)
    .flatMap((value) => [value.final_low, value.final, value.final_high].map(toNumber))
    .filter(Number.isFinite);
  const all = target === null || ends.length === 0 ? ends : [...ends, target];
  if (all.length === 0) return { range: [-1, 1], log: true, title: "" };
  const [low, high] = [Math.min(...all), Math.max(...all)];
  if (low >= 0 && high > 0) {
    const lowest = Math.min(...all.filter((end) => end > high / 10 ** MOST_DECADES));
    return { range: logSpan(lowest, high), log: true, title: "" };
  }
  return { range: linearSpan(low, high), log: false, title: "" };
}

/**
 * The axis of the steps to the target.
 *
 * @param {readonly SweepValue[]} values
 * @param {number} steps Of a run.
 * @returns {Axis}
 */
export function stepsAxis(values, steps) {
  const seen = values
    .flatMap(({ to_target_low: low, to_target: middle, to_target_high: high }) => [low, middle, high])
    .filter((value) => value !== null);
  const [low, high] = seen.length > 0 ? [Math.min(...seen), Math.max(...seen)] : [0, steps];
  if (low > 0 && high / low >= WIDE) return { range: logSpan(low, high), log: true, title: "" };
  return { range: linearSpan(0, Math.max(1, high)), log: false, title: "" };
}

/**
 * The stretches of the axis that belong to values for which something holds: from the middle to the neighbour before
 * up to the middle to the one after, joined where they touch.
 *
 * @param {readonly number[]} at Places, 0 to 1, in any order.
 * @param {readonly boolean[]} holds
 * @returns {Span[]} Ascending; the first and last values reach beyond 0 and 1 as far as they do inside.
 */
export function stretches(at, holds) {
  const order = at.map((_, i) => i).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0));
  /** @type {Span[]} */
  const found = [];
  order.forEach((i, k) => {
    if (!holds[i]) return;
    const here = at[i] ?? 0;
    const [before, after] = [at[order[k - 1] ?? -1], at[order[k + 1] ?? -1]];
    const low = before === undefined ? -0.5 : (before + here) / 2;
    const high = after === undefined ? 1.5 : (after + here) / 2;
    const last = found.at(-1);
    if (last && last[1] >= low - 1e-9) last[1] = high;
    else found.push([low, high]);
  });
  return found;
}

/**
 * Which labels can be written without touching: those that matter most first.
 *
 * @param {readonly { middle: number, width: number, weight: number }[]} labels
 * @param {number} gap
 * @returns {boolean[]}
 */
export function fitting(labels, gap) {
  const order = labels.map((_, i) => i).sort((a, b) => (labels[b]?.weight ?? 0) - (labels[a]?.weight ?? 0) || a - b);
  const shown = labels.map(() => false);
  for (const i of order) {
    const one = labels[i];
    if (!one) continue;
    shown[i] = labels.every(
      (other, j) => !shown[j] || Math.abs(other.middle - one.middle) >= (other.width + one.width) / 2 + gap,
    );
  }
  return shown;
}
