/** Pure changes of a spec: what the buttons and menus of the page do to it. */

/** @import { Choice, Dataset, DrawnSpec, Spec, RunSpec } from "../types/page.js" */

import { DATASETS, LOSSES, NETWORKS, OPTIMIZERS } from "./kinds.js";

/** Figure 5.8: the same parabola, a step that is too long and one that is right. */
export const FIRST = /** @type {Spec} */ ({
  problem: { kind: "parabola" },
  runs: [{ optimizer: { kind: "sgd", lr: 1.05 } }, { optimizer: { kind: "sgd", lr: 0.1 } }],
  steps: 40,
  seed: 0,
  dtype: "float64",
});

/** What a first training is given: batches that are quick and noisy enough to show, and steps enough to see it learn. */
const TRAINING = { batch: 16, letters: 32, steps: 500 };
const UNKNOWN = { task: null, view: /** @type {const} */ ("data"), classes: null, counted: null };
const MOST_STEPS_OF_A_SURFACE = 200; // that are kept when somebody comes back from a long training

/**
 * @param {Spec} spec
 * @param {number} index
 * @param {(run: RunSpec) => RunSpec} change
 * @returns {Spec}
 */
export function withRun(spec, index, change) {
  return { ...spec, runs: spec.runs.map((run, i) => (i === index ? change(run) : run)) };
}

/**
 * The run that is chosen, where only one can be looked at.
 *
 * @param {Spec} spec
 * @param {number} selected
 * @returns {RunSpec}
 */
export function chosenRun({ runs }, selected) {
  return runs[selected] ?? runs[0] ?? { optimizer: { kind: "sgd" } };
}

/**
 * @param {Spec} spec
 * @param {number} index
 * @returns {Spec}
 */
export function withoutRun(spec, index) {
  return { ...spec, runs: spec.runs.filter((_, i) => i !== index) };
}

/**
 * Add a copy of a run right after it, at half its learning rate so that the two can be told apart.
 *
 * @param {Spec} spec
 * @param {number} index
 * @returns {Spec}
 */
