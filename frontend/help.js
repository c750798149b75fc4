/** The dialog that lists the keys. */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { words } from "./words.js";

/** @typedef {{ keys: readonly string[], does: string }} KeyRow */

/**
 * @param {HTMLDialogElement} dialog
 * @param {readonly KeyRow[]} list
 * @returns {() => void} Open it.
 */
export function createHelp(dialog, list) {
  const rows = list.map(({ keys, does }) =>
    el("tr", {}, el("td", {}, ...keys.map((key) => el("kbd", {}, key))), el("th", { scope: "row" }, does)),
  );
  const close = el(
    "button",
    { type: "button", class: "tool", "aria-label": words.close, onclick: () => dialog.close() },
    icon("close"),
  );
  dialog.append(
    el("div", { class: "card-head" }, el("h2", { id: "help-title" }, words.keys), close),
    el("table", { class: "keys" }, el("tbody", {}, ...rows)),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return () => dialog.showModal();
}
