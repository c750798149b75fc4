/** Texts of lessons: what the runs gave stands in braces until it is there, and terms are found in them. */

/** @import { LessonValue, LessonValues } from "../types/lessons.js" */

import { lessons as words } from "../words/learning/lessons.js";
import { withLr } from "../words/symbols.js";
import { count, number, toNumber } from "../words/workbench.js";

const PLACE = /\{([^{}]+)\}/g;
const DRAGGED = /(\{drag [^{}]+\})/;
const SETTING = /^\{drag (?:([^:]+): *)?(.+)\}$/;
const MOST_DIGITS = 1e6; // from here on whole numbers are written as powers

/**
 * A text with the values of the runs in it; those that are not here yet are dots.
 *
 * @param {string} text
 * @param {LessonValues} values By what stands in the braces.
 */
export function fillValues(text, values) {
  const filled = text.replaceAll(PLACE, (_, name) =>
    Object.hasOwn(values, name) ? valueWords(values[name] ?? null) : words.waiting,
  );
  return withLr(filled);
}

/**
 * A value as a sentence has it: counts with all their digits, other numbers with three.
 * @param {LessonValue} value
 */
export function valueWords(value) {
  if (value === null) return words.never;
  const known = value === "nan" ? Number.NaN : toNumber(/** @type {number} */ (value));
  if (typeof value === "string" && Number.isNaN(known) && value !== "nan") return value;
  return Number.isInteger(known) && known >= 0 && known < MOST_DIGITS ? count(known) : number(known);
}

/**
 * A setting of a preset that a text holds.
 * @typedef {{ preset: string | null, path: string }} Setting null: of the first preset.
 */

/**
 * A text in pieces: the settings in it that can be dragged, and what stands between them.
 *
 * @param {string} text
 * @returns {(string | Setting)[]}
 */
export function splitSettings(text) {
  const pieces = text.split(DRAGGED).filter((piece) => piece !== "");
  return pieces.map((piece) => {
    const found = SETTING.exec(piece);
    return found ? { preset: found[1] ?? null, path: found[2] ?? "" } : piece;
  });
}

/**
 * A text in pieces: the first time that it names one of the terms, one of them or several, is a piece of its own.
 *
 * @param {string} text
 * @param {readonly string[]} names
 * @returns {(string | { name: string, text: string })[]}
 */
export function splitTerms(text, names) {
  if (names.length === 0) return [text];
  const longest = names.toSorted((a, b) => b.length - a.length).map(escaped);
  const pattern = new RegExp(`(?<![\\p{L}-])(${longest.join("|")})(?:${words.endings})?(?![\\p{L}-])`, "giu");
  /** @type {(string | { name: string, text: string })[]} */
  const pieces = [];
  const seen = new Set();
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const name = names.find((one) => one.toLowerCase() === match[1]?.toLowerCase()) ?? match[0];
    if (seen.has(name)) continue;
    seen.add(name);
    pieces.push(text.slice(from, match.index), { name, text: match[0] });
    from = match.index + match[0].length;
  }
  return [...pieces, text.slice(from)].filter((piece) => piece !== "");
}

/** @param {string} name */
function escaped(name) {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
