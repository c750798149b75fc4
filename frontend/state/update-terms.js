/** One update of a run in its rule's formula, with the numbers filled in; and its parts as arrows. */

/** @import { Choice, Extended } from "../types/page.js" */
/** @import { Update } from "../types/wire.js" */

import { number, toNumber, words } from "../words/workbench.js";

/** @typedef {{ name: string, formula: string, value: string, part?: "gradient" | "momentum" | "step" }} Tile */
/** @typedef {{ gradient: number[], momentum: number[] | null, step: number[] }} Parts Each in the units of the map. */

const MOST = 2; // coordinates that are written one by one

/** @param {readonly Extended[]} values */
const numbers = (values) => values.map(toNumber);

/**
 * A vector: its coordinates where there are few, else its length.
 * @param {readonly number[]} vector
 */
function written(vector) {
  if (vector.length > MOST) return `|·| = ${number(Math.hypot(...vector))}`;
  const parts = vector.map(number).join(", ");
  return vector.length === 1 ? parts : `(${parts})`;
}

/**
 * @param {Update} update
 * @param {string} name
 */
function vectorOf({ state }, name) {
  const value = state[name];
  return Array.isArray(value) ? numbers(value) : null;
}

/**
 * @param {Update} update
 * @param {string} name
 */
function powerOf({ state }, name) {
  const value = state[name];
  return Array.isArray(value) ? NaN : toNumber(/** @type {Extended | undefined} */ (value));
}

/** The step that was made. @param {Update} update */
export function stepOf({ point, after }) {
  const [from, to] = [numbers(point), numbers(after)];
  return to.map((value, i) => value - (from[i] ?? NaN));
}

/**
 * What the update is made of, in the order of the rule's formula.
 *
 * @param {Update} update
 * @param {Choice} rule With its defaults.
 * @returns {Tile[]}
 */
export function tilesOf(update, rule) {
  const told = words.update;
  const [gradient, seen] = [numbers(update.gradient), numbers(update.seen)];
  const disturbed = seen.some((value, i) => value !== gradient[i]);
  return [
    { name: told.gradient, formula: "g = ∇f", value: written(gradient), part: "gradient" },
    ...(disturbed ? [{ name: told.seen, formula: "g", value: written(seen) }] : []),
    ...memoryTiles(update, rule),
    { name: told.step, formula: formulaOf(rule), value: written(stepOf(update)), part: "step" },
  ];
}

/**
 * @param {Update} update
 * @param {Choice} rule
 * @returns {Tile[]}
 */
function memoryTiles(update, rule) {
  const told = words.update;
  const { kind } = rule;
  if (kind === "sgd") {
    const velocity = Number(rule.momentum ?? 0) > 0 ? vectorOf(update, "velocity") : null;
    const formula = `v = ${number(Number(rule.momentum))} v + g`;
    return velocity ? [{ name: told.velocity, formula, value: written(velocity), part: "momentum" }] : [];
  }
  if (kind === "adam" || kind === "adamw") return adamTiles(update, rule);
  return Object.keys(update.state).flatMap((name) => {
    const vector = vectorOf(update, name);
    const shown = name.replaceAll("_", " ");
    return vector?.some((value) => value !== 0) ? [{ name: shown, formula: shown, value: written(vector) }] : [];
  });
}

/**
 * @param {Update} update
 * @param {Choice} rule
 * @returns {Tile[]}
 */
function adamTiles(update, { beta1, beta2 }) {
  const told = words.update;
  const [m, v] = [vectorOf(update, "m") ?? [], vectorOf(update, "v") ?? []];
  const [b1, b2] = [Number(beta1), Number(beta2)];
  const { mean, square } = corrected(update);
  const t = update.step + 1;
  return [
    { name: told.mean, formula: `m = ${number(b1)} m + ${number(1 - b1)} g`, value: written(m), part: "momentum" },
    { name: told.square, formula: `v = ${number(b2)} v + ${number(1 - b2)} g²`, value: written(v) },
    { name: told.meanHat, formula: `m̂ = m / (1 − ${number(b1)}^${t})`, value: written(mean) },
    { name: told.squareHat, formula: `v̂ = v / (1 − ${number(b2)}^${t})`, value: written(square) },
  ];
}

/**
 * Adam's mean and mean square without the bias of their beginning at zero.
 * @param {Update} update
 */
