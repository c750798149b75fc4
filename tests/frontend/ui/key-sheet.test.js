import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ANSWER_KEYS, CARDS_GROUPS, QUESTION_KEYS } from "../../../frontend/cards/keys.js";
import { BESIDE, MOVES } from "../../../frontend/lessons/keys.js";
import { CARD_KEYS, LIBRARY_GROUPS, NAME_KEYS, SHELF_KEYS } from "../../../frontend/library/keys.js";
import { START_KEYS } from "../../../frontend/panels/frame/start.js";
import { TICK_KEYS } from "../../../frontend/playback/event-marks.js";
import { DESK_GROUP, DESK_KEYS } from "../../../frontend/room/desk/keys.js";
import { NUMBER_KEYS } from "../../../frontend/state/formula.js";
import { CLOSE_KEY } from "../../../frontend/ui/header.js";
import { chordOf, EVERYWHERE, rowsOf } from "../../../frontend/ui/key-sheet.js";
import { PLAYBACK } from "../../../frontend/ui/keys.js";
import { TAB_KEYS } from "../../../frontend/ui/tabs.js";
import { CELL_KEYS, MAP_GROUP, MAP_KEYS } from "../../../frontend/views/map/keys.js";
import { WORKBENCH_GROUPS } from "../../../frontend/workbench/key-help.js";
import { UNDO_KEYS } from "../../../frontend/workbench/undo.js";

const ROOT = fileURLToPath(new URL("../../../frontend", import.meta.url));
const WORKBENCH = [...WORKBENCH_GROUPS, EVERYWHERE];
const LIBRARY = [...LIBRARY_GROUPS, EVERYWHERE];
/** Every script that listens for keys: the tables it reads, and the list that is shown where it runs. */
const HANDLERS = {
  "setup/formula-drag.js": [WORKBENCH, NUMBER_KEYS],
  "ui/drag-number.js": [WORKBENCH, NUMBER_KEYS],
  "ui/header.js": [[EVERYWHERE], { [CLOSE_KEY]: "close" }],
  "ui/keys.js": [WORKBENCH, PLAYBACK],
  "lessons/sketch.js": [WORKBENCH, MOVES, BESIDE],
  "lessons/terms.js": [[EVERYWHERE], { [CLOSE_KEY]: "close" }],
  "library/card.js": [LIBRARY, NAME_KEYS],
  "pages/flashcards.js": [[...CARDS_GROUPS, EVERYWHERE], QUESTION_KEYS, ANSWER_KEYS],
  "pages/library.js": [LIBRARY, CARD_KEYS, SHELF_KEYS],
  "room/desk/start.js": [[DESK_GROUP, ...WORKBENCH], DESK_KEYS],
  "views/map/picture.js": [[MAP_GROUP, EVERYWHERE], CELL_KEYS, MAP_KEYS],
  "panels/frame/start.js": [WORKBENCH, START_KEYS],
  "playback/projector.js": [[EVERYWHERE], { [CLOSE_KEY]: "close" }],
  "ui/shell.js": [[EVERYWHERE], { "?": "help" }],
  "ui/tabs.js": [WORKBENCH, TAB_KEYS],
  "playback/event-marks.js": [WORKBENCH, TICK_KEYS],
  "workbench/gallery.js": [WORKBENCH],
  "workbench/undo.js": [WORKBENCH, UNDO_KEYS],
};

const scripts = readdirSync(ROOT, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".js"))
  .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)))
  .map((file) => [file, readFileSync(path.join(ROOT, file), "utf8")]);

const chords = (groups) =>
  groups.flatMap(({ rows }) => rows.flatMap(({ keys }) => keys.map((chord) => chord.join("+"))));

test("every script that listens for keys is known here", () => {
  const listening = scripts.filter(([, source]) => source.includes('"keydown"') || source.includes('"keyup"'));
  assert.deepEqual(listening.map(([file]) => file).sort(), Object.keys(HANDLERS).sort());
});

for (const [file, [groups, ...tables]] of Object.entries(HANDLERS)) {
  test(`the list of keys has every key of ${file}`, () => {
    const listed = chords(groups);
    for (const key of tables.flatMap(Object.keys)) assert.ok(listed.includes(chordOf(key).join("+")), key);
  });
  test(`${file} knows no key that is not in a table`, () => {
    const source = scripts.find(([name]) => name === file)?.[1] ?? "";
    assert.deepEqual(source.match(/\bkey [!=]== "(?! ")[^"]*"|case "(Arrow|Enter|Esc|Home|End|Page)\w*"/g), null);
  });
}

test("every line says what its keys do, and no key has two meanings in one place", () => {
  for (const group of [...WORKBENCH, ...LIBRARY_GROUPS, MAP_GROUP, DESK_GROUP]) {
    const all = chords([group]);
    assert.equal(new Set(all).size, all.length, group.title);
    for (const { does } of group.rows) assert.match(does, /^[A-Z]/);
  }
});

test("keys with the same action are on one line, with what is written on them", () => {
  assert.deepEqual(rowsOf({ ArrowUp: "a", x: "b", "Shift+ArrowUp": "a", "+": "b" }, { a: "Up", b: "Both" }), [
    { keys: [["↑"], ["Shift", "↑"]], does: "Up" },
    { keys: [["X"], ["+"]], does: "Both" },
  ]);
});
