/** Formulas as text: which variables they have, parameters put in as numbers, and where a mistake is. */

const VARIABLE = /\b(x[1-8]|x|y|z)\b/g;
const AROUND = 14; // characters shown on each side of a mistake

/**
 * How many variables a formula has: the highest of x, y, z or of x1 to x8; at least 1.
 * @param {string} text
 */
export function dimensionOf(text) {
  const names = text.match(VARIABLE) ?? [];
  return Math.max(1, ...names.map((name) => Number(name[1] ?? 0) || "xyz".indexOf(name) + 1));
}

/**
 * Put numbers in place of a built-in surface's parameters, so that the text stands alone.
 *
 * @param {string} text
 * @param {Record<string, unknown>} parameters
 */
export function withNumbers(text, parameters) {
  return text.replaceAll(/[A-Za-z_][A-Za-z_0-9]*/g, (name) => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : null;
    if (typeof value !== "number") return name;
    return value < 0 ? `(${value})` : String(value);
  });
}

/**
 * The part of a formula around a mistake, with the wrong character apart.
 *
 * @param {string} text
 * @param {number} position
 * @returns {[before: string, wrong: string, after: string]}
 */
export function around(text, position) {
  const at = Math.max(0, Math.min(position, text.length));
  const from = Math.max(0, at - AROUND);
  const to = Math.min(text.length, at + 1 + AROUND);
  const before = (from > 0 ? "…" : "") + text.slice(from, at);
  return [before, text.slice(at, at + 1) || " ", text.slice(at + 1, to) + (to < text.length ? "…" : "")];
}
