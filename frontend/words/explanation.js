/** The words of the explanation card: what its numbers are called, what a note is about, what its buttons do. */

/** @import { Advice, NoteKind } from "../types/page.js" */

import { count, number } from "./plot.js";

export const explanation = {
  exact: "1/λ",
  limit: "limit",
  waiting: "The explanation appears with the first result.",
  noTheory: "No stability limit is known for this rule, so there is no bar to show.",
  flat: "The curve does not bend upwards here, so there is no stability limit.",
  bar: (/** @type {string} */ lr, /** @type {string} */ limit) =>
    `Learning rate ${lr}; the stability limit is ${limit}.`,
  use: (/** @type {string} */ lr) => `Use half the limit: lr ${lr}`,
  growth: "growth: theory / seen",
  sharpness: "curvature λ",
  stable: "limit",
  lr: "lr",
  advice: "What to try",
  maths: "Show the maths",
};

/** @type {Record<NoteKind, string>} What an observation is called. */
export const NOTES = {
  diverged: "Too long a step",
  undefined: "Outside the formula",
  too_small: "Short steps",
  slow: "A long way",
  zigzag: "Zigzag",
  saddle: "A saddle",
  minimum: "A worse minimum",
  plateau: "Level ground",
  noise_floor: "Noise floor",
  edge: "Edge of stability",
  ringing: "Ringing",
  burst: "A late burst",
  converged: "Pace",
  oscillating: "To and fro",
  chance: "No better than chance",
  learning: "Pace",
  growing: "Above the limit",
  exploded: "An explosion it came back from",
  averaged: "The average",
  unfinished: "On its way",
};

/** @type {Record<string, string>} What the numbers of a note are called; those without a name are not shown. */
export const VALUES = {
  more_steps: "steps to go",
  least_steps: "steps to go, at least",
  halving_lr: "lr for half of them",
  arriving_lr: "lr that arrives",
  condition: "condition κ",
  best_lr: "best lr",
  across: "factor across",
  along: "factor along",
  best_factor: "best factor",
  predicted_factor: "left per step: theory",
  measured_factor: "left per step: seen",
  gradient: "gradient |g|",
  lowest_curvature: "lowest λ",
  highest_curvature: "highest λ",
  distance: "to the best minimum",
  above_best: "above the best",
  escape_lr: "lr that leaves",
  leaving_steps: "steps to leave",
  gain_per_step: "change per step",
  noise: "noise σ",
  predicted_floor: "floor: theory",
  measured_floor: "floor: seen",
  sharpness: "sharpness λ",
  balance: "λ at the edge",
  rising_share: "rising steps",
  period: "period: theory",
  seen_period: "period: seen",
  decay: "left per swing",
  floor: "fell to",
  peak: "rose to",
  onset: "from step",
  explodes_at: "1000 × at step",
  limit_there: "limit then",
  loss: "loss",
  loss_at_start: "loss at the start",
  chance: "guessing costs",
  accuracy: "right",
  common: "most common class",
  moved: "moved / length",
  saturated: "shut units",
  halving_steps: "steps to half",
  lower_loss: "lower loss",
  upper_loss: "upper loss",
};

const SHARES = new Set(["rising_share", "accuracy", "common", "saturated"]);
const COUNTS = new Set(["more_steps", "least_steps", "leaving_steps", "onset", "halving_steps", "explodes_at"]);

/**
 * A value of a note: three digits, or a share in percent, or a whole number.
 *
 * @param {string} name
 * @param {number} value
 */
export function valueWords(name, value) {
  if (SHARES.has(name)) return `${number(100 * value)} %`;
  if (COUNTS.has(name) && Number.isFinite(value) && value < 1e6) return count(Math.round(value));
  return number(value);
}

/** @type {Record<string, (value: Advice["value"], safe: number) => string>} What a button says, by the field that it sets. */
const ADVICE = {
  "run.optimizer.lr": (value, safe) =>
    Math.abs(Number(value) / safe - 1) < 0.01
      ? explanation.use(number(Number(value)))
      : `Use lr ${number(Number(value))}`,
  "run.optimizer.momentum": (value) => `Use momentum ${number(Number(value))}`,
  "run.optimizer.weight_decay": () => "Without weight decay",
  "run.optimizer.amsgrad": () => "Use AMSGrad",
  "run.schedule.kind": (value) => `Let lr fall: ${value}`,
  "run.noise": (value) => `Add noise ${number(Number(value))}`,
  "run.batch_size": (value) => `Batches of ${count(Number(value))}`,
  steps: (value) => `Take ${count(Number(value))} steps`,
};

/**
 * What the button of an advice says; null where the page cannot follow it.
 *
 * @param {Advice} advice
 * @param {number} [safe] Half of the stability limit.
 */
export function adviceWords({ field, value }, safe = Number.NaN) {
  return ADVICE[field]?.(value, safe) ?? null;
}
