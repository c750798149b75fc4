/** Set-ups worth seeing: surfaces here, real training beside; twelve of them are the gallery. */

/** @import { Choice, Recipe, RunSpec, View } from "./types.js" */

import { TRAININGS } from "./presets-training.js";
import { FIRST } from "./recipe.js";
import { presetLabels, presetWords } from "./words-presets.js";

/**
 * @typedef {object} Preset
 * @property {string} name
 * @property {"surfaces" | "training"} group
 * @property {string} title
 * @property {string} question
 * @property {Recipe} recipe
 * @property {Partial<View>} [view] How it is looked at, where that matters.
 */

/**
 * @param {string} name
 * @param {Choice} problem
 * @param {RunSpec[]} runs
 * @param {number} steps
 * @param {Partial<Recipe>} [rest]
 * @returns {Omit<Preset, "title" | "question">}
 */
function surface(name, problem, runs, steps, rest = {}) {
  return { name, group: "surfaces", recipe: { problem, runs, steps, seed: 0, dtype: "float64", ...rest } };
}

/**
 * @param {number} lr
 * @param {Record<string, unknown>} [more] Settings of the rule.
 * @param {Partial<RunSpec>} [rest]
 * @returns {RunSpec}
 */
function sgd(lr, more = {}, rest = {}) {
  return { optimizer: { kind: "sgd", lr, ...more }, ...rest };
}

/**
 * @param {number} lr
 * @param {Partial<RunSpec>} [rest]
 * @returns {RunSpec}
 */
function adam(lr, rest = {}) {
  return { optimizer: { kind: "adam", lr }, ...rest };
}

/**
 * @param {string} text
 * @param {[number, number][]} domain
 */
function formula(text, domain) {
  return { kind: "formula", text, domain };
}

const WIDE = { start: [-4, 1] };
const MEMORY = { momentum: 0.9 };
const RIDGE = { start: [2, 1e-12] }; // so near to it that leaving takes 291 steps

/** @type {readonly Omit<Preset, "title" | "question">[]} */
const SURFACES = [
  { name: "overshoot", group: "surfaces", recipe: FIRST },
  surface(
    "valley",
    formula("x**2 + 10*y**2", [
      [-5, 5],
      [-3, 3],
    ]),
    [sgd(0.05, {}, WIDE), sgd(0.0909, {}, WIDE), sgd(0.105, {}, WIDE)],
    100,
  ),
  surface(
    "rings",
    formula("x**2 + 100*y**2", [
      [-5, 5],
      [-2.5, 2.5],
    ]),
    [sgd(0.005, {}, WIDE), sgd(0.005, MEMORY, WIDE), sgd(0.005, { momentum: 0.99 }, WIDE)],
    400,
  ),
  surface(
    "nesterov",
    formula("x**2 + 100*y**2", [
      [-5, 5],
      [-2.5, 2.5],
    ]),
    [
      sgd(0.0068, MEMORY, WIDE),
      sgd(0.0068, { ...MEMORY, nesterov: true }, WIDE),
      sgd(0.0066, { ...MEMORY, nesterov: true }, WIDE),
    ],
    200,
  ),
  surface(
    "scale",
    formula("1000*(x**2 + 100*y**2)", [
      [-5, 5],
      [-2.5, 2.5],
    ]),
    [adam(0.1, WIDE), sgd(0.005, {}, WIDE)],
    160,
  ),
  surface(
    "wells",
    { kind: "tilted_double_well" },
    [sgd(0.05, {}, { start: [2] }), sgd(0.1, {}, { start: [2] }), { ...sgd(0.02, MEMORY, { start: [2] }) }],
    100,
  ),
  surface(
    "saddle",
    { kind: "saddle" },
    [
      sgd(0.1, {}, RIDGE),
      sgd(0.1, MEMORY, RIDGE),
      adam(0.1, RIDGE),
      sgd(0.1, {}, { start: [2, 0], label: presetLabels.onRidge }),
    ],
    320,
  ),
  surface(
    "rosenbrock",
    { kind: "rosenbrock" },
    [sgd(0.001), sgd(0.0005, MEMORY), adam(0.05), { optimizer: { kind: "newton", lr: 1 } }],
    2000,
  ),
  surface("noise", { kind: "parabola" }, [sgd(0.1, {}, { noise: 1 }), sgd(0.01, {}, { noise: 1 })], 4000),
  surface("thermometer", { kind: "regression", data: "thermometer", scaling: "raw" }, [sgd(0.01), sgd(0.0001)], 100, {
    dtype: "float32",
  }),
  surface("rules", { kind: "bowl" }, [sgd(0.15), sgd(0.172), sgd(0.02, MEMORY), adam(0.25)], 120),
];

/** @type {readonly Preset[]} */
export const PRESETS = [...SURFACES, ...TRAININGS].map((preset) => ({
  ...preset,
  title: presetWords[preset.name]?.title ?? preset.name,
  question: presetWords[preset.name]?.question ?? "",
}));

const SHOWN = [
  ...["overshoot", "valley", "rings", "nesterov", "scale", "wells"],
  ...["saddle", "rosenbrock", "warmup", "noise", "edge", "digits"],
];

/** The twelve that every visitor is shown. @type {readonly Preset[]} */
export const GALLERY = SHOWN.flatMap((name) => PRESETS.filter((preset) => preset.name === name));
