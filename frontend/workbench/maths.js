/** The mathematics behind a verdict, folded: formulas with their symbols named, reasons, numbers, further advice. */

/** @import { Extended, Note, Outcome, Watchable } from "../types/page.js" */
/** @import { Term } from "../types/lessons.js" */

import { marked } from "../lessons/terms.js";
import { el, fill } from "../ui/dom.js";
import { NOTES, VALUES, valueWords } from "../words/explanation.js";
import { symbolsIn, withLr } from "../words/symbols.js";
import { number, toNumber, words } from "../words/workbench.js";

const KEY = "slalom.maths";

/**
 * A text as elements: its terms underlined, its decisive numbers bold.
 * @typedef {(text: string) => (Node | string)[]} Write
 */

/**
 * The part of the card that opens; whether it is open is remembered in this browser.
 *
 * @param {Watchable<readonly Term[]>} glossary
 * @param {() => Storage} [storage]
 */
export function createMaths(glossary, storage = () => localStorage) {
  /** @type {Write} */
  const write = (text) => {
    /** @type {(Node | string)[][]} */
    const parts = marked(text, glossary.get()).map((part) => (typeof part === "string" ? bold(part) : [part]));
    return parts.flat();
  };
  const body = el("div", { class: "why" });
  const element = el("details", { class: "maths" }, el("summary", {}, words.explanation.maths), body);
  element.open = remembered(storage);
  element.addEventListener("toggle", () => remember(storage, element.open));
  return {
    element,
    /**
     * @param {Outcome} outcome
     * @param {(Node | null | false)[]} further Advice beside the first.
     */
    show(outcome, further) {
      const [main, ...others] = outcome.notes ?? [];
      const name = namer(write);
      fill(
        body,
        ...mainReason(outcome, name, write),
        tiles([...evidenceRows(outcome), ...valueRows(main)], write),
        ...others.map((note) => observation(note, name, write)),
        ...further,
      );
    },
  };
}

/** @param {() => Storage} storage */
function remembered(storage) {
  try {
    return storage().getItem(KEY) === "open";
  } catch {
    return false; // Storage can be forbidden; the page works without.
  }
}

/**
 * @param {() => Storage} storage
 * @param {boolean} open
 */
function remember(storage, open) {
  try {
    if (open) storage().setItem(KEY, "open");
    else storage().removeItem(KEY);
  } catch {
    // Storage can be forbidden; it then lasts until the page is closed.
  }
}

/** @typedef {(texts: readonly string[]) => Node | null} Namer Names the symbols that were not named before. */

/**
 * @param {Write} write
 * @returns {Namer}
 */
function namer(write) {
  /** @type {Set<string>} */
  const known = new Set();
  return (texts) => {
    const fresh = symbolsIn(texts).filter((one) => !known.has(one));
    for (const one of fresh) known.add(one);
    return fresh.length > 0 ? el("p", { class: "symbols" }, ...write(fresh.join(" · "))) : null;
  };
}

const SENTENCE = /(?<=[.?!]) (?=[A-ZΑ-Ωα-ω])/;

/**
 * The first sentence of the reason.
 * @param {Outcome} outcome
 */
export function headlineOf({ because }) {
  return withLr(because.split(SENTENCE)[0] ?? "");
}

/**
 * Why: the formula of the main note, and the rest of the reason, two sentences a paragraph.
 *
 * @param {Outcome} outcome
 * @param {Namer} name
 * @param {Write} write
 */
function mainReason({ because, notes: [main] = [] }, name, write) {
  const formula = main ? withLr(main.formula ?? "") : "";
  if (main && main.sentence !== because) return written(formula, [withLr(main.sentence)], name, write); // An older server's.
  const parts = because.split(SENTENCE).slice(1);
  const paragraphs = parts.flatMap((part, i) => (i % 2 === 0 ? [[part, parts[i + 1] ?? ""].join(" ").trim()] : []));
  return written(formula, paragraphs.map(withLr), name, write);
}

/**
 * One more note: its formula, its sentence, its numbers.
 *
 * @param {Note} note
 * @param {Namer} name
 * @param {Write} write
 */
function observation(note, name, write) {
  const title = el("h3", {}, NOTES[note.kind] ?? note.kind);
  const parts = written(withLr(note.formula ?? ""), [withLr(note.sentence)], name, write);
  return el("section", { class: "note" }, title, ...parts, tiles(valueRows(note), write));
}

/**
 * A formula, what its symbols stand for, and sentences.
 *
 * @param {string} formula
 * @param {readonly string[]} sentences
 * @param {Namer} name
 * @param {Write} write
 */
function written(formula, sentences, name, write) {
  return [
    formula ? el("p", { class: "note-formula" }, formula) : null,
    name([formula, ...sentences]),
    ...sentences.map((text) => el("p", {}, ...write(text))),
  ];
}

/**
 * The rows of the evidence: what, and its value; what is unknown is left out.
 *
 * @param {Outcome} outcome
 * @returns {[name: string, value: string][]}
 */
export function evidenceRows({ evidence }) {
  const { explanation } = words;
  const growths = [evidence.predicted_growth, evidence.measured_growth];
  /** @type {[string, (Extended | null)[]][]} */
  const rows = [
    [explanation.sharpness, [evidence.sharpness]],
    [explanation.stable, [evidence.limit]],
    [explanation.lr, [evidence.lr]],
    [explanation.growth, growths],
  ];
  return rows
    .filter(([, values]) => values.some((value) => value !== null && value !== undefined))
    .map(([name, values]) => [name, values.map(extended).join(" / ")]);
}

/** @param {Extended | null} value */
function extended(value) {
  return value === null || value === undefined ? "–" : number(toNumber(value));
}

/**
 * The numbers of a note that have a name, and are numbers.
 *
 * @param {Note} [note]
 * @returns {[name: string, value: string][]}
 */
export function valueRows({ values = {} } = { kind: "slow", sentence: "" }) {
  return Object.entries(values).flatMap(([name, value]) => {
    const known = VALUES[name];
    const read = toNumber(value);
    return known === undefined || Number.isNaN(read) ? [] : [[known, valueWords(name, read)]];
  });
}

/** @param {string} text */
function bold(text) {
  return emphasised(text).map(([strong, part]) => (strong ? el("strong", {}, part) : part));
}

const NUMBER = "[−-]?(?:10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[\\d,]*\\.?\\d+(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)";
const DECISIVE = new RegExp(`((?:lr × )?λ\\u0303? = ${NUMBER}|${NUMBER}-fold|${NUMBER} times|try ${NUMBER})`);

/**
 * A text in pieces, each with whether it is a number that decides.
 *
 * @param {string} text
 * @returns {[bold: boolean, part: string][]}
 */
export function emphasised(text) {
  return text.split(DECISIVE).flatMap((part, i) => (part === "" ? [] : [[i % 2 === 1, part]]));
}

/**
 * @param {[name: string, value: string][]} rows
 * @param {Write} write
 */
function tiles(rows, write) {
  if (rows.length === 0) return null;
  return el(
    "dl",
    { class: "evidence" },
    ...rows.map(([name, value]) => el("div", {}, el("dt", {}, ...write(name)), el("dd", {}, value))),
  );
}
