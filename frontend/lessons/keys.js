/** The keys of a sketch. */

/** @import { KeyGroup } from "../ui/key-sheet.js" */

import { rowsOf } from "../ui/key-sheet.js";
import { keyWords } from "../words/keys.js";

/** @type {Readonly<Record<string, number>>} By how many notches a key moves a point. */
export const MOVES = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
/** @type {Readonly<Record<string, number>>} To which other point a key leads. */
export const BESIDE = { ArrowLeft: -1, ArrowRight: 1 };

const moves = Object.entries(MOVES).map(([key, by]) => [key, Math.abs(by) === 1 ? "move" : "far"]);
const beside = Object.keys(BESIDE).map((key) => [key, "beside"]);

/** @type {KeyGroup} */
export const SKETCH_GROUP = {
  title: keyWords.sketch.title,
  rows: rowsOf(Object.fromEntries([...moves, ...beside]), keyWords.sketch),
};
