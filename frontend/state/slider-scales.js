/** The slider of a rule's memory: evenly spaced in how many steps it remembers, so that .9, .99 and .999 are far apart. */

/** @import { Choice } from "../types/page.js" */

const NOTCHES = 100; // positions per factor of 10 of 1 − β
const DECADES = 3;

/** The memory of a rule that is worth a slider: its setting, and the letter it has in formulas. */
const MEMORIES = /** @type {Record<string, { name: string, letter: string }>} */ ({
  sgd: { name: "momentum", letter: "β" },
  rmsprop: { name: "momentum", letter: "β" },
  adam: { name: "beta1", letter: "β₁" },
  adamw: { name: "beta1", letter: "β₁" },
  adamax: { name: "beta1", letter: "β₁" },
  nadam: { name: "beta1", letter: "β₁" },
  radam: { name: "beta1", letter: "β₁" },
  lion: { name: "beta1", letter: "β₁" },
});

/**
 * What a rule remembers by; null where it has no memory, or none was asked for.
 * @param {Choice} optimizer
 */
export function memoryOf(optimizer) {
  const memory = MEMORIES[optimizer.kind];
  if (!memory || (memory.name === "momentum" && !Object.hasOwn(optimizer, "momentum"))) return null;
  return memory;
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