export function withCopy(spec, index) {
  const run = spec.runs[index] ?? { optimizer: { kind: "sgd", lr: 0.2 } };
  const copy = withLr({ ...run, label: "" }, Number((Number(run.optimizer.lr ?? 0.2) / 2).toPrecision(3)));
  return { ...spec, runs: spec.runs.toSpliced(index + 1, 0, tidy(copy)) };
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
  const free = isScaleFree(kind);
  const lr = free === isScaleFree(now.kind) ? now.lr : free ? 1 : 0.1;
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

/** Is its learning rate a factor near 1 and not a length? @param {string} optimizer A kind. */
function isScaleFree(optimizer) {
  return OPTIMIZERS[optimizer]?.scale_free ?? false;
}

/**
 * Whether two set-ups look the same until their runs are there.
 *
 * @param {DrawnSpec} one
 * @param {DrawnSpec} other
 */
export function isDrawnAlike(one, other) {
  return (
    one.problem === other.problem &&
    one.steps === other.steps &&
    one.runs.length === other.runs.length &&
    one.runs.every(({ start, batch_size, noise }, i) => {
      const before = other.runs[i];
      return start === before?.start && batch_size === before?.batch_size && noise === before?.noise;
    })
  );
}

/** Is it trained on examples, as a stored experiment? @param {{ kind: string }} problem */
export function isNetwork({ kind }) {
  return Object.hasOwn(NETWORKS, kind);
}

/** Can a network be trained with it? Its Hessian is too large. @param {string} optimizer A kind. */
export function isForNetworks(optimizer) {
  return !OPTIMIZERS[optimizer]?.hessian;
}

/**
 * What is known of the kind of data that a network is trained on.
 * @param {Choice} problem
 */
export function dataFacts({ kind, data }) {
  const given = /** @type {{ kind?: string } | undefined} */ (data)?.kind;
  return DATASETS[given ?? NETWORKS[kind]?.data ?? ""] ?? UNKNOWN;
}

/**
 * The losses that can be chosen with the data of a problem.
 *
 * @param {Choice} problem
 * @param {Pick<Dataset, "task" | "classes"> | null} known What the server said of data of one's own.
 */
export function lossesOf(problem, known = null) {
  const { task, classes, counted } = dataFacts(problem);
  const given = /** @type {Record<string, unknown>} */ (problem.data ?? {});
  const count = known ? known.classes.length : Number(given[counted ?? ""] ?? classes);
  const wanted = known?.task ?? task;
  return Object.keys(LOSSES).filter((name) => {
    const asks = LOSSES[name] ?? { task: null, classes: null };
    if (wanted === null || asks.task === null) return true;
    return asks.task === wanted && (asks.classes === null || asks.classes === count);
  });
}

/**
 * Change a problem; every run then begins at the new problem's own start.
 *
 * From a surface to a network and back, what only the other one has is left behind.
 *
 * @param {Spec} spec
 * @param {Choice} problem
 * @returns {Spec}
 */
export function withProblem(spec, problem) {
  const moved = { ...spec, problem, runs: spec.runs.map(({ start: _, ...run }) => run) };
  if (isNetwork(problem) === isNetwork(spec.problem)) return moved;
  return isNetwork(problem) ? ofNetwork(moved) : ofSurface(moved);
}

/**
 * @param {Spec} spec
 * @returns {Spec}
 */
function ofNetwork(spec) {
  const batch_size = spec.problem.kind === "character" ? TRAINING.letters : TRAINING.batch;
  const runs = spec.runs.map((run) => ({
    ...(isForNetworks(run.optimizer.kind) ? run : withRule(run, "sgd")),
    batch_size,
  }));
  return { ...spec, runs, steps: Math.max(spec.steps, TRAINING.steps), dtype: "float32" };
}

/**
 * @param {Spec} spec
 * @returns {Spec}
 */
function ofSurface({ device: _, ...spec }) {
  const runs = spec.runs.map(({ batch_size: _, batches: __, l1: ___, ...run }) => run);
  return { ...spec, runs, steps: Math.min(spec.steps, MOST_STEPS_OF_A_SURFACE), dtype: "float64" };
}

/**
 * Train on other data, with the loss that they ask for; with other settings of the same data a loss that fits stays.
 *
 * @param {Spec} spec
 * @param {Choice} data
 * @param {Pick<Dataset, "task" | "classes"> | null} known What the server said of the same file, read otherwise.
 * @returns {Spec}
 */
export function withData(spec, data, known = null) {
  const { loss, ...rest } = spec.problem;
  const before = /** @type {Partial<Choice>} */ (rest.data ?? {});
  const same = known !== null || (before.kind === data.kind && before.id === data.id);
  const problem = /** @type {Choice} */ ({ ...rest, data });
  const fits = same && typeof loss === "string" && lossesOf(problem, known).includes(loss);
  return { ...spec, problem: fits ? { ...problem, loss } : problem };
}

/**
 * Begin elsewhere: other initial parameters, the same batches and noise.
 *
 * @param {Spec} spec
 * @returns {Spec}
 */
export function withNewParameters(spec) {
  const now = Number(spec.problem.init_seed ?? spec.seed);
  return { ...spec, problem: { ...spec.problem, init_seed: (now + 1) % 2 ** 32 } };
}

/**
 * Let every run begin at a point.
 *
 * @param {Spec} spec
 * @param {number[]} start
 * @returns {Spec}
 */
export function withStart(spec, start) {
  return { ...spec, runs: spec.runs.map((run) => ({ ...run, start })) };
}

/**
 * Leave out what equals the default, so that links stay short.
 *
 * @param {RunSpec} run
 * @returns {RunSpec}
 */
export function tidy(run) {
  const kept = Object.entries(run).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const { schedule, averaging, batches, ...rest } = /** @type {RunSpec} */ (Object.fromEntries(kept));
  return {
    ...rest,
    ...(schedule && !isConstant(schedule) ? { schedule } : {}),
    ...(averaging && averaging.kind !== "none" ? { averaging } : {}),
    ...(batches === "drawn" ? { batches } : {}),
  };
}

/** @param {Choice} schedule */
function isConstant({ kind, warmup = 0, factor = 1 }) {
  return kind === "constant" && warmup === 0 && factor === 1;
}
