/** The slider of a rule's memory: evenly spaced in how many steps it remembers, so that .9, .99 and .999 are far apart. */

/** @import { Choice } from "../types/page.js" */

import { OPTIMIZERS } from "./kinds.js";

const NOTCHES = 100; // positions per factor of 10 of 1 − β
const DECADES = 3;

/** The letter of a rule's memory in formulas. */
const LETTERS = { momentum: "β", beta1: "β₁" };

/**
 * The setting by which a rule remembers, and its letter; null where it has no memory, or none was asked for.
 * @param {Choice} optimizer
 */
export function memoryOf(optimizer) {
  const name = OPTIMIZERS[optimizer.kind]?.memory ?? null;
  if (name === null || (name === "momentum" && !Object.hasOwn(optimizer, name))) return null;
  return { name, letter: LETTERS[name] };
}

/**
 * The memory that has a slider, and its value: a momentum has none where it is what the rule has by itself, whether that
 * is said, as in a stored set-up, or not.
 *
 * @param {Choice} optimizer
 * @param {Record<string, unknown>} defaults
 */
export function slidMemory(optimizer, defaults) {
  const memory = memoryOf(optimizer);
  if (memory === null) return null;
  const value = Number(optimizer[memory.name] ?? defaults[memory.name] ?? 0);
  return memory.name === "momentum" && value === Number(defaults.momentum ?? 0) ? null : { ...memory, value };
}

/** Of the slider: β = 1 − 10^(−notch/100). */
export const memoryScale = {
  most: NOTCHES * DECADES,
  /** @param {number} beta */
  notchOf: (beta) => Math.round(Math.max(0, Math.min(DECADES, -Math.log10(Math.max(0, 1 - beta)))) * NOTCHES),
  /** @param {number} notch */
  valueAt: (notch) => Number((1 - Number((10 ** (-notch / NOTCHES)).toPrecision(2))).toFixed(5)),
};

/**
 * Nesterov's look ahead needs a momentum to look along.
 *
 * @param {Choice} optimizer
 * @param {string} name
 * @param {number} value
 * @returns {Choice}
 */
export function withMemory(optimizer, name, value) {
  return { ...optimizer, [name]: optimizer.nesterov === true ? Math.max(0.01, value) : value };
}
