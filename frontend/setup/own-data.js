/** Other data in a set-up, of one's own or built in: what else changes with them, so that the first training goes well. */

/** @import { Dataset, RunSpec, Spec } from "../types/page.js" */

import { dataFacts, isNetwork, withData, withProblem } from "../state/spec.js";
import { training } from "../words/training.js";

/** Rates that seldom are too long where columns are standardised, by rule; a rule that is not here has none. */
const SAFE = /** @type {Readonly<Record<string, number>>} */ ({
  sgd: 0.05,
  adagrad: 0.05,
  rmsprop: 0.01,
  adadelta: 1,
  adam: 0.01,
  adamw: 0.01,
  nadam: 0.01,
  radam: 0.01,
  adamax: 0.01,
  asgd: 0.05,
  adafactor: 0.05,
  muon: 0.02,
});
/** What a run begins with whose own rate could be too long. */
const GENTLE = { kind: "adam", lr: 0.01 };
/** The server's share of a table that is kept to check with, from so many rows on. */
const VALIDATION = { share: 0.2, rows: 10 };

/**
 * Train on data that somebody gave: a table makes a network, a list of names the character model.
 *
 * @param {Spec} spec
 * @param {Dataset} dataset
 * @returns {Spec}
 */
export function withDataset(spec, dataset) {
  const wanted = dataset.kind === "names" ? "character" : "network";
  const there = spec.problem.kind === wanted ? spec : withProblem(spec, { kind: wanted });
  const chosen = withData(there, { kind: dataset.kind, id: dataset.id });
  return withBatches({ ...chosen, runs: gentle(chosen.runs) }, dataset);
}

/**
 * Train on built-in data; where numbers are predicted, long rates blow up.
 *
 * @param {Spec} spec
 * @param {string} kind
 * @returns {Spec}
 */
export function withBuiltIn(spec, kind) {
  const chosen = withData(spec, { kind });
  return dataFacts(chosen.problem).task === "numbers" ? { ...chosen, runs: gentle(chosen.runs) } : chosen;
}

/**
 * Train on the same file read otherwise: its settings and every rate stay.
 *
 * @param {Spec} spec
 * @param {Dataset} dataset
 * @returns {Spec}
 */
export function withReading(spec, dataset) {
  const { target: _, ...data } = dataOf(spec);
  return withBatches(withData(spec, { ...data, kind: dataset.kind, id: dataset.id }, dataset), dataset);
}

/**
 * Runs whose rates were made for something else get one that seldom is too long; those that are alike then are one.
 * @param {readonly RunSpec[]} runs
 */
function gentle(runs) {
  const made = runs.map((run) => (isSafe(run) ? run : withoutLabel({ ...run, optimizer: GENTLE })));
  const texts = made.map((run) => JSON.stringify(run));
  return made.filter((_, i) => texts.indexOf(texts[i] ?? "") === i);
}

/** @param {RunSpec} run */
function isSafe({ optimizer: { kind, lr } }) {
  return Number(lr) <= (SAFE[kind] ?? 0);
}

/** @param {RunSpec} run */
function withoutLabel({ label: _, ...run }) {
  return run;
}

/**
 * Where a batch would hold all examples or more, every update looks at all of them.
 *
 * @param {Spec} spec
 * @param {Dataset} dataset
 * @returns {Spec}
 */
function withBatches(spec, { kind, rows }) {
  if (kind === "names") return spec; // a name is many examples
  const usual = rows < VALIDATION.rows ? 0 : VALIDATION.share;
  const examples = Math.floor(rows * (1 - Number(dataOf(spec).validation ?? usual)));
  const runs = spec.runs.map(({ batch_size, ...run }) =>
    batch_size && batch_size < examples ? { ...run, batch_size } : run,
  );
  return { ...spec, runs };
}

/**
 * @param {Spec} spec
 * @returns {Record<string, unknown>}
 */
function dataOf({ problem }) {
  return /** @type {Record<string, unknown>} */ (problem.data ?? {});
}

/**
 * What else of a set-up changed when its data did, in sentences; "" where nothing did.
 *
 * @param {Spec} before
 * @param {Spec} now
 */
export function changesOf(before, now) {
  const begins = (/** @type {Spec} */ { runs }) =>
    runs.some(({ optimizer }) => JSON.stringify(optimizer) === JSON.stringify(GENTLE));
  const slowed = begins(now) && !begins(before);
  const batched = !isNetwork(before.problem) || before.runs.some(({ batch_size }) => batch_size);
  const whole = batched && now.runs.every(({ batch_size }) => !batch_size);
  return [slowed && training.own.rate, whole && training.own.batch].filter(Boolean).join(" ");
}
