/** The sentences about real training: data, networks, batches, and how far an experiment is. */

/** @import { ExperimentRecord, StepAxis } from "../types/page.js" */

import { count, number } from "./plot.js";

export const training = {
  /** What a field of a form is called, where its name in a spec does not say it. */
  /** What an option of a menu is called, by field; null is the option that leaves it open. */
  options: /** @type {Record<string, Record<string, string>>} */ ({
    loss: { null: "by the data", softmax: "softmax", logistic: "logistic", mse: "squared error" },
    init: { torch: "PyTorch’s", naive: "normal", xavier: "Xavier", kaiming: "Kaiming" },
    scaling: { raw: "raw", standard: "standard", tenth: "a tenth" },
    validation: { null: "by its size" },
    device: { auto: "automatic", cpu: "CPU", cuda: "GPU (CUDA)" },
    batches: { shuffled: "shuffled", drawn: "drawn" },
  }),
  data: "Data",
  ownNames: "Your own names",
  shippedNames: "Use the names that come with Slalom",
  dataSettings: "Settings of the data",
  moreOfNetwork: "Loss and initial values",
  newParameters: "New initial parameters",
  newParametersHelp: "Draws other initial weights; batches, noise and data stay as they are.",
  parametersOf: (/** @type {unknown} */ seed) => `seed ${seed}`,
  source: (/** @type {string} */ source, /** @type {string} */ licence) =>
    [source, licence].filter(Boolean).join(" · "),
  deviceHelp: "Small networks are faster on the CPU; the choice and its reason are told below the runs.",
  batch: "Batch",
  batchAll: "all",
  batchOf: (/** @type {string} */ size) => `Batch size ${size}`,
  batchBad: "Give a whole number from 1, or “all”.",
  l1Help: "Weight of a penalty on the sum of all |parameters|, which makes many of them small; no loss shows it.",
  batchesHelp: "Shuffled: every example once an epoch. Drawn: any example at any update.",
  upload: {
    csv: "Drop a table here or paste its lines: CSV, TSV, or columns of text.",
    names: "Drop a list here or paste it, one name a line.",
    choose: "Choose a file",
    box: "Your data",
    earlier: "Earlier files",
    none: "Choose a file",
    sending: "Reading …",
    again: "Try again",
    whole: "Drop the file to train on it.",
    unreadable: "This file cannot be read. Try another, or paste its text.",
    pasted: "pasted",
    missing: "This data is not on the server any more. Give it again.",
  },
  own: {
    rate: "The learning rate was made for something else: training begins with Adam at 0.01.",
    batch: "There are few examples, so every update looks at all of them.",
  },
  axes: /** @type {readonly [StepAxis, string][]} */ (
    Object.entries({ steps: "steps", examples: "examples seen", seconds: "seconds" })
  ),
  axis: "Along the axis",
  pause: "Pause training",
  resume: "Resume training",
  stop: "Stop training",
  again: "Train again",
  waiting: "Training begins.",
  queued: "Queued, until a worker is free.",
  fork: {
    open: "Fork from here",
    title: (/** @type {number} */ step, /** @type {number} */ run) =>
      `Continue from step ${count(step)} of run ${run + 1}`,
    help: "Parameters and the optimizer’s memory are those of this step; what you change here holds from then on.",
    beside: "Also continue unchanged, for comparison",
    go: "Continue",
    cancel: "Cancel",
    of: (/** @type {number} */ step, /** @type {number} */ run) =>
      `Continued from step ${count(step)} of run ${run + 1}`,
    parent: "of another experiment.",
    imported: (/** @type {string} */ file) => `Imported from ${file}: these numbers were not computed here.`,
    thinned: (/** @type {number} */ kept, /** @type {number} */ all) =>
      `Thinned out: ${count(kept)} of ${count(all)} entries are left. Extremes, events and ends are as they were.`,
    joined: "The stored runs of several experiments, side by side.",
    unchanged: "unchanged",
  },
  score: (/** @type {number} */ share) => `${number(100 * share)} % right`,
  soFar: "So far:",
};

/**
 * How far a training is: "1,240 of 2,000 steps, about 3 s left."
 *
 * @param {ExperimentRecord} record
 * @param {number} done Steps.
 * @param {number} left Seconds; NaN where they are not known yet.
 */
export function progress({ status, spec, error }, done, left) {
  const steps = `${count(done)} of ${count(spec.steps)} steps`;
  if (error) return error;
  if (status === "queued") return training.queued;
  if (status === "running") return `${[steps, timeLeft(left)].filter(Boolean).join(", ")}.`;
  if (status === "paused") return `Paused after ${steps}.`;
  if (status === "cancelled") return `Stopped after ${steps}.`;
  if (status === "interrupted") return `Interrupted after ${steps}.`;
  return status === "failed" ? `Failed after ${steps}.` : `Trained: ${count(spec.steps)} steps`;
}

/**
 * Seconds as people say them: "4 s", "2 min", "1.5 h".
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = seconds / 60;
  return minutes < 90 ? `${Math.round(minutes)} min` : `${number(minutes / 60, 2)} h`;
}

/**
 * "about 12 s left"; "" while it is not known.
 * @param {number} seconds
 */
export function timeLeft(seconds) {
  return Number.isFinite(seconds) ? `about ${duration(seconds)} left` : "";
}

/**
 * The time of one update: "85 µs an update".
 * @param {number} seconds
 */
export function pace(seconds) {
  if (!(seconds > 0)) return "";
  const [value, unit] = seconds < 1e-3 ? [1e6 * seconds, "µs"] : [1e3 * seconds, "ms"];
  return `${number(value)} ${unit} per update`;
}
