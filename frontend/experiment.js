/** Experiments: what is too large for anything else, and how a stored one is shown while it runs. */

/** @import { Block, ExperimentRecord, Outcome, Recipe, ServerProblem, Stores } from "./types.js" */

import { lanesOf } from "./lanes.js";
import { tidy } from "./recipe.js";
import { followExperiment } from "./stream.js";
import { appendBlock, createRunView, lastStep } from "./trace.js";
import { labelsOf, words } from "./words.js";

const ENDED = new Set(["done", "cancelled", "failed", "interrupted"]);
const MOST_ENTRIES = 20_000; // up to here every entry is shown; beyond, as many as a screen can show

/**
 * The server's refusal with advice for someone at a page; other refusals are as they were.
 *
 * @param {ServerProblem} problem
 * @returns {ServerProblem}
 */
export function inWords(problem) {
  const { setting = "", value = 0, limit = 0 } = problem;
  if (setting === "SLALOM_SIMULATE_RUN_STEPS") return { ...problem, detail: words.budget(value, limit) };
  if (setting === "SLALOM_SIMULATE_NUMBERS") return { ...problem, detail: words.numbers(value, limit) };
  return problem;
}

/** @param {ExperimentRecord | null} record */
export function isRunning(record) {
  return record !== null && !ENDED.has(record.status);
}

/**
 * What the page shows of a stored spec: the server writes every default into it, the page leaves them out.
 *
 * @param {ExperimentRecord["spec"]} spec
 * @returns {Recipe}
 */
export function recipeOf(spec) {
  const { problem, steps, seed, dtype } = spec;
  const kept = Object.entries(problem).filter(([, value]) => value !== null);
  const shown = /** @type {Recipe["problem"]} */ (Object.fromEntries(kept));
  return { problem: shown, runs: lanesOf(spec).map(tidy), steps, seed, dtype };
}

/**
 * One sentence on an experiment's state, for the card.
 * @param {ExperimentRecord} record
 */
export function sentence({ name, id, status, error }) {
  return words.experiment.title(name || id, words.experiment.names[status] ?? status) + (error ? ` ${error}` : "");
}

/**
 * Fill the stores with an experiment's runs as they come, until it ends.
 *
 * @param {Stores} stores
 * @param {ExperimentRecord} record
 * @param {(change: Partial<ExperimentRecord>) => void} changed
 * @param {(error: unknown) => void} failed
 * @returns {() => void} Stop following.
 */
export function followLive({ runs, clock, view, recipe }, record, changed, failed) {
  const views = labelsOf(recipe.get().runs).map((label, index) => createRunView(index, label, view.get().theme));
  runs.update(() => views);
  clock.update((now) => ({ ...now, step: 0, last: 0, live: true, playing: true }));

  const entries = record.spec.steps * views.length;
  const listeners = {
    /** @param {Block} block */
    block(block) {
      if (record.status === "queued") changed({ status: "running" });
      appendBlock(runs.get(), block);
      runs.update((all) => [...all]);
      clock.update((now) => ({ ...now, last: lastStep(runs.get()) }));
    },
    /** @param {import("./stream.js").DoneMessage} message */
    done({ status, error = null, outcomes }) {
      changed({ status, error });
      runs.update((all) => all.map((run) => ({ ...run, outcome: outcomeOf(outcomes, run.index) })));
      clock.update((now) => ({ ...now, step: now.playing ? now.last : now.step, live: false, playing: false }));
    },
    error: (/** @type {string} */ reason) => failed(new Error(reason)),
  };
  return followExperiment(record.id, listeners, { detail: entries <= MOST_ENTRIES ? "full" : "screen" });
}

/**
 * @param {Outcome[] | null} outcomes
 * @param {number} index
 */
function outcomeOf(outcomes, index) {
  return outcomes?.[index] ?? null;
}
