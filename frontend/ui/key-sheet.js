/** Help: what Slalom is, the way to the API, and the list of keys, made from the tables that the handlers read. */

import { getRoom } from "../server/api.js";
import { hrefOf } from "../state/site/root.js";
import { keyWords } from "../words/keys.js";
import { words } from "../words/workbench.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { PLAYBACK } from "./keys.js";

/**
 * One line: the keys that do the same, each with those that are held with it, and what that is.
 * @typedef {{ keys: readonly (readonly string[])[], does: string }} KeyRow
 *
 * Keys that work in one place.
 * @typedef {{ title: string, rows: readonly KeyRow[] }} KeyGroup
 */

/**
 * The keys of a table, those with the same action on one line.
 *
 * @param {Readonly<Record<string, string>>} table Key to action.
 * @param {Readonly<Record<string, string>>} does Action to words.
 * @returns {KeyRow[]}
 */
export function rowsOf(table, does) {
  return [...new Set(Object.values(table))].map((action) => ({
    keys: Object.keys(table).flatMap((key) => (table[key] === action ? [chordOf(key)] : [])),
    does: does[action] ?? action,
  }));
}

/**
 * Keys that move something, and further with Shift.
 *
 * @param {readonly string[]} keys
 * @param {{ move: string, far: string }} does
 * @returns {KeyRow[]}
 */
export function wayRows(keys, { move, far }) {
  return [
    { keys: keys.map(chordOf), does: move },
    { keys: [chordOf("Shift")], does: far },
  ];
}

/**
 * What is written on the keys of "Shift+ArrowRight".
 * @param {string} name
 */
export function chordOf(name) {
  return (name === "+" ? [name] : name.split("+")).map((key) => {
    const letter = key.length === 1 ? key.toUpperCase() : key;
    return keyWords.names[key] ?? letter;
  });
}

const all = rowsOf(PLAYBACK, keyWords.playback);
const isHelp = (/** @type {KeyRow} */ { does }) => does === keyWords.playback.help;

/** @type {KeyGroup} */
export const PLAYING = { title: keyWords.playback.title, rows: all.filter((row) => !isHelp(row)) };

const OPERATORS = ["owner", "teacher"];

/** @type {Readonly<Record<string, string>>} What the browser does itself. */
const NATIVE = {
  Tab: "next",
  "Shift+Tab": "previous",
  Enter: "press",
  ArrowLeft: "slide",
  ArrowRight: "slide",
  PageDown: "slideFar",
  PageUp: "slideFar",
  Escape: "close",
};

/** @type {KeyGroup} On every page. */
export const EVERYWHERE = {
  title: keyWords.everywhere.title,
  rows: [...rowsOf(NATIVE, keyWords.everywhere), ...all.filter(isHelp)],
};

/**
 * The dialog that says what Slalom is, and lists the keys.
 *
 * @param {HTMLDialogElement} dialog
 * @param {readonly KeyGroup[]} groups
 * @returns {() => void} Open it.
 */
export function createHelp(dialog, groups) {
  const about = el("p", { class: "about" }, `${keyWords.about} `, el("a", { href: hrefOf("docs") }, keyWords.api));
  const close = el(
    "button",
    { type: "button", class: "tool", "aria-label": words.close, onclick: () => dialog.close() },
    icon("close"),
  );
  dialog.append(
    el("div", { class: "card-head" }, el("h2", { id: "help-title" }, keyWords.help), close),
    about,
    el("h3", { class: "unseen" }, keyWords.title),
    el("div", { class: "keys" }, ...groups.map(groupOf)),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  let asked = false;
  return () => {
    dialog.showModal();
    if (!asked) void leadToStatus(about);
    asked = true;
  };
}

/** Who runs the server is led to what it does. @param {HTMLElement} about */
async function leadToStatus(about) {
  const { role } = await getRoom().catch(() => ({ role: "stranger" }));
  if (OPERATORS.includes(role)) about.append(" · ", el("a", { href: hrefOf("status") }, keyWords.status));
}

/** A group of keys as the list shows it. @param {KeyGroup} group */
export function groupOf({ title, rows }) {
  return el("section", {}, el("h3", {}, title), el("table", {}, el("tbody", {}, ...rows.map(rowOf))));
}

/** @param {KeyRow} row */
function rowOf({ keys, does }) {
  const chords = keys.map((chord) =>
    el("span", {}, ...chord.flatMap((key, i) => [i > 0 && " + ", el("kbd", {}, key)])),
  );
  return el("tr", {}, el("td", {}, ...chords), el("th", { scope: "row" }, does));
}
