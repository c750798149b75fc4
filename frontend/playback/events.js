/** Moments of a run that are worth a stop: they are marked on the scrubber, and playing can pause at them. */

/** @import { RunEvent, RunView } from "../types/page.js" */
/** @import { LossScale } from "../plot/ranges.js" */

import { exitOf } from "../plot/ranges.js";
import { stepAt } from "../state/run-data.js";
import { words } from "../words/workbench.js";

const REGROWN = 3; // times its lowest value that the gradient reaches again on the way down from a saddle

/** @typedef {keyof typeof words.events} Kind */
/** @typedef {{step: number, tone: "bad" | "warn" | "good", color: string, text: string}} MarkedEvent */

/** @type {Record<Kind, MarkedEvent["tone"]>} */
const TONES = {
  first_rise: "warn",
  crossing: "warn",
  saddle: "good",
  off_scale: "bad",
  exploded: "bad",
  nonfinite: "bad",
  converged: "good",
};

/**
 * The moments of the runs, in the order of their steps.
 *
 * @param {readonly RunView[]} runs
 * @param {number} last
 * @param {readonly RunEvent[]} [events] What is known of runs that have no outcome yet.
 * @param {LossScale | null} [scale] Of the loss's picture, where there is one.
 * @returns {MarkedEvent[]}
 */
export function markedEvents(runs, last, events = [], scale = null) {
  return runs
    .flatMap((run) => (run.outcome ? ofTrace(run, scale) : ofEvents(run, events)))
    .filter(({ step }) => step <= last)
    .sort((a, b) => a.step - b.step);
}

/**
 * @param {RunView} run
 * @param {LossScale | null} scale
 * @returns {MarkedEvent[]}
 */
function ofTrace(run, scale) {
  const { outcome, label, color } = run;
  const { first_rise = null, exploded = null, nonfinite = null } = outcome ?? {};
  /** @type {[Kind, number | null][]} */
  const found = [
    ["first_rise", first_rise],
    ["crossing", crossingOf(run)],
    ["saddle", saddleLeft(run)],
    ["off_scale", scale ? exitOf(run, scale).off : null],
    ["exploded", exploded],
    ["nonfinite", nonfinite],
    ["converged", outcome?.kind === "converged" ? outcome.step : null],
  ];
  return found.flatMap(([kind, step]) =>
    step === null ? [] : [{ step, tone: TONES[kind], color, text: words.events[kind](label, step) }],
  );
}

/**
 * @param {RunView} run
 * @param {readonly RunEvent[]} events
 * @returns {MarkedEvent[]}
 */
function ofEvents({ index, label, color }, events) {
  return events.flatMap(({ run, kind, step, sentence }) =>
    run === index && Object.hasOwn(TONES, kind)
      ? [{ step, tone: TONES[/** @type {Kind} */ (kind)], color, text: `${label}: ${sentence}` }]
      : [],
  );
}

/**
 * Moments that are so near each other that they share a mark; a mark is at the first of its moments.
 *
 * @param {readonly MarkedEvent[]} moments In the order of their steps.
 * @param {number} reach Steps.
 */
export function grouped(moments, reach) {
  /** @type {MarkedEvent[][]} */
  const groups = [];
  for (const moment of moments) {
    const group = groups.at(-1);
    if (group?.[0] && moment.step - group[0].step < reach) group.push(moment);
    else groups.push([moment]);
  }
  return groups;
}

/**
 * Where pressing a mark leads: to the first of its steps, or, from one of them, to the next.
 *
 * @param {readonly number[]} steps In their order; several moments may be at one.
 * @param {number} now
 */
export function nextIn(steps, now) {
  const after = steps.includes(now) ? steps.find((step) => step > now) : undefined;
  return after ?? steps[0] ?? now;
}

/**
 * The first step at which the learning rate is above the stability limit and was not before; null for none.
 * @param {RunView} run
 */
export function crossingOf(run) {
  const [lr, limit] = [run.columns.get("lr"), run.columns.get("limit")];
  if (!lr || !limit || run.columns.has("train_loss")) return null;
  for (let i = 1; i < run.n; i++) {
    if ((lr[i] ?? 0) > (limit[i] ?? NaN) && (lr[i - 1] ?? 0) <= (limit[i - 1] ?? NaN)) return stepAt(run, i);
  }
  return null;
}

/**
 * The first step at which a run has left a saddle or a plateau; null for none.
 *
 * Along the gradient's own direction |g| grows only where the curvature is negative: a gradient that has become three
 * times its lowest value, while the loss fell at every step, comes down from one.
 *
 * @param {RunView} run
 */
export function saddleLeft(run) {
  const [loss, gradient] = [run.columns.get("loss"), run.columns.get("grad_norm")];
  if (!loss || !gradient || run.columns.has("train_loss")) return null;
  let lowest = gradient[0] ?? NaN;
  for (let i = 1; i < run.n; i++) {
    const now = gradient[i] ?? NaN;
    if (!((loss[i] ?? NaN) < (loss[i - 1] ?? NaN))) lowest = now;
    else if (now < lowest) lowest = now;
    else if (lowest > 0 && now >= REGROWN * lowest) return stepAt(run, i);
  }
  return null;
}
