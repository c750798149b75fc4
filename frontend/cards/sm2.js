/**
 * Spaced repetition by SM-2 (P. A. Woźniak, 1990): when a card comes again, from how well it was remembered.
 *
 * Quality q runs from 0 (nothing came to mind) to 5 (at once). The easiness becomes
 * EF' = EF + 0.1 - (5 - q)(0.08 + (5 - q) 0.02), but never below 1.3. The first interval is 1 day, the second 6, each
 * further one the last times EF', rounded up. Below q = 3 the intervals begin anew and the easiness stays; what had a q
 * below 4 is asked again on the same day until it has not.
 */

/**
 * @typedef {object} Memory
 * @property {number} ease How much longer an interval is than the one before: EF.
 * @property {number} interval Days from the last repetition to the next.
 * @property {number} repetition How often in a row the card was remembered.
 */

/** What is known of a card that has never been asked. @type {Memory} */
export const FRESH = { ease: 2.5, interval: 0, repetition: 0 };

const HARDEST = 1.3;
const FIRST = [1, 6]; // days

/** Below this a card is asked again on the same day. */
export const KNOWN = 4;
const FORGOTTEN = 3; // below this the intervals begin anew

/**
 * @param {Memory} memory
 * @param {number} quality 0 to 5.
 * @returns {Memory}
 */
export function repeated({ ease, interval, repetition }, quality) {
  if (quality < FORGOTTEN) return { ease, interval: FIRST[0] ?? 1, repetition: 0 };
  const missing = 5 - quality;
  const next = Math.max(HARDEST, ease + 0.1 - missing * (0.08 + missing * 0.02));
  return { ease: next, interval: FIRST[repetition] ?? Math.ceil(interval * next - 1e-9), repetition: repetition + 1 };
}
