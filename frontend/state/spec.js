/** Pure changes of a recipe: what the buttons and menus of the page do to it. */

/** @import { Choice, Recipe, RunSpec } from "../types/page.js" */

/** Figure 5.8: the same parabola, a step that is too long and one that is right. */
export const FIRST = /** @type {Recipe} */ ({
  problem: { kind: "parabola" },
  runs: [{ optimizer: { kind: "sgd", lr: 1.05 } }, { optimizer: { kind: "sgd", lr: 0.1 } }],
  steps: 40,
  seed: 0,
  dtype: "float64",
});

/** Problems that are minimised on examples, and trained as stored experiments. */
const NETWORKS = new Set(["network", "character"]);

/** What a first training is given: batches that are quick and noisy enough to show, and steps enough to see it learn. */
const TRAINING = { batch: 16, letters: 32, steps: 500 };
const MOST_STEPS_OF_A_SURFACE = 200; // that are kept when somebody comes back from a long training

/** Rules whose learning rate is a factor near 1 and not a length. */
const SCALE_FREE = new Set(["newton", "adadelta"]);

/**
 * @param {Recipe} recipe
 * @param {number} index
 * @param {(run: RunSpec) => RunSpec} change
 * @returns {Recipe}
 */
export function withRun(recipe, index, change) {
  return { ...recipe, runs: recipe.runs.map((run, i) => (i === index ? change(run) : run)) };
}

/**
 * @param {Recipe} recipe
 * @param {number} index
 * @returns {Recipe}
 */
export function withoutRun(recipe, index) {
  return { ...recipe, runs: recipe.runs.filter((_, i) => i !== index) };
}

/**
 * Add a copy of a run right after it, at half its learning rate so that the two can be told apart.
 *
 * @param {Recipe} recipe
 * @param {number} index
 * @returns {Recipe}
 */
export function withCopy(recipe, index) {
  const run = recipe.runs[index] ?? { optimizer: { kind: "sgd", lr: 0.2 } };
  const copy = withLr({ ...run, label: "" }, Number((Number(run.optimizer.lr ?? 0.2) / 2).toPrecision(3)));
  return { ...recipe, runs: recipe.runs.toSpliced(index + 1, 0, tidy(copy)) };
}

/**
 * @param {RunSpec} run
 * @param {number} lr
 * @returns {RunSpec}
 */
export function withLr(run, lr) {
  return { ...run, optimizer: { ...run.optimizer, lr } };
}

/**
 * Change the rule of a run; the learning rate stays unless its meaning changes.
 *
 * @param {RunSpec} run
 * @param {string} choice A kind, or "sgd:momentum" and "sgd:nesterov".
 * @returns {RunSpec}
 */
export function withRule(run, choice) {
  const [kind = "sgd", variant] = choice.split(":");
  const now = run.optimizer;
  const same = SCALE_FREE.has(kind) === SCALE_FREE.has(now.kind);
  const lr = same ? now.lr : SCALE_FREE.has(kind) ? 1 : 0.1;
  const extra = variant === "nesterov" ? { momentum: 0.9, nesterov: true } : variant ? { momentum: 0.9 } : {};
  return { ...run, optimizer: { kind, lr, ...extra } };
}

/**
 * The menu entry of a rule, the inverse of withRule.
 * @param {Choice} optimizer
 */
export function ruleChoice({ kind, momentum, nesterov }) {
  if (kind !== "sgd" || !Number(momentum ?? 0)) return kind;
  return nesterov === true ? "sgd:nesterov" : "sgd:momentum";
}

/** Is it trained on examples? @param {{ kind: string }} problem */
export function isNetwork({ kind }) {
  return NETWORKS.has(kind);
}

/**
 * Change a problem; every run then begins at the new problem's own start.
 *
 * From a surface to a network and back, what only the other one has is left behind.
 *
 * @param {Recipe} recipe
 * @param {Choice} problem
 * @returns {Recipe}
 */
export function withProblem(recipe, problem) {
  const moved = { ...recipe, problem, runs: recipe.runs.map(({ start: _, ...run }) => run) };
  if (isNetwork(problem) === isNetwork(recipe.problem)) return moved;
  return isNetwork(problem) ? ofNetwork(moved) : ofSurface(moved);
}

/**
 * @param {Recipe} recipe
 * @returns {Recipe}
 */
function ofNetwork(recipe) {
  const batch_size = recipe.problem.kind === "character" ? TRAINING.letters : TRAINING.batch;
  const runs = recipe.runs.map((run) => ({
    ...(run.optimizer.kind === "newton" ? withRule(run, "sgd") : run),
    batch_size,
  }));
  return { ...recipe, runs, steps: Math.max(recipe.steps, TRAINING.steps), dtype: "float32" };
}

/**
 * @param {Recipe} recipe
 * @returns {Recipe}
 */
function ofSurface({ device: _, ...recipe }) {
  const runs = recipe.runs.map(({ batch_size: _, batches: __, ...run }) => run);
  return { ...recipe, runs, steps: Math.min(recipe.steps, MOST_STEPS_OF_A_SURFACE), dtype: "float64" };
}

/**
 * Train on other data; the loss is then the one that this data asks for.
 *
 * @param {Recipe} recipe
 * @param {Choice} data
 * @returns {Recipe}
 */
export function withData(recipe, data) {
  const { loss: _, ...problem } = recipe.problem;
  return { ...recipe, problem: { ...problem, data } };
}

/**
 * Begin elsewhere: other initial parameters, the same batches and noise.
 *
 * @param {Recipe} recipe
 * @returns {Recipe}
 */
export function withNewParameters(recipe) {
  const now = Number(recipe.problem.init_seed ?? recipe.seed);
  return { ...recipe, problem: { ...recipe.problem, init_seed: (now + 1) % 2 ** 32 } };
}

/**
 * Let every run begin at a point.
 *
 * @param {Recipe} recipe
 * @param {number[]} start
 * @returns {Recipe}
 */
export function withStart(recipe, start) {
  return { ...recipe, runs: recipe.runs.map((run) => ({ ...run, start })) };
}

/**
 * Leave out what equals the default, so that links stay short.
 *
 * @param {RunSpec} run
 * @returns {RunSpec}
 */
export function tidy(run) {
  const kept = Object.entries(run).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const { schedule, batches, ...rest } = /** @type {RunSpec} */ (Object.fromEntries(kept));
  return {
    ...rest,
    ...(schedule && !isConstant(schedule) ? { schedule } : {}),
    ...(batches === "drawn" ? { batches } : {}),
  };
}

/** @param {Choice} schedule */
function isConstant({ kind, warmup = 0, factor = 1 }) {
  return kind === "constant" && warmup === 0 && factor === 1;
}
