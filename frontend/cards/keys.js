/** The keys of the flashcards. */

/** @import { KeyGroup } from "../ui/key-sheet.js" */

import { rowsOf } from "../ui/key-sheet.js";
import { keyWords } from "../words/keys.js";

/** What a key does while a question is shown, and while its answer is. */
export const QUESTION_KEYS = /** @type {const} */ ({ " ": "reveal" });
export const ANSWER_KEYS = /** @type {const} */ ({ 1: "forgotten", 2: "hard", 3: "good", 4: "easy" });

/** @type {readonly KeyGroup[]} */
export const CARDS_GROUPS = [
  { title: keyWords.cards.title, rows: rowsOf({ ...QUESTION_KEYS, ...ANSWER_KEYS }, keyWords.cards) },
];
