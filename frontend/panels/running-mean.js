/** The running mean of losses that jitter: what is seen of them where thousands of points would hide each other. */

/** @import { RunView, Scene } from "../types/page.js" */

import { stepAt } from "../state/run-data.js";

const MANY = 400; // steps from which single losses are noise to the eye
const SHARE = 100; // of the run: one hundredth of its steps is averaged
const RESUM = 256; // entries after which the sum is made anew, so that rounding does not add up

/**
 * Over how many steps the losses of a run are averaged; 0 where each is shown.
 *
 * @param {Scene} scene
 * @param {RunView} run
 */
export function windowOf({ spec }, run) {
  const { noise, batch_size } = spec.runs[run.index] ?? {};
  return (noise || batch_size) && spec.steps >= MANY ? Math.round(spec.steps / SHARE) : 0;
}

/** @type {WeakMap<RunView["columns"], { n: number, window: number, tail: number, sum: number, mean: Float64Array }>} */
const known = new WeakMap();

/**
 * The mean of each loss and those before it, as far as they are no more than a window of steps away.
 *
 * @param {RunView} run
 * @param {number} window Steps.
 */
export function runningMean(run, window) {
  const loss = run.columns.get("loss") ?? new Float64Array(run.n);
  const before = known.get(run.columns);
  const old = before?.window === window && before.n <= run.n ? before : null;
  if (old?.n === run.n) return old.mean;
  const mean = new Float64Array(run.n);
  if (old) mean.set(old.mean);
  let { tail, sum } = old ?? { tail: 0, sum: 0 };
  for (let i = old?.n ?? 0; i < run.n; i++) {
    sum += loss[i] ?? NaN;
    const first = tail;
    while (stepAt(run, tail) <= stepAt(run, i) - window) sum -= loss[tail++] ?? NaN;
    if (!Number.isFinite(sum) || i % RESUM === 0 || (tail > first && sum < (loss[i] ?? 0))) {
      sum = 0;
      for (let j = tail; j <= i; j++) sum += loss[j] ?? NaN;
    }
    mean[i] = sum / (i - tail + 1);
  }
  known.set(run.columns, { n: run.n, window, tail, sum, mean });
  return mean;
}
