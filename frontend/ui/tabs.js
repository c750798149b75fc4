/** Rows of tabs: one of several things is shown. On a narrow screen the page itself has one; `data-tab` on <html> says which part is shown. */

import { words } from "../words/workbench.js";

/** @typedef {"plot" | "controls" | "why"} Tab */

/** @type {readonly Tab[]} */
export const TABS = ["plot", "controls", "why"];

/** @type {Readonly<Record<string, "first" | "last" | 1 | -1>>} Where a key leads from a tab. */
export const TAB_KEYS = { Home: "first", End: "last", ArrowRight: 1, ArrowLeft: -1 };

/**
 * The tab that a key leads to; null for keys that lead nowhere.
 *
 * @template {string} T
 * @param {T} tab
 * @param {string} key
 * @param {readonly T[]} tabs
 * @returns {T | null}
 */
export function neighbour(tab, key, tabs) {
  const move = TAB_KEYS[key];
  if (move === undefined) return null;
  if (move === "first") return tabs[0] ?? null;
  if (move === "last") return tabs.at(-1) ?? null;
  return tabs[(tabs.indexOf(tab) + move + tabs.length) % tabs.length] ?? null;
}

/**
 * Make a list one of tabs. Arrow keys, Home and End move along it; only the chosen tab is in the tab order.
 *
 * @template {string} T
 * @param {Element} list
 * @param {readonly (readonly [name: T, words: string])[]} names
 * @param {(name: T) => void} choose
 * @param {string} [controls] The id of what they change.
 */
export function createTabs(list, names, choose, controls) {
  list.setAttribute("role", "tablist");
  /** @type {readonly T[]} */
  let shown = names.map(([name]) => name);
  const buttons = new Map(names.map(([name, text]) => [name, tabButton(name, text)]));

  /**
   * @param {T} name
   * @param {string} text
   */
  function tabButton(name, text) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "tab");
    if (controls) button.setAttribute("aria-controls", controls);
    button.textContent = text;
    button.addEventListener("click", () => choose(name));
    button.addEventListener("keydown", (event) => {
      const next = neighbour(name, event.key, shown);
      if (!next) return;
      event.preventDefault();
      event.stopPropagation();
      choose(next);
      buttons.get(next)?.focus();
    });
    return button;
  }

  list.replaceChildren(...buttons.values());
  return {
    /**
     * Mark the chosen tab; leave out those that are not there now.
     *
     * @param {T} chosen
     * @param {readonly T[]} [present]
     */
    show(chosen, present = shown) {
      shown = present;
      for (const [name, button] of buttons) {
        button.hidden = !present.includes(name);
        button.setAttribute("aria-selected", String(name === chosen));
        button.tabIndex = name === chosen ? 0 : -1;
      }
    },
  };
}

/**
 * The parts of the page on a narrow screen.
 *
 * @param {Element} list
 * @param {Tab} [first]
 * @param {() => void} [changed]
 * @returns {{ show: (tab: Tab) => void }}
 */
export function startTabs(list, first = "plot", changed = () => {}) {
  const tabs = createTabs(
    list,
    TABS.map((tab) => /** @type {const} */ ([tab, words.tabs[tab]])),
    show,
  );

  /** @param {Tab} tab */
  function show(tab) {
    document.documentElement.dataset.tab = tab;
    tabs.show(tab);
    changed();
  }

  show(first);
  return { show };
}
