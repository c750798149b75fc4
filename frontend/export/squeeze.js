/** A column of numbers in few bytes: as exact as can be seen, and as the difference from what its neighbours foretell. */

/**
 * How exact a column has to be, beside the default: "step" is the distance between two numbers that look the same, for
 * a linear axis; "digits" are the binary ones after the point that are kept of the logarithm of a number's distance from "floor", at
 * most 19.
 * @typedef {{ step: number } | { digits: number, floor: number }} Exactness
 */

/** @typedef {[foretold: number, exactness: number[], rest: Int32Array]} Squeezed One number: a step; two: digits and floor. */

const MOST = 2 ** 30; // steps from zero
const SMALLEST = -1075; // the logarithm of what is zero
const INFINITE = 2100; // above every logarithm that is counted from there, and still room for it in 32 bits

/**
 * What the numbers before foretell of the next one: nothing, the same, a straight line, the one before the last (for
 * zigzags), and a zigzag that drifts.
 * @type {readonly ((all: Int32Array, i: number) => number)[]}
 */
const FORETOLD = [
  () => 0,
  (all, i) => at(all, i - 1),
  (all, i) => 2 * at(all, i - 1) - at(all, i - 2),
  (all, i) => at(all, i - 2),
  (all, i) => at(all, i - 1) + at(all, i - 2) - at(all, i - 3),
];

/** @param {Int32Array} all @param {number} i */
function at(all, i) {
  return all[i] ?? 0;
}

/**
 * @param {Float64Array} column
 * @param {Exactness} exactness
 * @returns {Squeezed | null} Null where a number is too far away for its step.
 */
export function squeezed(column, exactness) {
  const whole = "step" in exactness ? counted(column, exactness.step) : rounded(column, exactness);
  if (!whole) return null;
  const ways = FORETOLD.map((_, way) => restOf(whole, way));
  const sizes = ways.map((rest) => rest.reduce((sum, value) => sum + Math.log2(1 + Math.abs(value)), 0));
  const way = sizes.indexOf(Math.min(...sizes));
  const said = "step" in exactness ? [exactness.step] : [exactness.digits, exactness.floor];
  return [way, said, /** @type {Int32Array} */ (ways[way])];
}

/**
 * @param {Squeezed} squeezed
 * @returns {Float64Array}
 */
export function released([way, [first = 1, floor], rest]) {
  const foretold = FORETOLD[way] ?? at;
  const whole = new Int32Array(rest.length);
  for (const [i, code] of rest.entries()) whole[i] = foretold(whole, i) + ((code >>> 1) ^ -(code & 1));
  if (floor === undefined) return Float64Array.from(whole, (value) => value * first);
  return Float64Array.from(whole, (value) => floor + unlogged(value, 2 ** first));
}

/**
 * What is not foretold, with small numbers of both signs as small numbers.
 *
 * @param {Int32Array} whole
 * @param {number} way
 */
function restOf(whole, way) {
  const foretold = FORETOLD[way] ?? at;
  return whole.map((value, i) => {
    const difference = (value - foretold(whole, i)) | 0;
    return (difference << 1) ^ (difference >> 31);
  });
}

/**
 * @param {Float64Array} column
 * @param {number} step
 */
function counted(column, step) {
  const near = column.every((value) => Math.abs(value) < MOST * step);
  return near ? Int32Array.from(column, (value) => Math.round(value / step)) : null;
}

/**
 * The logarithms of the distances from a floor, with their sign: what falls by the same factor every step is a straight
 * line. Infinities and nan come back as they are.
 *
 * @param {Float64Array} column
 * @param {{ digits: number, floor: number }} exactness
 */
function rounded(column, { digits, floor }) {
  const steps = 2 ** digits;
  return Int32Array.from(column, (value) => logged(value - floor, steps));
}

/** @param {number} value @param {number} steps For every doubling. */
function logged(value, steps) {
  if (value === 0) return 0;
  if (Number.isNaN(value)) return (INFINITE + 1) * steps;
  const size = Number.isFinite(value) ? Math.round((Math.log2(Math.abs(value)) - SMALLEST) * steps) : INFINITE * steps;
  return value < 0 ? -size : size;
}

/** @param {number} whole @param {number} steps */
function unlogged(whole, steps) {
  if (whole === 0) return 0;
  const size = Math.abs(whole) / steps;
  if (size > INFINITE) return NaN;
  const value = size === INFINITE ? Infinity : Math.min(Number.MAX_VALUE, 2 ** (size + SMALLEST));
  return whole < 0 ? -value : value;
}
