/** The keys of the map. */

/** @import { KeyGroup } from "../../ui/key-sheet.js" */

import { rowsOf, wayRows } from "../../ui/key-sheet.js";
import { keyWords } from "../../words/keys.js";

/** @type {Readonly<Record<string, [number, number]>>} Cells that a key moves the reading. */
export const CELL_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** What a key does with the cell that is read. */
export const MAP_KEYS = /** @type {const} */ ({ Enter: "play", "+": "zoom", Escape: "back" });

/** @type {KeyGroup} */
export const MAP_GROUP = {
  title: keyWords.map.title,
  rows: [...wayRows(Object.keys(CELL_KEYS), keyWords.map), ...rowsOf(MAP_KEYS, keyWords.map)],
};
