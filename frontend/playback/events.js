/** The events of the runs: they are marked on the scrubber, and playing can pause at them. */

/** @import { RunEvent, RunView } from "../types/page.js" */
/** @import { LossScale } from "../plot/ranges.js" */

import { exitOf } from "../plot/ranges.js";
import { masked } from "../words/hidden.js";
import { words } from "../words/workbench.js";

/** @typedef {{step: number, tone: "bad" | "warn" | "good", text: string}} MarkedEvent */

/** @type {Record<string, MarkedEvent["tone"]>} The kinds of event that are marked. */
const TONES = {
  first_rise: "warn",
  crossing: "warn",
  saddle: "good",
  exploded: "bad",
  nonfinite: "bad",
  converged: "good",
};

/**
 * What happened to the runs on their way, in the order of the steps.
 *
 * @param {readonly RunView[]} runs
 * @param {number} last
 * @param {readonly RunEvent[]} events
 * @param {LossScale | null} [scale] Of the loss's picture, which a run may leave; null where there is none.
 * @returns {MarkedEvent[]}
 */
export function markedEvents(runs, last, events, scale = null) {
  return runs
    .flatMap((run) => [...toldOf(run, events), ...exitFrom(run, scale)])
    .filter(({ step }) => step > 0 && step <= last)
    .sort((a, b) => a.step - b.step);
}

/**
 * @param {RunView} run
 * @param {readonly RunEvent[]} events
 * @returns {MarkedEvent[]}
 */
function toldOf({ index, label }, events) {
  return events.flatMap(({ run, kind, step, sentence }) => {
    const tone = TONES[kind];
    return run === index && tone ? [{ step, tone, text: `${label}: ${masked(sentence)}` }] : [];
  });
}

/**
 * Where a run leaves the picture of the loss.
 *
 * @param {RunView} run
 * @param {LossScale | null} scale
 * @returns {MarkedEvent[]}
 */
function exitFrom(run, scale) {
  const step = scale && run.outcome ? exitOf(run, scale).off : null;
  return step === null ? [] : [{ step, tone: "bad", text: words.offScale(run.label, step) }];
}

/**
 * Events that are so near each other that they share a mark; a mark is at the first of its events.
 *
 * @param {readonly MarkedEvent[]} events In the order of their steps.
 * @param {number} reach Steps.
 */
export function grouped(events, reach) {
  /** @type {MarkedEvent[][]} */
  const groups = [];
  for (const event of events) {
    const group = groups.at(-1);
    if (group?.[0] && event.step - group[0].step < reach) group.push(event);
    else groups.push([event]);
  }
  return groups;
}

/**
 * Where pressing a mark leads: to the first of its steps, or, from one of them, to the next.
 *
 * @param {readonly number[]} steps In their order; several events may be at one.
 * @param {number} now
 */
export function nextIn(steps, now) {
  const after = steps.includes(now) ? steps.find((step) => step > now) : undefined;
  return after ?? steps[0] ?? now;
}
