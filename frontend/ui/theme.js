/** Light, dark, or as the system has it: one attribute on <html>, remembered in this browser. */

/** @import { Store } from "../types/page.js" */

import { showWaiting } from "../state/store.js";

/** @typedef {"light" | "dark" | "system"} Choice */

const KEY = "slalom.theme";

/** @type {readonly Choice[]} */
export const CHOICES = ["system", "light", "dark"];

/**
 * The choice after this one.
 * @param {Choice} choice
 * @returns {Choice}
 */
export function nextChoice(choice) {
  return CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] ?? "system";
}

/**
 * What a choice means on a system that is dark or not.
 * @param {Choice} choice
 * @param {boolean} systemIsDark
 * @returns {"light" | "dark"}
 */
export function themeOf(choice, systemIsDark) {
  if (choice === "system") return systemIsDark ? "dark" : "light";
  return choice;
}

/** The theme that was chosen, from the first paint on. */
export function showTheme() {
  document.documentElement.dataset.theme = themeOf(remembered(), matchMedia("(prefers-color-scheme: dark)").matches);
}

/**
 * Keep the page's theme and `view.theme` equal to the choice; return the button's action.
 *
 * @template {{ theme: "light" | "dark" }} T
 * @param {Store<T>} view
 * @param {(choice: Choice) => void} show Called with every choice, for the button's face.
 */
export function startTheme(view, show) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  let choice = remembered();
  let paper = false; // which is white

  function apply() {
    const dark = system.matches && !root.hasAttribute("data-projector"); // A lit room wants light.
    const theme = paper ? "light" : themeOf(choice, dark);
    root.dataset.theme = theme;
    view.update((now) => (now.theme === theme ? now : { ...now, theme }));
    show(choice);
  }

  /** @param {boolean} is */
  function print(is) {
    paper = is;
    apply();
    showWaiting(); // No frame comes before a page is printed.
  }

  system.addEventListener("change", apply);
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  apply();
  return () => {
    choice = nextChoice(choice);
    remember(choice);
    apply();
  };
}

/**
 * Call back whenever the theme has changed.
 *
 * @template {{ theme: "light" | "dark" }} T
 * @param {Store<T>} view
 * @param {() => void} act
 * @returns {() => void} Do not any more.
 */
export function watchTheme(view, act) {
  let { theme } = view.get();
  return view.watch((now) => {
    if (now.theme === theme) return;
    theme = now.theme;
    act();
  });
}

/** @returns {Choice} */
function remembered() {
  try {
    return CHOICES.find((choice) => choice === localStorage.getItem(KEY)) ?? "system";
  } catch {
    return "system"; // Storage can be forbidden; the page works without.
  }
}

/** @param {Choice} choice */
function remember(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Storage can be forbidden; the choice then lasts until the page is closed.
  }
}
