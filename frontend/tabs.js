/** On a narrow screen the page is one column with tabs; `data-tab` on <html> says which part is shown. */

import { words } from "./words.js";

/** @typedef {"plot" | "controls" | "why"} Tab */

/** @type {readonly Tab[]} */
export const TABS = ["plot", "controls", "why"];

/**
 * The tab that an arrow key leads to; null for other keys.
 *
 * @param {Tab} tab
 * @param {string} key
 * @returns {Tab | null}
 */
export function neighbour(tab, key) {
  const move = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  if (move === 0) return null;
  return TABS[(TABS.indexOf(tab) + move + TABS.length) % TABS.length] ?? null;
}

/** @param {Element} list */
export function startTabs(list) {
  const buttons = TABS.map((tab) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "tab");
    button.textContent = words.tabs[tab];
    button.addEventListener("click", () => show(tab));
    button.addEventListener("keydown", (event) => {
      const next = neighbour(tab, event.key);
      if (!next) return;
      event.preventDefault();
      event.stopPropagation();
      show(next);
      buttons[TABS.indexOf(next)]?.focus();
    });
    return button;
  });

  /** @param {Tab} tab */
  function show(tab) {
    document.documentElement.dataset.tab = tab;
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", String(TABS[i] === tab));
      button.tabIndex = TABS[i] === tab ? 0 : -1;
    });
  }

  list.replaceChildren(...buttons);
  show("plot");
}
