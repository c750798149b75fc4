/** The keys of a lesson. */

/** @import { KeyGroup } from "../ui/key-sheet.js" */

import { rowsOf } from "../ui/key-sheet.js";
import { keyWords } from "../words/keys.js";

/** What a key does on a point of a sketched curve. */
export const SKETCH_KEYS = /** @type {const} */ ({
  ArrowUp: "up",
  ArrowDown: "down",
  PageUp: "farUp",
  PageDown: "farDown",
  ArrowLeft: "before",
  ArrowRight: "after",
});

/** @type {readonly KeyGroup[]} */
export const LESSON_GROUPS = [{ title: keyWords.sketch.title, rows: rowsOf(SKETCH_KEYS, keyWords.sketch) }];
