/** The drawings' words and numbers: axis titles, notes, labels of runs, and how a number is written. */

/** @import { RunSpec } from "../types/page.js" */

import { hidesRates } from "./hidden.js";
import { withMarks } from "./numerals.js";

const MINUS = "\u2212";
const SETTING = 5; // digits of what somebody has chosen: lr 1.0001 is not lr 1
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export const plot = {
  landscape: "Landscape",
  landscapeHelp: "Every line joins the points of equal loss; a zigzag means that the step is too long for the walls.",
  heatHelp: "Light is low, dark is high; a path from side to side means that the step is too long for the walls.",
  curve: "Descent",
  curveHelp: "Each dot is one update. If a step lands higher than it started, it was too long.",
  profile: "Coordinates",
  profileHelp: "How far every coordinate still is from the minimum; the last ones to fall are the flat directions.",
  loss: "Loss",
  lossHelp: "A straight line on the logarithmic axis means that every step removes the same share.",
  edge: "Learning rate / stability limit",
  edgeHelp: "Above 1 the step is too long for the curvature: the steepest direction grows instead of shrinking.",
  step: "step",
  run: (/** @type {number} */ i) => `run ${i + 1}`,
  f: "f",
  shareOfLimit: "lr / limit",
  distance: "distance from the minimum",
  position: "position",
  stabilityLimit: "stability limit",
  diverged: "diverged",
  logarithmic: "log: equal heights are equal factors",
  linear: "linear: equal heights are equal differences",
  runningMean: "running mean; faint: every step",
  averaged: "dotted: averaged parameters",
  exactlyZero: "0 reached: drawn on the lower edge",
  shifted: (/** @type {number} */ best) => `log scale of loss ${best < 0 ? "+" : MINUS} ${number(Math.abs(best))}`,
  noTheory: (/** @type {string[]} */ labels) => `No limit is known for ${labels.join(", ")}.`,
  more: (/** @type {number} */ n) => `${n} more off scale`,
  offScale: (/** @type {number} */ step, exact = true) => `off scale ${exact ? "at" : "by"} step ${count(step)}`,
  nonfinite: (/** @type {string} */ what, /** @type {number} */ step) => `${what} at step ${count(step)}`,
  enlarged: (/** @type {number} */ factor) => `arrows × ${number(factor)}`,
  start: (/** @type {string} */ point) => `Start at ${point}. Drag it, or move it with the arrow keys.`,
  lost: "Connection lost",
  reconnecting: "The server does not answer. Trying again; the picture stays as it was.",
};

/** The heads of the tables behind the panels. */
export const columns = {
  run: "run",
  step: "step",
  loss: "loss",
  batchLoss: "batch loss",
  trainingLoss: "training loss",
  validationLoss: "validation loss",
  averageLoss: "loss of the average",
  averageCheck: "validation loss of the average",
  trainingRight: "training right",
  validationRight: "validation right",
  gradient: "gradient norm",
  lastStep: "length of the last step",
  rate: "learning rate",
  limit: "stability limit",
  share: "share of the limit",
  sharpness: "sharpness",
  direction: (/** @type {number} */ i) => `direction ${i}`,
  offPlane: "off plane",
  onPlane: "loss on the plane",
};

/** @type {Record<string, string>} What a rule is called beside a line. */
const RULES = {
  sgd: "SGD",
  adagrad: "Adagrad",
  rmsprop: "RMSprop",
  adadelta: "Adadelta",
  adam: "Adam",
  adamw: "AdamW",
  nadam: "NAdam",
  radam: "RAdam",
  adamax: "Adamax",
  rprop: "Rprop",
  lion: "Lion",
  sign_sgd: "Sign SGD",
  asgd: "ASGD",
  adafactor: "Adafactor",
  muon: "Muon",
  lbfgs: "L-BFGS",
  newton: "Newton",
  torch: "PyTorch class",
};

/**
 * Write a number with three significant digits, thousands apart, by the rules of the server's sentences: "0.1",
 * "1.2 × 10⁻⁷", "−181", "32,800", "∞".
 *
 * @param {number} value
 * @param {number} [digits]
 */
