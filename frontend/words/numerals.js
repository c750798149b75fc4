/** Numbers as people type them, as a box shows them, and with the marks of the page's language. */

const page = globalThis.document?.documentElement;

/** The language of the page: what the server wrote into it. */
export const language = page?.lang || "en";

/** In which locale dates are written: in English with the day before the month. */
export const dateLocale = "en-GB";

/** Its decimal mark, as the server wrote it. */
export const decimalMark = page?.dataset?.decimal || ".";

const DECIMAL_IS_COMMA = decimalMark === ",";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const PLAIN = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const THOUSANDS = /^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;
const DECIMAL_COMMA = /^[-+]?\d*,\d+(e[-+]?\d+)?$/i;
const POWER = /^(?:([^×*·]+)[×*·])?([-+]?)10(?:\^([-+]?\d+)|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))$/;

/**
 * A number that is written as in English with the marks of the page's language, or the other way round.
 * @param {string} text
 */
export function withMarks(text) {
  return DECIMAL_IS_COMMA ? text.replaceAll(/[.,]/g, (mark) => (mark === "." ? "," : ".")) : text;
}

/**
 * Numbers as a box shows several.
 * @param {readonly string[]} typed
 */
export const listed = (typed) => typed.join(DECIMAL_IS_COMMA ? "; " : ", ");

/**
 * Read one number: "0.1", "1e-3", "−2", "1/2", "1,05", and as sentences write them, "32,800" and "1.1 × 10⁻⁸"; NaN where
 * it is none. A comma before three digits sets thousands apart, any other one is a decimal comma; in a language with a
 * decimal comma that is so of points.
 *
 * @param {string} text
 * @returns {number}
 */
export function readNumber(text) {
  return readPlain(withMarks(text));
}

/**
 * @param {string} text With the marks of English.
 * @returns {number}
 */
function readPlain(text) {
  const typed = text.replaceAll(/[−–]/g, "-").replaceAll(/[\s\u2009\u202f]/g, "");
  const [above = "", below, more] = typed.split("/");
  if (more !== undefined) return NaN;
  if (below !== undefined) return readPlain(above) / readPlain(below);
  const power = POWER.exec(typed);
  if (power) {
    const [, factor = "1", sign, plain, raised = ""] = power;
    const digits = [...raised].map((one) => (one === "⁻" ? "-" : one === "⁺" ? "" : SUPERSCRIPTS.indexOf(one)));
    return Number(`${sign}${readPlain(factor)}e${plain ?? digits.join("")}`);
  }
  if (THOUSANDS.test(typed)) return Number(typed.replaceAll(",", ""));
  const decimal = DECIMAL_COMMA.test(typed) ? typed.replace(",", ".") : typed;
  return PLAIN.test(decimal) ? Number(decimal) : NaN;
}

/**
 * Read several: separated by commas, semicolons or blanks; where there is a semicolon, a comma is part of a number.
 *
 * @param {string} text
 * @returns {number[]}
 */
export function readNumbers(text) {
  const parts = text.includes(";") ? text.split(";").filter((part) => part.trim()) : partsOf(text);
  return parts.map(readNumber);
}

/**
 * The values of a list, as they were typed: in a language with a decimal comma it sets values apart only before a blank.
 *
 * @param {string} text
 */
export function partsOf(text) {
  return text
    .split(DECIMAL_IS_COMMA ? /;|,?\s+/ : /[\s,;]+/)
    .map((part) => part.trim())
    .filter(Boolean);
}

/**
 * A number with all its digits, as it would be typed: "0.05", "1e-5".
 * @param {number} value
 */
export function typedNumber(value) {
  return withMarks(value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value));
}

/**
 * How large something is: "812 bytes", "37 kB", "4.2 MB", "20 GB".
 * @param {number} bytes
 */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
  const [value, unit] = bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${withMarks(value.toFixed(1).replace(".0", ""))} ${unit}`;
}
