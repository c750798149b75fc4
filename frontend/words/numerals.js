/** Numbers as people type them, and as a box shows them. */

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const PLAIN = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const THOUSANDS = /^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;
const DECIMAL_COMMA = /^[-+]?\d*,\d+(e[-+]?\d+)?$/i;
const POWER = /^(?:([^×*·]+)[×*·])?([-+]?)10(?:\^([-+]?\d+)|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))$/;

/**
 * Read one number: "0.1", "1e-3", "−2", "1/2", "1,05", and as sentences write them, "32,800" and "1.1 × 10⁻⁸"; NaN where
 * it is none. A comma before three digits sets thousands apart, any other one is a decimal comma.
 *
 * @param {string} text
 * @returns {number}
 */
export function readNumber(text) {
  const typed = text.replaceAll(/[−–]/g, "-").replaceAll(/[\s\u2009\u202f]/g, "");
  const [above = "", below, more] = typed.split("/");
  if (more !== undefined) return NaN;
  if (below !== undefined) return readNumber(above) / readNumber(below);
  const power = POWER.exec(typed);
  if (power) {
    const [, factor = "1", sign, plain, raised = ""] = power;
    const digits = [...raised].map((one) => (one === "⁻" ? "-" : one === "⁺" ? "" : SUPERSCRIPTS.indexOf(one)));
    return Number(`${sign}${readNumber(factor)}e${plain ?? digits.join("")}`);
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
  const marks = text.includes(";") ? /\s*;\s*/ : /[\s,;]+/;
  return text
    .trim()
    .split(marks)
    .filter((part) => part !== "")
    .map(readNumber);
}

/**
 * A number with all its digits, as it would be typed: "0.05", "1e-5".
 * @param {number} value
 */
export function typedNumber(value) {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
}
