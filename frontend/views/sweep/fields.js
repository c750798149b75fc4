/** Which fields of a set-up can vary, and values worth trying for each. */

/** @import { Catalogue, CatalogueEntry, FirstRuns, RunSpec, Spec } from "../../types/page.js" */
/** @import { Field } from "../../state/json-schema.js" */

import { fieldsOf } from "../../state/json-schema.js";
import { OPTIMIZERS } from "../../state/kinds.js";
import { isForNetworks, isNetwork } from "../../state/spec.js";
import { fieldName, sweep } from "../../words/sweep.js";

/**
 * A field that can vary.
 *
 * @typedef {object} Varied
 * @property {string} path Dotted, from the experiment.
 * @property {keyof typeof sweep.groups} group
 * @property {string} label
 * @property {Field} field What each value may be.
 * @property {unknown} now The present value.
 * @property {CatalogueEntry[] | null} kinds What can be chosen, where the values are choices.
 */

/** @typedef {{ values: unknown[] } | { from: number, to: number, scale: "log" | "linear", n: number }} Values */

export const NG = [0.001, 0.003, 0.006, 0.01, 0.03, 0.06, 0.1, 0.3, 1]; // Andrew Ng's advice: about three a decade
export const DENSER = /** @type {const} */ ({ from: 0.001, to: 1, scale: "log", n: 25 });
const SERIES_A_DECADE = [1, 3, 6];
const RATES = 9;
const RATIOS = [0.1, 0.3, 1, 3, 10];
const MOST_SEED = 2 ** 32 - 1;

/** @type {Record<string, readonly (number | null)[]>} Values worth trying, by the last name of a path. */
const SERIES = {
  momentum: [0, 0.5, 0.8, 0.9, 0.95, 0.99],
  beta1: [0, 0.5, 0.8, 0.9, 0.95, 0.99],
  beta2: [0.9, 0.95, 0.99, 0.999, 0.9999],
  alpha: [0.9, 0.95, 0.99, 0.999],
  rho: [0.9, 0.95, 0.99, 0.999],
  eps: [1e-10, 1e-8, 1e-6, 1e-4, 1e-2],
  weight_decay: [0, 0.0001, 0.001, 0.01, 0.1],
  l1: [null, 0.0001, 0.001, 0.01, 0.1],
  noise: [null, 0.01, 0.03, 0.1, 0.3, 1],
  clip_norm: [0.1, 0.3, 1, 3, 10, null],
  clip_value: [0.1, 0.3, 1, 3, 10, null],
  batch_size: [1, 4, 16, 64, 256, null],
  init_scale: [0.1, 0.3, 1, 3, 10],
  seed: [0, 1, 2, 3, 4, 5, 6, 7],
  init_seed: [0, 1, 2, 3, 4, 5, 6, 7],
  kappa: [1, 3, 10, 30, 100],
};

/** Fields of a run beside its rule and schedule, as a schema. */
const RUN = {
  batch_size: { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }], default: null },
  l1: { anyOf: [{ type: "number", minimum: 0 }, { type: "null" }], default: null },
  noise: { anyOf: [{ type: "number", minimum: 0 }, { type: "null" }], default: null },
  clip_norm: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }], default: null },
  clip_value: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }], default: null },
};

/**
 * Every field that can vary, in the order of the menu; a field of the rule only where all runs have it.
 *
 * @param {Catalogue} catalogue
 * @param {Spec} spec
 * @param {readonly string[]} variables What the problem's variables are called.
 * @returns {Varied[]}
 */
export function variedFields(catalogue, spec, variables) {
  const { problem, runs, seed } = spec;
  const network = isNetwork(problem);
  const [first] = runs;
  const entry = catalogue.problems.find(({ kind }) => kind === problem.kind);
  const own = network ? ["init_scale", "init_seed"] : null;
  const rules = catalogue.optimizers.filter(({ kind }) => !network || isForNetworks(kind));
  const run = fieldsOf({ properties: network ? RUN : { ...RUN, batch_size: {}, l1: {} } }).filter(isNumeric);
  return [
    ...ofChoices(
      catalogue.optimizers,
      runs.map((one) => one.optimizer),
      "optimizer",
    ),
    choices("run.optimizer", "optimizer", rules, first?.optimizer.kind ?? "sgd"),
    ...ofChoices(
      catalogue.schedules,
      runs.map((one) => one.schedule ?? { kind: "constant" }),
      "schedule",
    ),
    choices("run.schedule", "schedule", catalogue.schedules, first?.schedule?.kind ?? "constant"),
    ...ofChoices(
      catalogue.averagings,
      runs.map((one) => one.averaging ?? { kind: "none" }),
      "averaging",
    ),
    ...run.map((field) => varied(`run.${field.name}`, "run", field, /** @type {any} */ (first)?.[field.name] ?? null)),
    ...(network ? [] : variables.map((name, i) => start(name, i, first?.start?.[i] ?? entry?.start?.[i] ?? 0))),
    ...(entry ? fieldsOf(entry.schema) : [])
      .filter((field) => isNumeric(field) && (!own || own.includes(field.name)))
      .map((field) => varied(`problem.${field.name}`, "problem", field, problem[field.name] ?? field.initial)),
    varied("seed", "seed", fieldOf("seed", { type: "integer", minimum: 0, maximum: MOST_SEED }), seed),
  ];
}

