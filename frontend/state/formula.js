/** Formulas as text: their variables, their numbers and what a drag or a key makes of one, and where a mistake is. */

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

const NUMBER = /(?<![A-Za-z_0-9.])(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/gi;
const PIXELS = 4; // a drag of so many is one step
const PIXELS_OF_WHOLE = 24;
const FINE = 0.1; // of a number's own size: what a step is worth

/**
 * @typedef {object} Numeral
 * @property {number} value
 * @property {number} at Where it begins in the text.
 * @property {number} length
 * @property {boolean} whole Whether only whole numbers make sense: it is an exponent.
 */

/**
 * The numbers in a formula's text, from left to right; the digits of x1 and log10 are none. A negative one in brackets,
 * as withNumeral writes it, is one number with its brackets and sign.
 *
 * @param {string} text
 * @returns {Numeral[]}
 */
export function numeralsOf(text) {
  return [...text.matchAll(NUMBER)].map((found) => {
    const [{ length }, at] = [found[0], found.index];
    const negative = /(^|[^\w)])\(-$/.test(text.slice(0, at)) && text[at + length] === ")";
    const place = negative ? { at: at - 2, length: length + 3 } : { at, length };
    const value = negative ? -Number(found[0]) : Number(found[0]);
    const whole = /\*\*\s*$/.test(text.slice(0, place.at)) && Number.isInteger(value);
    return { value, whole, ...place };
  });
}

/**
 * The text with another value in one place.
 *
 * @param {string} text
 * @param {Numeral} numeral
 * @param {number} value
 */
export function withNumeral(text, { at, length }, value) {
  const written = value < 0 ? `(${value})` : String(value);
  return text.slice(0, at) + written + text.slice(at + length);
}

/**
 * What one step changes.
 * @param {Pick<Numeral, "value" | "whole">} numeral
 */
export function stepOf({ value, whole }) {
  if (whole) return 1;
  return value === 0 ? FINE : FINE * 10 ** Math.floor(Math.log10(Math.abs(value)));
}

/**
 * A number some steps on, with no digits that a step does not reach.
 *
 * @param {Pick<Numeral, "value" | "whole">} numeral
 * @param {number} steps
 */
export function moved(numeral, steps) {
  const step = stepOf(numeral);
  const value = Number((numeral.value + steps * step).toPrecision(12));
  return numeral.whole ? Math.max(0, Math.round(value)) : value;
}

/**
 * How many steps a drag to the right is.
 *
 * @param {number} pixels
 * @param {boolean} whole
 */
export function stepsOfDrag(pixels, whole) {
  return Math.round(pixels / (whole ? PIXELS_OF_WHOLE : PIXELS));
}

/** @type {Readonly<Record<string, number>>} */
export const NUMBER_KEYS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 };

/**
 * How many steps a key is; null where it is none of these.
 * @param {{ key: string, shiftKey: boolean }} event
 */
export function stepsOfKey({ key, shiftKey }) {
  const way = NUMBER_KEYS[key];
  return way === undefined ? null : way * (shiftKey ? 10 : 1);
}

/** @type {Record<string, string>} */
const LETTERS = { alpha: "α", beta: "β", gamma: "γ", delta: "δ", kappa: "κ", lambda: "λ", mu: "μ", sigma: "σ" };

/**
 * Something in a typeset formula that can be dragged: which number of its text, or a parameter of a built-in surface.
 * @typedef {{ numeral: number } | { parameter: string }} Handle
 */

/**
 * What the numbers and names of a typeset formula stand for, in the order in which they are set; none where the text,
 * which has the parameters' values in it, has other numbers, so that nothing can be said of any.
 *
 * @param {string} text
 * @param {readonly { tag: string, text: string }[]} set The numbers (mn) and names (mi), from left to right.
 * @param {readonly string[]} parameters
 * @returns {(Handle | null)[]}
 */
export function handlesOf(text, set, parameters) {
  const numerals = numeralsOf(text);
  const named = new Map(parameters.map((name) => [LETTERS[name] ?? name, name]));
  let [n, same] = [0, true];
  const handles = set.map(({ tag, text: shown }) => {
    const parameter = tag === "mi" ? named.get(shown) : undefined;
    if (tag !== "mn" && parameter === undefined) return null;
    const numeral = n++;
    same &&= parameter !== undefined || Math.abs(numerals[numeral]?.value ?? NaN) === Number(shown);
    return parameter === undefined ? { numeral } : { parameter };
  });
  return same && n === numerals.length ? handles : set.map(() => null);
}
