/** The words of the flashcards. */

import { withMarks } from "../numerals.js";
import { count } from "../plot.js";
import { lessons } from "./lessons.js";

const { names } = lessons.setting;

export const cards = {
  whatIs: (/** @type {string} */ term) => `What is meant by “${term}”?`,
  term: "Glossary",
  setting: (/** @type {string} */ field, /** @type {unknown} */ value) => {
    const name = field.split(".").at(-1) ?? field;
    return `${names[name] ?? name.replaceAll("_", " ")} ${withMarks(String(value))}`;
  },
  forInstance: (/** @type {string[]} */ settings) => `For instance ${settings.join(", ")}.`,
  tryIt: "Try it in the lesson",
  reveal: "Show the answer",
  answer: "Answer",
  grades: /** @type {const} */ ({ 1: "Forgotten", 3: "Hard", 4: "Good", 5: "Easy" }),
  how: "How well did you know it?",
  days: (/** @type {number} */ n) => (n === 1 ? "1 day" : `${count(n)} days`),
  left: (/** @type {number} */ due, /** @type {number} */ fresh, /** @type {number} */ again) =>
    [`${due} due`, `${fresh} new`, ...(again > 0 ? [`${again} once more`] : [])].join(", "),
  known: (/** @type {number} */ n, /** @type {number} */ of) => `${n} of ${of} cards begun`,
  done: "That is all for today.",
  doneMore: "Cards come back when they are about to be forgotten: the better you knew one, the later.",
  took: "The file's cards are in place of yours.",
  noCards: "This file has no flashcards of Slalom. Choose one that “Export” has made.",
  erased: "What was kept of your cards was erased.",
  undo: "Undo",
};
