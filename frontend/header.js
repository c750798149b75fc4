/** The header's right side: what the server is doing, sharing, and the theme. */

/** @import { Stores } from "./types.js" */

import { fill } from "./dom.js";
import { icon } from "./icons.js";
import { startTheme } from "./theme.js";
import { words } from "./words.js";

/** @typedef {keyof typeof words.status} Status */

const FACES = /** @type {const} */ ({ system: "system", light: "sun", dark: "moon" });

/**
 * @param {HTMLElement} place
 * @returns {(status: Status) => void}
 */
export function createStatus(place) {
  return (status) => {
    if (place.dataset.status === status) return;
    place.dataset.status = status;
    place.textContent = words.status[status];
  };
}

/**
 * @param {HTMLButtonElement} button
 * @param {Stores} stores
 */
export function startThemeButton(button, { view }) {
  const next = startTheme(view, (choice) => {
    fill(button, icon(FACES[choice]));
    button.setAttribute("aria-label", words.themes[choice]);
    button.title = words.themes[choice];
  });
  button.addEventListener("click", next);
}
