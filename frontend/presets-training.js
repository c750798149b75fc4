/** Set-ups of real training worth seeing; each shows what it is about within a few seconds. */

/** @import { Recipe, RunSpec } from "./types.js" */
/** @import { Preset } from "./presets.js" */

import { presetLabels } from "./words-presets.js";

const FLOAT32 = /** @type {const} */ ({ seed: 0, dtype: "float32" });

/**
 * @param {string} name
 * @param {Pick<Recipe, "problem" | "runs" | "steps">} recipe
 * @param {Preset["view"]} [view]
 * @returns {Omit<Preset, "title" | "question">}
 */
function preset(name, recipe, view) {
  return { name, group: "training", recipe: { ...recipe, ...FLOAT32 }, ...(view ? { view } : {}) };
}

/**
 * @param {number} lr
 * @param {Partial<RunSpec>} [more]
 * @returns {RunSpec}
 */
function sgd(lr, more = {}) {
  return { optimizer: { kind: "sgd", lr }, ...more };
}

const MOONS = { kind: "moons", n: 1000, noise: 0.2 };
const T4 = { kind: "chebyshev", n: 20, degree: 4 };
const DRAWN = /** @type {const} */ ({ batch_size: 16, batches: "drawn" });
const DECAY = { kind: "multistep", milestones: [1500] };

/** @type {readonly Omit<Preset, "title" | "question">[]} */
export const TRAININGS = [
  preset(
    "moons",
    {
      problem: { kind: "network", data: MOONS, hidden: [16] },
      runs: [{ optimizer: { kind: "sgd", lr: 0.1, momentum: 0.9 }, batch_size: 16 }],
      steps: 500,
    },
    { picture: "data" },
  ),
  preset(
    "digits",
    {
      problem: { kind: "network", data: { kind: "digits" }, hidden: [32, 32], activation: "relu" },
      runs: [sgd(0.2, { batch_size: 32 }), sgd(3, { batch_size: 32 }), sgd(10, { batch_size: 32 })],
      steps: 600,
    },
    { picture: "data", fact: "accuracy" },
  ),
  preset(
    "batches",
    {
      problem: { kind: "network", data: MOONS, hidden: [16] },
      runs: [sgd(0.5, { batch_size: 1 }), sgd(0.5, { batch_size: 16 }), sgd(0.5)],
      steps: 3000,
    },
    { axis: "examples", fact: "noise" },
  ),
  preset("warmup", {
    problem: { kind: "network", data: T4, hidden: [50, 50], init_scale: 2 },
    runs: [
      sgd(0.1, { label: presetLabels.noWarmup }),
      sgd(0.1, { label: presetLabels.warmup, schedule: { kind: "constant", warmup: 400 } }),
    ],
    steps: 2000,
  }),
  preset(
    "edge",
    {
      problem: { kind: "network", data: T4, hidden: [50, 50] },
      runs: [sgd(0.05), sgd(0.1), sgd(0.2)],
      steps: 6000,
    },
    { fact: "limit" },
  ),
  preset(
    "names",
    { problem: { kind: "character" }, runs: [sgd(0.3, { batch_size: 32 })], steps: 4000 },
    { picture: "data" },
  ),
  preset("decay", {
    problem: { kind: "network", data: { ...MOONS, noise: 0.35 }, hidden: [32] },
    runs: [
      sgd(1, { ...DRAWN, label: presetLabels.constant }),
      sgd(1, { ...DRAWN, label: presetLabels.decayed, schedule: DECAY }),
    ],
    steps: 2000,
  }),
  preset(
    "ratio",
    {
      problem: { kind: "network", data: { kind: "digits" }, hidden: [64, 32] },
      runs: [sgd(0.1, { batch_size: 32 }), { optimizer: { kind: "adam", lr: 0.003 }, batch_size: 32 }],
      steps: 600,
    },
    { fact: "ratio" },
  ),
];
