/** The dialog that lists the keys. */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { KEYS } from "./keys.js";
import { words } from "./words.js";

/** @param {HTMLDialogElement} dialog @returns {() => void} Open it. */
export function createHelp(dialog) {
  const rows = KEYS.map(({ keys, does }) =>
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
