/** Flashcards: terms and questions that come back when they are about to be forgotten. */

import { deckOf } from "../cards/deck.js";
import { ANSWER_KEYS, CARDS_GROUPS, QUESTION_KEYS } from "../cards/keys.js";
import { createMemory, NoCards } from "../cards/memory.js";
import { createTable, QUALITIES } from "../cards/table.js";
import { fileName, save } from "../export/save.js";
import { sentenceOf } from "../server/api.js";
import { getGlossary, getLesson, getLessons, getLessonValues, isWhole } from "../server/lessons.js";
import { el, fill, find } from "../ui/dom.js";
import { startShell } from "../ui/shell.js";
import { cards as words } from "../words/learning/cards.js";

/** @typedef {import("../cards/deck.js").Card} Card */

const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const file = find(document, "#file", HTMLInputElement);
const { status, notice } = startShell({ keys: CARDS_GROUPS });
const memory = createMemory(ownStorage());
/** @type {Card[]} */
let deck = [];
/** Cards that are asked once more today. @type {Card[]} */
let again = [];
/** @type {Map<string, Promise<import("../types/lessons.js").LessonValues>>} */
const values = new Map();
const table = createTable(place("table"), {
  valuesOf,
  interval: ({ id }, quality) => memory.interval(id, quality),
  grade,
});

startKeeping();
document.addEventListener("keydown", onKey);
void start();

async function start() {
  try {
    const [terms, { items }] = await Promise.all([getGlossary(), getLessons()]);
    const lessons = await Promise.all(items.map(({ slug }) => getLesson(slug)));
    deck = deckOf(terms.items, lessons.filter(isWhole));
    next(false);
  } catch (error) {
    notice(sentenceOf(error));
  }
  status("ready");
}

/** Ask the next card: what is due, what is new, what was not known a while ago. @param {boolean} focus */
function next(focus) {
  const { due, fresh } = memory.queue(deck.map(({ id }) => id));
  const id = due[0] ?? fresh[0];
  const card = deck.find((one) => one.id === id) ?? again[0];
  place("left").textContent = words.left(due.length, fresh.length, again.length);
  place("known").textContent = words.known(memory.known(deck.map((one) => one.id)), deck.length);
  if (card) table.ask(card, focus);
  else {
    table.close();
    fill(place("table"), el("h2", { tabindex: "-1" }, words.done), el("p", {}, words.doneMore));
    if (focus) find(place("table"), "h2", HTMLElement).focus();
  }
}

/**
 * @param {Card} card
 * @param {number} quality
 */
function grade(card, quality) {
  const repeating = again.includes(card);
  again = again.filter((one) => one !== card);
  if (memory.grade(card.id, quality, repeating)) again.push(card);
  next(true);
}

/** @param {string} lesson */
function valuesOf(lesson) {
  const known = values.get(lesson) ?? getLessonValues(lesson).then((answer) => answer.values);
  values.set(lesson, known);
  return known;
}

/** Export, import and erase. */
function startKeeping() {
  place("export").addEventListener("click", () => {
    save(new Blob([memory.exported()], { type: "application/json" }), fileName("cards", "json"));
  });
  place("import").addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    file.value = "";
    if (chosen) replace(await chosen.text());
  });
  place("erase").addEventListener("click", () => offer(words.erased, memory.erase()));
}

/** @param {string} text Of a file. */
function replace(text) {
  try {
    offer(words.took, memory.imported(text));
  } catch (error) {
    if (!(error instanceof NoCards)) throw error;
    notice(words.noCards);
  }
}

/**
 * Say what was done, and offer to take it back.
 *
 * @param {string} sentence
 * @param {() => void} back
 */
function offer(sentence, back) {
  again = [];
  next(false);
  const act = () => {
    back();
    next(false);
  };
  notice(sentence, false, { label: words.undo, act });
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const held = event.ctrlKey || event.altKey || event.metaKey;
  if (held || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const onButton = event.target instanceof Element && event.target.closest("button, a") !== null;
  const quality = QUALITIES[Object.keys(ANSWER_KEYS).indexOf(event.key)];
  if (table.open() && quality !== undefined) table.mark(quality);
  else if (!table.open() && Object.hasOwn(QUESTION_KEYS, event.key) && !onButton) table.show();
  else return;
  event.preventDefault();
}

/** @returns {Storage | null} */
function ownStorage() {
  try {
    return localStorage;
  } catch {
    return null; // Storage can be forbidden; the page works without.
  }
}
