/** The keys of the workbench, as its list shows them. */

/** @import { KeyGroup } from "./key-sheet.js" */

import { PLAYING, rowsOf, wayRows } from "./key-sheet.js";
import { START_KEYS } from "./panels/start.js";
import { NUMBER_KEYS } from "./scrub.js";
import { TAB_KEYS } from "./tabs.js";
import { TICK_KEYS } from "./ticks.js";
import { keyWords } from "./words-keys.js";

const tabs = Object.fromEntries(
  Object.entries(TAB_KEYS).map(([key, way]) => [key, typeof way === "number" ? "move" : way]),
);

/** @type {readonly KeyGroup[]} */
export const WORKBENCH_GROUPS = [
  PLAYING,
  { title: keyWords.ticks.title, rows: rowsOf(TICK_KEYS, keyWords.ticks) },
  { title: keyWords.start.title, rows: wayRows(Object.keys(START_KEYS), keyWords.start) },
  { title: keyWords.numbers.title, rows: wayRows(Object.keys(NUMBER_KEYS), keyWords.numbers) },
  { title: keyWords.tabs.title, rows: rowsOf(tabs, keyWords.tabs) },
];