function corrected(update) {
  const [one, two] = [1 - powerOf(update, "power1"), 1 - powerOf(update, "power2")];
  const mean = (vectorOf(update, "m") ?? []).map((value) => value / one);
  return { mean, square: (vectorOf(update, "peak") ?? []).map((value) => value / two) };
}

/** @param {Choice} rule */
function formulaOf({ kind, momentum, nesterov }) {
  if (kind === "sgd" && nesterov === true) return `−lr (g + ${number(Number(momentum))} v)`;
  if (kind === "sgd") return Number(momentum ?? 0) > 0 ? "−lr v" : "−lr g";
  if (kind === "adam" || kind === "adamw") return "−lr m̂ / (√v̂ + ε)";
  return words.update.ofRule;
}

/**
 * The update of every coordinate as one line: "x: −4.2 − 0.1 · 17.4 = −5.94".
 *
 * @param {Update} update
 * @param {Choice} rule
 * @param {readonly string[]} names
 * @returns {string[]}
 */
export function linesOf(update, rule, names) {
  const step = stepOf(update);
  const factors = factorsOf(update, rule);
  return numbers(update.point)
    .slice(0, MOST)
    .map((from, i) => {
      const how = factors ? `${number(from)} − ${number(toNumber(update.lr))} · ${factors(i)}` : "";
      const change = step[i] ?? NaN;
      const plain = `${number(from)} ${change < 0 ? "−" : "+"} ${number(Math.abs(change))}`;
      return `${names[i] ?? `x${i + 1}`}: ${how || plain} = ${number(toNumber(update.after[i] ?? null))}`;
    });
}

/**
 * What the rate is multiplied by; null where the rule is none of the plain ones, or weight decay acts beside it.
 *
 * @param {Update} update
 * @param {Choice} rule
 * @returns {((i: number) => string) | null}
 */
function factorsOf(update, rule) {
  const bracketed = (/** @type {number} */ value) => (value < 0 ? `(${number(value)})` : number(value));
  if (Number(rule.weight_decay ?? 0) > 0) return null;
  if (rule.kind === "sgd" && rule.nesterov !== true) {
    const along = (Number(rule.momentum ?? 0) > 0 && vectorOf(update, "velocity")) || numbers(update.seen);
    return (i) => bracketed(along[i] ?? NaN);
  }
  if (rule.kind !== "adam" && rule.kind !== "adamw") return null;
  const { mean, square } = corrected(update);
  return (i) => `${bracketed(mean[i] ?? NaN)} / (√${number(square[i] ?? NaN)} + ε)`;
}

/**
 * The step, the part of it that is the gradient's, and the rest that is remembered; for rules whose parts do not
 * add up, the direction against the gradient, as long as the step.
 *
 * @param {Update} update
 * @param {Choice} rule
 * @returns {Parts}
 */
export function partsOf(update, rule) {
  const step = stepOf(update);
  const seen = numbers(update.seen);
  const share = shareOf(update, rule);
  if (share) {
    const gradient = seen.map((value, i) => -share(i) * value);
    const rest = step.map((value, i) => value - (gradient[i] ?? 0));
    const momentum = Math.hypot(...rest) > 1e-9 * Math.hypot(...step) ? rest : null;
    return { gradient, momentum, step };
  }
  const scale = Math.hypot(...step) / Math.hypot(...seen);
  return { gradient: seen.map((value) => -scale * value), momentum: null, step };
}

/**
 * How far a coordinate goes for every unit of the new gradient.
 *
 * @param {Update} update
 * @param {Choice} rule
 * @returns {((i: number) => number) | null}
 */
function shareOf(update, rule) {
  const lr = toNumber(update.lr);
  if (rule.kind === "sgd") {
    const first = update.step === 0 ? 1 : 1 - Number(rule.dampening ?? 0);
    const factor = rule.nesterov === true ? 1 + Number(rule.momentum) : first;
    return () => lr * factor;
  }
  if (rule.kind !== "adam" && rule.kind !== "adamw") return null;
  const { square } = corrected(update);
  const weight = (1 - Number(rule.beta1)) / (1 - powerOf(update, "power1"));
  return (i) => (lr * weight) / (Math.sqrt(square[i] ?? NaN) + Number(rule.eps ?? 0));
}
