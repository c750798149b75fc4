/** Following the advice of an explanation: one field of a set-up, named by its dotted path, gets another value. */

/** @import { Advice, Choice, Outcome, Recipe, RunSpec } from "./types.js" */

import { withRun } from "./recipe.js";

/** Buttons on a card at most. */
const MOST = 3;

/**
 * The set-up with an advice followed.
 *
 * @param {Recipe} recipe
 * @param {number} index The run it is about.
 * @param {Advice} advice
 * @returns {Recipe}
 */
export function follow(recipe, index, { field, value }) {
  if (field === "steps") return { ...recipe, steps: Number(value) };
  const [, part = "", name = ""] = field.split(".");
  return withRun(recipe, index, (run) => changed(run, part, name, value));
}

/**
 * @param {RunSpec} run
 * @param {string} part
 * @param {string} name
 * @param {Advice["value"]} value
 * @returns {RunSpec}
 */
function changed(run, part, name, value) {
  if (part === "schedule") return { ...run, schedule: { kind: String(value) } };
  if (!name) return /** @type {RunSpec} */ ({ ...run, [part]: value });
  return { ...run, optimizer: /** @type {Choice} */ ({ ...run.optimizer, [name]: value }) };
}

/**
 * The advice of all notes of an outcome, each once, as far as it changes anything.
 *
 * @param {Recipe} recipe
 * @param {number} index
 * @param {Outcome} outcome
 * @returns {Advice[]}
 */
export function adviceOf(recipe, index, { notes = [] }) {
  const now = JSON.stringify(recipe);
  const all = notes.flatMap(({ advice = [] }) => advice);
  const fresh = all.filter(
    (one, i) => all.findIndex((other) => other.field === one.field && other.value === one.value) === i,
  );
  return fresh.filter((one) => JSON.stringify(follow(recipe, index, one)) !== now).slice(0, MOST);
}
