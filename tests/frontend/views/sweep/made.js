/** A bowl, a sweep on it, a catalogue, and what varies, for the tests of the sweep. */

import { variedFields } from "../../../../frontend/views/sweep/fields.js";

const number = (minimum) => ({ type: "number", minimum, default: 0 });
const RATE = { type: "number", exclusiveMinimum: 0, default: 0.01 };
export const CATALOGUE = {
  problems: [
    { kind: "bowl", start: [-4.2, 1.45], variables: ["x", "y"], schema: { properties: { kind: {}, kappa: RATE } } },
    {
      kind: "network",
      start: [],
      variables: [],
      schema: { properties: { init_scale: RATE, init_seed: { type: "integer" }, hidden: { type: "array" } } },
    },
  ],
  optimizers: [
    { kind: "sgd", schema: { properties: { lr: RATE, momentum: number(0), nesterov: { type: "boolean" } } } },
    { kind: "adam", schema: { properties: { lr: RATE, beta1: { ...number(0), exclusiveMaximum: 1 } } } },
    { kind: "newton", schema: { properties: { lr: RATE } } },
  ],
  averagings: [
    { kind: "none", schema: { properties: { kind: { const: "none" } } } },
    { kind: "ema", schema: { properties: { decay: { type: "number", minimum: 0, default: 0.999 } } } },
  ],
  schedules: [{ kind: "constant", schema: { properties: { warmup: { type: "integer", minimum: 0, default: 0 } } } }],
  datasets: [],
};
export const BOWL = {
  problem: { kind: "bowl" },
  runs: [{ optimizer: { kind: "sgd", lr: 0.1 } }],
  steps: 120,
  seed: 0,
  dtype: "float64",
};
export const SPEC = {
  kind: "comparison",
  ...BOWL,
  seeds: 1,
  vary: [{ field: "run.optimizer.lr", values: [0.1, 0.3] }],
};
export const value = (given) => ({
  ...{ index: 0, value: 0.1, runs: [0], final: 1, final_low: 1, final_high: 1, reached: 1, diverged: 0 },
  ...{ to_target: 10, to_target_low: 10, to_target_high: 10, ...given },
});
export const fields = (spec, variables = ["x", "y"]) => variedFields(CATALOGUE, spec, variables);
export const field = (path, spec = BOWL) => fields(spec).find((one) => one.path === path);