/**
 * Rates worth trying with a rule on a problem, about three a decade, the largest beyond what it can bear.
 *
 * @param {RunSpec | undefined} run
 * @param {FirstRuns | null | undefined} first
 */
export function ratesFor(run, first) {
  if (!run || !first) return NG;
  const { kind } = run.optimizer;
  const highest = OPTIMIZERS[kind]?.scale_free ? 2 : kind === "sgd" ? 2 * first.rates[1] : 30 * first.stride;
  const last = Array.from({ length: 100 }, (_, i) => i - 50).find((i) => nth(i) >= highest) ?? 0;
  return Array.from({ length: RATES }, (_, i) => nth(last - RATES + 1 + i));
}

/** @param {number} i */
function nth(i) {
  const decade = Math.floor(i / SERIES_A_DECADE.length);
  return Number(`${SERIES_A_DECADE[i - SERIES_A_DECADE.length * decade]}e${decade}`);
}

/** @param {Field} field */
function isNumeric({ type }) {
  return type === "number" || type === "whole";
}

/**
 * The numeric fields that several choices have in common.
 *
 * @param {readonly CatalogueEntry[]} entries
 * @param {readonly import("../../types/page.js").Choice[]} chosen
 * @param {"optimizer" | "schedule" | "averaging"} group
 */
function ofChoices(entries, chosen, group) {
  const schemas = chosen.map(({ kind }) => entries.find((entry) => entry.kind === kind)?.schema ?? {});
  const [first = {}, ...others] = schemas;
  return fieldsOf(first)
    .filter((field) => isNumeric(field) && others.every((other) => other.properties?.[field.name]))
    .map((field) => varied(`run.${group}.${field.name}`, group, field, chosen[0]?.[field.name] ?? field.initial));
}

/**
 * @param {string} path
 * @param {Varied["group"]} group
 * @param {Field} field
 * @param {unknown} now
 * @returns {Varied}
 */
function varied(path, group, field, now) {
  return { path, group, label: fieldName(path), field, now, kinds: null };
}

/**
 * @param {string} name
 * @param {number} i
 * @param {number} now
 * @returns {Varied}
 */
function start(name, i, now) {
  const path = `run.start.${i}`;
  return { ...varied(path, "start", fieldOf("start", { type: "number" }), now), label: sweep.start(name) };
}

/**
 * @param {string} path
 * @param {"optimizer" | "schedule"} group
 * @param {CatalogueEntry[]} kinds
 * @param {string} now
 * @returns {Varied}
 */
function choices(path, group, kinds, now) {
  const field = fieldOf(group, { type: "string" });
  return { ...varied(path, group, field, now), kinds };
}

/**
 * @param {string} name
 * @param {import("../../types/page.js").Schema} property
 */
function fieldOf(name, property) {
  const [field] = fieldsOf({ properties: { [name]: property } });
  return /** @type {Field} */ (field);
}

/**
 * Values worth trying: a series that is known for the field, else around the present value.
 *
 * @param {Varied} varied
 * @param {readonly (readonly [number, number])[]} [domain] Of the problem's variables.
 * @param {readonly number[]} [rates] For the learning rate.
 * @returns {Values}
 */
export function suggested({ path, field, now, kinds }, domain = [], rates = NG) {
  if (path === "run.optimizer.lr") return { values: [...rates] };
  if (kinds) return { values: kinds.slice(0, 4).map(({ kind }) => kind) };
  const name = path.split(".").at(-1) ?? path;
  const place = /^run\.start\.(\d+)$/.exec(path);
  if (place) {
    const [from, to] = domain[Number(place[1])] ?? [Number(now) - 2, Number(now) + 2];
    return { from: round(from), to: round(to), scale: "linear", n: 9 };
  }
  const known = SERIES[name]?.filter((value) => value === null || allowed(field, value));
  if (known && known.length > 1) return { values: known };
  const around = Number(now) > 0 ? Number(now) : 1;
  const values = RATIOS.map((ratio) => (field.type === "whole" ? Math.round(around * ratio) : round(around * ratio)));
  return { values: [...new Set(values)].filter((value) => allowed(field, value)) };
}

/** @param {number} value */
function round(value) {
  return Number(value.toPrecision(3));
}

/**
 * @param {Field} field
 * @param {number} value
 */
function allowed({ low, high, aboveLow, belowHigh }, value) {
  return (aboveLow ? value > low : value >= low) && (belowHigh ? value < high : value <= high);
}
