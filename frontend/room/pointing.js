/** What the class is pointed at: a part of the page, which is outlined. */

import { el } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { desk as words } from "../words/room/desk.js";

/** The parts of the page that can be pointed at, by their ids. */
export const PARTS = /** @type {const} */ (["stage", "loss", "edge"]);

/** Outline what is pointed at, and nothing else. @param {string | null} highlight */
export function showPointed(highlight) {
  for (const id of PARTS) {
    const part = document.getElementById(id);
    const is = id === highlight;
    if (is && !part?.hasAttribute("data-pointed")) part?.scrollIntoView({ block: "nearest" });
    part?.toggleAttribute("data-pointed", is);
  }
}

/**
 * A button in the head of every part, which points at it, and no longer.
 * @param {(id: string | null) => void} point
 */
export function createPointers(point) {
  const buttons = PARTS.map((id) => {
    const press = () => point(button.getAttribute("aria-pressed") === "true" ? null : id);
    const button = el(
      "button",
      { type: "button", class: "tool", "aria-label": words.point, title: words.pointHelp, onclick: press },
      icon("hand"),
    );
    document.querySelector(`#${id} .card-head`)?.append(button);
    return button;
  });

  /** @param {string | null} highlight */
  return function show(highlight) {
    showPointed(highlight);
    for (const [i, id] of PARTS.entries()) buttons[i]?.setAttribute("aria-pressed", String(id === highlight));
  };
}
