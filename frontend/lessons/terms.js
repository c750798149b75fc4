/** Terms in a text: underlined, with their definition where they are focused, pointed at or tapped. */

/** @import { LessonValues, Term } from "../types/lessons.js" */
/** @import { Watchable } from "../types/page.js" */

import { hrefOf } from "../state/site/root.js";
import { watchAll } from "../state/store.js";
import { el, fill, newId } from "../ui/dom.js";
import { CLOSE_KEY } from "../ui/header.js";
import { formula } from "../ui/mathml.js";
import { lessons as words } from "../words/learning/lessons.js";
import { fillValues, splitSettings, splitTerms } from "./prose.js";

const LEAVING = 200; // ms in which the pointer can get from a term to what is said of it
const APART = 6; // pixels between the two
const OPEN_KEYS = new Set(["Enter", " "]);

/**
 * Where a term stands in the glossary.
 * @param {string} name
 */
export function termAddress(name) {
  return hrefOf(`glossary#${name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-")}`);
}

/**
 * A text with its terms underlined, each where it comes first.
 *
 * @param {string} text
 * @param {readonly Term[]} glossary
 * @returns {(Node | string)[]}
 */
export function marked(text, glossary) {
  const names = glossary.map(({ name }) => name);
  return splitTerms(text, names).map((piece) => {
    if (typeof piece === "string") return piece;
    const term = glossary.find(({ name }) => name === piece.name);
    return term ? createTerm(term, piece.text) : piece.text;
  });
}

/**
 * Texts whose values and terms come when they come.
 *
 * @param {Watchable<LessonValues>} values
 * @param {Watchable<readonly Term[]>} glossary
 * @param {(setting: import("./prose.js").Setting) => Node} [createHandle] A setting to be dragged; without it, its value stands there.
 */
export function createProse(values, glossary, createHandle) {
  /**
   * Show a text in an element, and again once more is known.
   *
   * @template {HTMLElement} E
   * @param {E} element
   * @param {string} text
   * @param {boolean} [termed] Whether its terms are underlined.
   */
  function tell(element, text, termed = true) {
    const pieces = createHandle ? splitSettings(text) : [text];
    // Only what stands between handles is filled again: one that is held, or has the focus, keeps it.
    const places = pieces.map((piece) =>
      typeof piece === "string" || !createHandle ? el("span", {}) : createHandle(piece),
    );
    const alone = pieces.length === 1 && typeof pieces[0] === "string";
    if (!alone) fill(element, ...places);
    watchAll({ values, glossary }, (now) => {
      for (const [i, piece] of pieces.entries()) {
        if (typeof piece !== "string") continue;
        const told = marked(fillValues(piece, now.values), termed ? now.glossary : []);
        fill(alone ? element : /** @type {HTMLElement} */ (places[i]), ...told);
      }
    });
    return element;
  }

  /** @param {string} text @param {string} [look] */
  const paragraph = (text, look) => tell(el("p", { class: look }), text);
  return { tell, paragraph };
}

/**
 * A term as a button whose text runs on in its line; what it means comes right behind it, so that the keyboard gets from
 * one to the other.
 *
 * @param {Term} term
 * @param {string} [text] As the sentence has it.
 */
export function createTerm(term, text = term.name) {
  const button = el("span", { role: "button", tabindex: 0, class: "term", "aria-expanded": "false" }, text);
  const element = el("span", { class: "term-place" }, button);
  /** @type {HTMLElement | null} */
  let note = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function show() {
    clearTimeout(timer);
    if (note) return;
    note = createNote(term);
    element.append(note);
    button.setAttribute("aria-expanded", "true");
    button.setAttribute("aria-describedby", note.id);
    placeNote(note, button);
  }

  function hide() {
    clearTimeout(timer);
    note?.remove();
    note = null;
    button.setAttribute("aria-expanded", "false");
    button.removeAttribute("aria-describedby");
  }

  button.addEventListener("focus", show);
  button.addEventListener("click", show);
  element.addEventListener("pointerenter", show);
  element.addEventListener("pointerleave", () => {
    timer = setTimeout(() => element.contains(document.activeElement) || hide(), LEAVING);
  });
  element.addEventListener("focusout", ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && element.contains(relatedTarget))) hide();
  });
  button.addEventListener("keydown", (event) => {
    if (!OPEN_KEYS.has(event.key)) return;
    event.preventDefault();
    show();
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== CLOSE_KEY || !note) return;
    event.preventDefault();
    button.focus();
    hide();
  });
  return element;
}

/** @param {Term} term */
function createNote({ name, definition, mathml }) {
  const more = el("a", { href: termAddress(name) }, words.term.more);
  const shown = mathml ? el("span", { class: "formula" }, formula(mathml)) : null;
  return el("span", { class: "term-note", id: newId() }, definition, shown, more);
}

/**
 * Below its term, or above it where there is no room; never beyond the window's edges.
 *
 * @param {HTMLElement} note
 * @param {HTMLElement} button
 */
function placeNote(note, button) {
  const scale = Number.parseFloat(getComputedStyle(document.body).zoom) || 1;
  const [{ left, top, bottom }, { width, height }] = [button.getBoundingClientRect(), note.getBoundingClientRect()];
  const below = bottom + APART + height <= innerHeight;
  note.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8)) / scale}px`;
  note.style.top = `${Math.max(8, below ? bottom + APART : top - APART - height) / scale}px`;
}
