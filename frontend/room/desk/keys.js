/** The keys of the desk, besides those of the playback. */

/** @import { KeyGroup } from "../../ui/key-sheet.js" */

import { rowsOf } from "../../ui/key-sheet.js";
import { desk as words } from "../../words/room/desk.js";

export const DESK_KEYS = /** @type {const} */ ({ n: "next", p: "poll", j: "door" });

/** @type {KeyGroup} */
export const DESK_GROUP = { title: words.keys.title, rows: rowsOf(DESK_KEYS, words.keys) };
