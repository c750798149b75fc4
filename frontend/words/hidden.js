/** What an exercise hides in words: with `hide=lr`, no learning rate is named anywhere. */

const NUMBER = "10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[\\d.,]*\\d(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?";
/** What a learning rate is called, and what may stand between that and a number. */
const [NAMES, LINKS] = ["learning rate|lr|rate", " of| is"];
const RATES = new RegExp(`\\b(${NAMES})(${LINKS})? (?:${NUMBER})`, "gi");

let rates = false;

/** From now on no learning rate is named. */
export function hideRates(hide = true) {
  rates = hide;
}

/** Are learning rates hidden? */
export function hidesRates() {
  return rates;
}

/**
 * A sentence without the learning rates in it, where they are hidden.
 * @param {string} text
 */
export function masked(text) {
  return rates ? text.replaceAll(RATES, "$1$2 ?") : text;
}
