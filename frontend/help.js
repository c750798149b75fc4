/** The dialog that lists the keys. */

/** @import { KeyGroup, KeyRow } from "./key-sheet.js" */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { words } from "./words.js";
import { keyWords } from "./words-keys.js";

/**
 * @param {HTMLDialogElement} dialog
 * @param {readonly KeyGroup[]} groups
 * @returns {() => void} Open it.
 */
export function createHelp(dialog, groups) {
  const close = el(
    "button",
    { type: "button", class: "tool", "aria-label": words.close, onclick: () => dialog.close() },
    icon("close"),
  );
  dialog.append(
    el("div", { class: "card-head" }, el("h2", { id: "help-title" }, keyWords.title), close),
    el("div", { class: "keys" }, ...groups.map(groupOf)),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return () => dialog.showModal();
}

/** @param {KeyGroup} group */
function groupOf({ title, rows }) {
  return el("section", {}, el("h3", {}, title), el("table", {}, el("tbody", {}, ...rows.map(rowOf))));
}

/** @param {KeyRow} row */
function rowOf({ keys, does }) {
  const chords = keys.map((chord) =>
    el("span", {}, ...chord.flatMap((key, i) => [i > 0 && " + ", el("kbd", {}, key)])),
  );
  return el("tr", {}, el("td", {}, ...chords), el("th", { scope: "row" }, does));
}