export function number(value, digits = 3) {
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 ? MINUS : "";
  if (!Number.isFinite(value)) return `${sign}∞`;
  const [mantissa = "", exponent = ""] = Math.abs(value)
    .toExponential(digits - 1)
    .split("e");
  if (value === 0 || (Number(exponent) >= -3 && Number(exponent) < 6))
    return sign + grouped(String(Number(`${mantissa}e${exponent}`)));
  const factor = Number(mantissa) === 1 ? "" : `${withMarks(String(Number(mantissa)))} × `;
  return sign + factor + power(Number(exponent));
}

/**
 * Set the thousands of a plain number apart.
 * @param {string} text
 */
function grouped(text) {
  return withMarks(text.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ",")));
}

/**
 * Write a whole number with thousands apart: "3,709".
 * @param {number} value
 */
export function count(value) {
  return grouped(String(Math.floor(value)));
}

/**
 * Write a power of ten as an axis does: "1", "10", "10⁻⁴".
 * @param {number} exponent
 */
export function power(exponent) {
  if (exponent === 0) return "1";
  if (exponent === 1) return "10";
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/**
 * Write a point: "x = −4" or "x = −4.2, y = 1.45".
 * @param {readonly string[]} names
 * @param {readonly number[]} values
 */
export function point(names, values) {
  return values.map((value, i) => `${names[i] ?? `x${i + 1}`} = ${number(value)}`).join(", ");
}

/**
 * The shortest labels that tell runs apart: the rate alone, else with the rule, else with the first setting that differs.
 * @param {readonly RunSpec[]} runs
 */
export function labelsOf(runs) {
  const oneRule = new Set(runs.map((run) => nameOf(run))).size === 1;
  const hidden = hidesRates();
  const named = (/** @type {RunSpec} */ run, /** @type {number} */ i) => {
    if (hidden) return oneRule ? plot.run(i) : nameOf(run);
    return oneRule ? rateOf(run) : `${nameOf(run)}, ${rateOf(run)}`;
  };
  const labels = runs.map((run, i) => run.label || named(run, i));
  const settings = runs.map((run) => ({
    ...{ ...run.optimizer, options: undefined },
    .../** @type {object | undefined} */ (run.optimizer.options),
    schedule: run.schedule?.kind,
    average: run.averaging?.kind,
    clip: run.clip_norm ?? run.clip_value,
    noise: run.noise,
    l1: run.l1,
  }));
  for (const name of new Set(settings.flatMap((setting) => Object.keys(setting)))) {
    if (new Set(labels).size === labels.length) break;
    if (name === "kind" || name === "lr" || sameEverywhere(settings, name)) continue;
    const shared = labels.map((label, i) => !runs[i]?.label && labels.indexOf(label) !== labels.lastIndexOf(label));
    for (const [i, setting] of settings.entries()) {
      const value = /** @type {Record<string, unknown>} */ (setting)[name];
      if (shared[i] && value !== undefined && value !== null)
        labels[i] += `, ${name.replaceAll("_", " ")} ${written(value)}`;
    }
  }
  return labels.map((label, i) => (labels.indexOf(label) === i ? label : `${label} (${i + 1})`));
}

/** @param {RunSpec} run */
function nameOf(run) {
  const { kind, momentum, nesterov } = run.optimizer;
  if (kind === "sgd" && Number(momentum ?? 0) > 0) return nesterov ? "Nesterov" : "Momentum";
  return classOf(run.optimizer) ?? RULES[kind] ?? kind;
}

/**
 * The class that a rule names by its import path, without the package; null of other rules.
 * @param {RunSpec["optimizer"]} optimizer
 */
export function classOf({ path }) {
  return typeof path === "string" ? (path.split(".").at(-1) ?? null) : null;
}

/** @param {RunSpec} run */
function rateOf(run) {
  return `lr ${written(run.optimizer.lr ?? "default")}`;
}

/** @param {unknown} value */
function written(value) {
  return typeof value === "number" ? number(value, SETTING) : String(value).replaceAll("_", " ");
}

/**
 * @param {readonly Record<string, unknown>[]} settings
 * @param {string} name
 */
function sameEverywhere(settings, name) {
  return new Set(settings.map((setting) => JSON.stringify(setting[name]))).size === 1;
}
