/** Set-ups worth seeing: surfaces and real training; twelve of them are the gallery. */

/** @import { Choice, Spec, RunSpec, View } from "../types/page.js" */

import { presetLabels, presetWords } from "../words/presets.js";
import { FIRST } from "./spec.js";

/**
 * @typedef {object} Preset
 * @property {string} name
 * @property {"surfaces" | "training"} group
 * @property {string} title
 * @property {string} question
 * @property {Spec} spec
 * @property {Partial<View>} [view] How it is looked at, where that matters.
 */

/**
 * @param {string} name
 * @param {Choice} problem
 * @param {RunSpec[]} runs
 * @param {number} steps
 * @param {Partial<Spec>} [rest]
 * @returns {Omit<Preset, "title" | "question">}
 */
function surface(name, problem, runs, steps, rest = {}) {
  return { name, group: "surfaces", spec: { problem, runs, steps, seed: 0, dtype: "float64", ...rest } };
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
  { name: "overshoot", group: "surfaces", spec: FIRST },
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

const FLOAT32 = /** @type {const} */ ({ seed: 0, dtype: "float32" });

/**
 * @param {string} name
 * @param {Pick<Spec, "problem" | "runs" | "steps">} spec
 * @param {Preset["view"]} [view]
 * @returns {Omit<Preset, "title" | "question">}
 */
function preset(name, spec, view) {
  return { name, group: "training", spec: { ...spec, ...FLOAT32 }, ...(view ? { view } : {}) };
}

const MOONS = { kind: "moons", n: 1000, noise: 0.2 };
const T4 = { kind: "chebyshev", n: 20, degree: 4 };
const DRAWN = /** @type {const} */ ({ batch_size: 16, batches: "drawn" });
const DECAY = { kind: "multistep", milestones: [1500] };

/** @type {readonly Omit<Preset, "title" | "question">[]} */
const TRAININGS = [
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
      runs: [sgd(0.2, {}, { batch_size: 32 }), sgd(3, {}, { batch_size: 32 }), sgd(10, {}, { batch_size: 32 })],
      steps: 600,
    },
    { picture: "data", fact: "accuracy" },
  ),
  preset(
    "batches",
    {
      problem: { kind: "network", data: MOONS, hidden: [16] },
      runs: [sgd(0.5, {}, { batch_size: 1 }), sgd(0.5, {}, { batch_size: 16 }), sgd(0.5)],
      steps: 3000,
    },
    { axis: "examples", fact: "noise" },
  ),
  preset(
    "warmup",
    {
      problem: { kind: "network", data: T4, hidden: [50, 50], init_scale: 2 },
      runs: [
        sgd(0.1, {}, { label: presetLabels.noWarmup }),
        sgd(0.1, {}, { label: presetLabels.warmup, schedule: { kind: "constant", warmup: 400 } }),
      ],
      steps: 2000,
    },
    { selected: 1 }, // the one that has a curve to show
  ),
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
    { problem: { kind: "character" }, runs: [sgd(0.3, {}, { batch_size: 32 })], steps: 4000 },
    { picture: "data" },
  ),
  preset("decay", {
    problem: { kind: "network", data: { ...MOONS, noise: 0.35 }, hidden: [32] },
    runs: [
      sgd(1, {}, { ...DRAWN, label: presetLabels.constant }),
      sgd(1, {}, { ...DRAWN, label: presetLabels.decayed, schedule: DECAY }),
    ],
    steps: 2000,
  }),
  preset(
    "ratio",
    {
      problem: { kind: "network", data: { kind: "digits" }, hidden: [64, 32] },
      runs: [sgd(0.1, {}, { batch_size: 32 }), { optimizer: { kind: "adam", lr: 0.003 }, batch_size: 32 }],
      steps: 600,
    },
    { fact: "ratio" },
  ),
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
