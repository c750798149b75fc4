/** The keys of the workbench, as its list shows them. */

/** @import { KeyGroup } from "../ui/key-sheet.js" */

import { SKETCH_GROUP } from "../lessons/keys.js";
import { START_KEYS } from "../panels/frame/start.js";
import { TICK_KEYS } from "../playback/event-marks.js";
import { NUMBER_KEYS } from "../state/formula.js";
import { PLAYING, rowsOf, wayRows } from "../ui/key-sheet.js";
import { TAB_KEYS } from "../ui/tabs.js";
import { MAP_GROUP } from "../views/map/keys.js";
import { keyWords } from "../words/keys.js";
import { UNDO_KEYS } from "./undo.js";

const tabs = Object.fromEntries(
  Object.entries(TAB_KEYS).map(([key, way]) => [key, typeof way === "number" ? "move" : way]),
);

/** @type {readonly KeyGroup[]} */
export const WORKBENCH_GROUPS = [
  PLAYING,
  { title: keyWords.undo.title, rows: rowsOf(UNDO_KEYS, keyWords.undo) },
  { title: keyWords.ticks.title, rows: rowsOf(TICK_KEYS, keyWords.ticks) },
  { title: keyWords.start.title, rows: wayRows(Object.keys(START_KEYS), keyWords.start) },
  { title: keyWords.numbers.title, rows: wayRows(Object.keys(NUMBER_KEYS), keyWords.numbers) },
  { title: keyWords.tabs.title, rows: rowsOf(tabs, keyWords.tabs) },
  MAP_GROUP,
  SKETCH_GROUP,
];
