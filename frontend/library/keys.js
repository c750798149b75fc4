/** The keys of the library. */

/** @import { KeyGroup } from "../ui/key-sheet.js" */

import { rowsOf } from "../ui/key-sheet.js";
import { keyWords } from "../words/keys.js";

/** What a key does with the experiment that has the focus; Enter is the link's own. */
export const CARD_KEYS = /** @type {const} */ ({
  ArrowDown: "next",
  ArrowUp: "previous",
  Enter: "open",
  x: "select",
  F2: "rename",
  Delete: "remove",
});

/** What a key does elsewhere on the page. */
export const SHELF_KEYS = /** @type {const} */ ({ "/": "search", ArrowDown: "first", u: "undo" });

/** What a key does in the field of a new name. */
export const NAME_KEYS = /** @type {const} */ ({ Enter: "keep", Escape: "leave" });

/** @type {readonly KeyGroup[]} */
export const LIBRARY_GROUPS = [
  { title: keyWords.shelf.title, rows: rowsOf(SHELF_KEYS, keyWords.shelf) },
  { title: keyWords.card.title, rows: rowsOf(CARD_KEYS, keyWords.card) },
  { title: keyWords.name.title, rows: rowsOf(NAME_KEYS, keyWords.name) },
];
