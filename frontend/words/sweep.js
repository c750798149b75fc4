/** The sweep's sentences, and what its fields are called. */

import { nameOfField } from "./fields.js";
import { count, number } from "./plot.js";
import { timeLeft, training } from "./training.js";

export const sweep = {
  title: "Sweep",
  card: "What varies",
  field: "Field",
  groups: {
    optimizer: "Optimizer",
    schedule: "Schedule",
    averaging: "Average of the parameters",
    run: "Run",
    start: "Start",
    problem: "Problem",
    seed: "Seed",
  },
  /** What a field is called where the last part of its path does not say it. */
  names: /** @type {Record<string, string>} */ ({
    "run.optimizer.lr": "learning rate",
    "run.optimizer": "optimizer",
    "run.schedule": "schedule",
    "run.batch_size": "batch size",
    "run.noise": "gradient noise",
    "run.clip_norm": "clip norm",
    "run.clip_value": "clip value",
    "run.l1": "L1 penalty",
    "problem.init_scale": "initial scale",
    "problem.init_seed": "seed of the first parameters",
    seed: "seed",
  }),
  start: (/** @type {string} */ name) => `start ${name}`,
  list: "A list",
  range: "A range",
  how: "Values as",
  values: "Values",
  from: "From",
  to: "To",
  scale: "Spacing",
  scales: { log: "logarithmic", linear: "linear" },
  n: "How many",
  seeds: "Seeds",
  ng: "1-3-10 steps",
  denser: "Add values between",
  suggested: "Suggested",
  begin: "Start the sweep",
  all: training.batchAll,
  none: "none",
  notListed: (/** @type {string} */ typed) => `“${typed}” is not one of them.`,
  noValues: "Give at least one value.",
  tooMany: (/** @type {number} */ asked, /** @type {number} */ most) =>
    `These are ${count(asked)} runs; the page shows up to ${count(most)}. Take fewer values or seeds.`,
  positive: "A logarithmic scale needs ends above 0.",
  runs: (
    /** @type {number} */ runs,
    /** @type {number} */ values,
    /** @type {number} */ seeds,
    /** @type {number} */ n,
  ) =>
    `${[
      runs > 1 && `${count(runs)} runs`,
      `${count(values)} ${values === 1 ? "value" : "values"}`,
      seeds > 1 && `${count(seeds)} seeds`,
    ]
      .filter(Boolean)
      .join(" × ")} = ${count(n)} ${n === 1 ? "run" : "runs"}`,
  summary: "Which value?",
  empty: "Pick a setting and its values. Slalom runs each and tells you which is best and where they start to diverge.",
  emptyRuns: "One small loss curve for every value will be drawn here; a click puts that value into the run.",
  waiting: "The first entries are on their way.",
  nothing: "No value holds: every run diverged. Try smaller ones.",
  soFar: "So far: ",
  use: (/** @type {string} */ value) => `Use ${value}`,
  useHelp: (/** @type {string} */ value) => `Put ${value} into the run, and play it`,
  finals: "Final loss",
  finalsHelp: "The lowest point is the value that ends best; hatched is where runs diverge.",
  steps: "Steps to the target",
  stepsHelp: "Values on the upper edge do not reach the target.",
  target: "Target",
  targetHelp: "The loss to reach.",
  automatic: "Choose the target for me",
  why: (/** @type {string} */ because) => `The target is ${because}.`,
  never: "not reached",
  diverged: "diverged",
  limit: (/** @type {number} */ limit) => `limit ${number(limit)}`,
  curves: "Every run",
  some: (/** @type {number} */ shown, /** @type {number} */ all) =>
    `${count(shown)} of ${count(all)} values are drawn; the table has all.`,
  table: "All numbers",
  columns: ["Value", "Final loss", "Lowest", "Highest", "Steps to the target", "Outcome"],
  ofSeeds: (/** @type {number} */ some, /** @type {number} */ all, /** @type {string} */ word) =>
    some === all ? word : `${some} of ${all} ${word}`,
  progress: (
    /** @type {string} */ state,
    /** @type {number} */ done,
    /** @type {number} */ steps,
    /** @type {number} */ left,
  ) => `The sweep ${state}: ${[`step ${count(done)} of ${count(steps)}`, timeLeft(left)].filter(Boolean).join(", ")}.`,
  ended: (/** @type {string} */ state) => `The sweep ${state}.`,
  seen: (
    /** @type {string} */ value,
    /** @type {{ final: string, low: string, high: string, steps: string, outcome: string }} */ told,
  ) =>
    `${value}: ends at ${told.final}${told.low === told.high ? "" : ` (${told.low} to ${told.high})`}; ${told.steps}; ${told.outcome}`,
  reachedAt: (/** @type {number} */ steps) => `at the target after ${count(Math.round(steps))} steps`,
  notReached: "target not reached",
};

/**
 * What a field is called in a sentence.
 * @param {string} path
 */
export function fieldName(path) {
  if (sweep.names[path]) return sweep.names[path];
  const [last = path, before = ""] = path.split(".").reverse();
  const name = /^\d+$/.test(last) ? `${before} ${Number(last) + 1}` : last;
  return /^\d+$/.test(last) ? name.replaceAll("_", " ") : nameOfField(last);
}

/**
 * The name that stands before a value: short where it is known well.
 * @param {string} path
 */
function shortName(path) {
  if (path === "run.optimizer.lr") return "lr";
  if (path === "run.optimizer" || path === "run.schedule") return "";
  return path === "problem.init_seed" || path === "seed" ? "seed" : fieldName(path);
}

/**
 * A value in words: a number with three digits, or six where it is whole, the kind of a choice, "all" for a batch of everything.
 *
 * @param {unknown} value
 * @param {string} path
 */
export function valueText(value, path) {
  if (value === null || value === undefined) return path === "run.batch_size" ? sweep.all : sweep.none;
  if (typeof value === "number") return number(value, Number.isInteger(value) ? 6 : 3);
  const kind = typeof value === "object" ? /** @type {{ kind?: string }} */ (value).kind : undefined;
  return String(kind ?? JSON.stringify(value)).replaceAll("_", " ");
}

/**
 * A value with the name of its field: "lr 0.1".
 *
 * @param {unknown} value
 * @param {string} path
 */
export function namedValue(value, path) {
  return [shortName(path), valueText(value, path)].filter(Boolean).join(" ");
}
