/** Set-ups worth seeing, for the menu above the problem. */

/** @import { Recipe, View } from "./types.js" */

import { TRAININGS } from "./presets-training.js";
import { FIRST } from "./recipe.js";

const FLOAT64 = /** @type {const} */ ({ seed: 0, dtype: "float64" });

/**
 * @typedef {object} Preset
 * @property {"surfaces" | "training"} group
 * @property {string} title
 * @property {Recipe} recipe
 * @property {Partial<View>} [view] How it is looked at, where that matters.
 */

/** @type {readonly Omit<Preset, "group">[]} */
const SURFACES = [
  { title: "Too long a step, and the right one", recipe: FIRST },
  {
    title: "The thermometer: raw inputs",
    recipe: {
      problem: { kind: "regression", data: "thermometer", scaling: "raw" },
      runs: [{ optimizer: { kind: "sgd", lr: 0.01 } }, { optimizer: { kind: "sgd", lr: 0.0001 } }],
      steps: 100,
      seed: 0,
      dtype: "float32",
    },
  },
  {
    title: "A long valley, four rules",
    recipe: {
      problem: { kind: "bowl" },
      runs: [
        { optimizer: { kind: "sgd", lr: 0.15 } },
        { optimizer: { kind: "sgd", lr: 0.172 } },
        { optimizer: { kind: "sgd", lr: 0.02, momentum: 0.9 } },
        { optimizer: { kind: "adam", lr: 0.25 } },
      ],
      steps: 120,
      ...FLOAT64,
    },
  },
  {
    title: "Two wells: who finds the deeper one?",
    recipe: {
      problem: { kind: "tilted_double_well" },
      runs: [
        { optimizer: { kind: "sgd", lr: 0.02 } },
        { optimizer: { kind: "sgd", lr: 0.02, momentum: 0.9 } },
        { optimizer: { kind: "adam", lr: 0.1 } },
      ],
      steps: 150,
      ...FLOAT64,
    },
  },
  {
    title: "Rosenbrock's valley: a race",
    recipe: {
      problem: { kind: "rosenbrock" },
      runs: [
        { optimizer: { kind: "sgd", lr: 0.001 } },
        { optimizer: { kind: "sgd", lr: 0.0005, momentum: 0.9 } },
        { optimizer: { kind: "adam", lr: 0.05 } },
        { optimizer: { kind: "newton", lr: 1 } },
      ],
      steps: 2000,
      ...FLOAT64,
    },
  },
  {
    title: "A saddle: stuck, then away",
    recipe: {
      problem: { kind: "saddle" },
      runs: [
        { optimizer: { kind: "sgd", lr: 0.1 } },
        { optimizer: { kind: "sgd", lr: 0.1 }, noise: 0.01 },
        { optimizer: { kind: "adam", lr: 0.05 } },
      ],
      steps: 200,
      ...FLOAT64,
    },
  },
];

/** @type {readonly Preset[]} */
export const PRESETS = [
  ...SURFACES.map((preset) => /** @type {Preset} */ ({ group: "surfaces", ...preset })),
  ...TRAININGS,
];
