/** Set-ups of real training worth seeing; each shows what it is about within a few seconds. */

/** @import { Recipe, RunSpec } from "./types.js" */
/** @import { Preset } from "./presets.js" */

const FLOAT32 = /** @type {const} */ ({ seed: 0, dtype: "float32" });

/**
 * @param {string} title
 * @param {Pick<Recipe, "problem" | "runs" | "steps">} recipe
 * @param {Preset["view"]} [view]
 * @returns {Preset}
 */
function preset(title, recipe, view) {
  return { group: "training", title, recipe: { ...recipe, ...FLOAT32 }, ...(view ? { view } : {}) };
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

/** @type {readonly Preset[]} */
export const TRAININGS = [
  preset(
    "Moons: a boundary learns to bend",
    {
      problem: { kind: "network", data: MOONS, hidden: [16] },
      runs: [{ optimizer: { kind: "sgd", lr: 0.1, momentum: 0.9 }, batch_size: 16 }],
      steps: 500,
    },
    { picture: "data" },
  ),
  preset(
    "Digits: a good rate, one stuck at chance, one that blows up",
    {
      problem: { kind: "network", data: { kind: "digits" }, hidden: [32, 32], activation: "relu" },
      runs: [sgd(0.2, { batch_size: 32 }), sgd(3, { batch_size: 32 }), sgd(10, { batch_size: 32 })],
      steps: 600,
    },
    { picture: "data", fact: "accuracy" },
  ),
  preset(
    "Batches of 1, 16 and all: the same examples seen",
    {
      problem: { kind: "network", data: MOONS, hidden: [16] },
      runs: [sgd(0.5, { batch_size: 1 }), sgd(0.5, { batch_size: 16 }), sgd(0.5)],
      steps: 3000,
    },
    { axis: "examples", fact: "noise" },
  ),
  preset("Warm-up: too steep a start, and the rescue", {
    problem: { kind: "network", data: T4, hidden: [50, 50], init_scale: 2 },
    runs: [
      sgd(0.1, { label: "no warm-up" }),
      sgd(0.1, { label: "warm-up 400", schedule: { kind: "constant", warmup: 400 } }),
    ],
    steps: 2000,
  }),
  preset(
    "The edge of stability: sharpness climbs to 2/lr",
    {
      problem: { kind: "network", data: T4, hidden: [50, 50] },
      runs: [sgd(0.05), sgd(0.1), sgd(0.2)],
      steps: 6000,
    },
    { fact: "limit" },
  ),
  preset(
    "Names: letters learn to follow each other",
    {
      problem: { kind: "character" },
      runs: [sgd(0.3, { batch_size: 32 })],
      steps: 4000,
    },
    { picture: "data" },
  ),
  preset("Decay after the trench", {
    problem: { kind: "network", data: { ...MOONS, noise: 0.35 }, hidden: [32] },
    runs: [
      sgd(1, { batch_size: 16, batches: "drawn", label: "constant" }),
      sgd(1, {
        batch_size: 16,
        batches: "drawn",
        label: "× 0.1 at 1,500",
        schedule: { kind: "multistep", milestones: [1500] },
      }),
    ],
    steps: 2000,
  }),
  preset(
    "Adam and SGD: update against weight",
    {
      problem: { kind: "network", data: { kind: "digits" }, hidden: [64, 32] },
      runs: [sgd(0.1, { batch_size: 32 }), { optimizer: { kind: "adam", lr: 0.003 }, batch_size: 32 }],
      steps: 600,
    },
    { fact: "ratio" },
  ),
];
