/** A sentence over the page, with a button that takes it away and, where something can be taken back, one for that. */

import { words } from "../words/workbench.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

const BRIEF = 4000; // ms that a passing notice stays
const LONG = 12_000; // ms that a notice with something to do stays

/** @typedef {{ label: string, act: () => void }} Deed What a notice offers, such as "Undo". */
/** @typedef {(text: string | null, lasting?: boolean, deed?: Deed) => void} Notice null takes the notice away. */

/**
 * @param {HTMLElement} place
 * @returns {Notice}
 */
export function createNotice(place) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const hide = () => {
    place.hidden = true;
  };
  return (text, lasting = true, deed) => {
    clearTimeout(timer);
    place.hidden = text === null;
    if (text === null) return;
    const close = el(
      "button",
      { type: "button", class: "tool", "aria-label": words.close, onclick: hide },
      icon("close"),
    );
    const act = () => {
      hide();
      deed?.act();
    };
    fill(place, el("span", {}, text), deed && el("button", { type: "button", onclick: act }, deed.label), close);
    if (!lasting) timer = setTimeout(hide, deed ? LONG : BRIEF);
  };
}

/** Whether a notice says just that at present. @param {string} text */
export const isSaid = (text) => document.querySelector("#notice:not([hidden]) > span")?.textContent === text;
