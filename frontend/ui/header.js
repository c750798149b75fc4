/** The header's right side: what the server is doing, sharing, and the theme. */

/** @import { Store } from "../types/page.js" */

import { duration } from "../words/training.js";
import { words } from "../words/workbench.js";
import { createAnnouncer } from "./announcer.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { startTheme } from "./theme.js";

/** @typedef {keyof typeof words.status} Status */

export const CLOSE_KEY = "Escape"; // of the list of pages
const SECOND = 1000; // ms
const FACES = /** @type {const} */ ({ system: "system", light: "sun", dark: "moon" });

/**
 * What is seen changes at once; a screen reader hears where it has come to rest, at most once a second.
 *
 * @param {HTMLElement} place
 * @returns {(status: Status, said?: string) => void} `said` in place of the status's own word.
 */
export function createStatus(place) {
  const heard = el("span", { class: "unseen", role: "status" });
  place.removeAttribute("role");
  place.after(heard);
  const announce = createAnnouncer((text) => {
    heard.textContent = text;
  });
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  let shown = "";
  return (status, said = words.status[status]) => {
    if (shown === said) return;
    shown = said;
    place.dataset.status = status;
    place.textContent = said;
    announce(said);
    clearInterval(timer);
    if (status === "reconnecting") timer = countUp(place);
  };
}

/** Show for how long the server has not been heard of. @param {HTMLElement} place */
function countUp(place) {
  const since = performance.now();
  const seconds = el("span", { "aria-hidden": "true", class: "since" });
  place.append(seconds);
  return setInterval(() => {
    seconds.textContent = ` ${duration((performance.now() - since) / 1000)}`;
  }, SECOND);
}

/**
 * @template {{ theme: "light" | "dark" }} T
 * @param {HTMLButtonElement} button
 * @param {Store<T>} view
 */
export function startThemeButton(button, view) {
  const next = startTheme(view, (choice) => {
    fill(button, icon(FACES[choice]));
    button.setAttribute("aria-label", words.themes[choice]);
    button.title = words.themes[choice];
  });
  button.addEventListener("click", next);
}

/** Another language shows the same: whatever else the address says stays. */
export function startLanguages() {
  for (const link of document.querySelectorAll("a.language"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const there = new URL(location.href);
      there.searchParams.set("lang", link.getAttribute("hreflang") ?? "");
      location.assign(there);
    });
}

/**
 * On a narrow screen the pages are behind a button.
 * @param {HTMLElement} button
 * @param {HTMLElement} list
 */
export function startPagesButton(button, list) {
  /** @param {boolean} open */
  const show = (open) => {
    button.setAttribute("aria-expanded", String(open));
    list.toggleAttribute("data-open", open);
  };
  button.addEventListener("click", () => show(!list.hasAttribute("data-open")));
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Node && !button.contains(target) && !list.contains(target)) show(false);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== CLOSE_KEY || !list.hasAttribute("data-open")) return;
    show(false);
    button.focus();
  });
}
