/** How many examples an update sees: the usual sizes as buttons, any other in the box. */

import { el, newId } from "../ui/dom.js";
import { showError } from "../ui/form.js";
import { readNumber } from "../words/numerals.js";
import { training } from "../words/training.js";

/** Sizes worth trying; null is all examples. */
export const SIZES = [1, 4, 16, 64, 256, null];

/**
 * Read what was typed: a whole number, or "all".
 *
 * @param {string} text
 * @returns {{ size: number | null } | { error: string }}
 */
export function readBatch(text) {
  const typed = text.trim().toLowerCase();
  if (typed === "" || typed === training.batchAll) return { size: null };
  const size = readNumber(typed);
  return Number.isInteger(size) && size >= 1 ? { size } : { error: training.batchBad };
}

/**
 * @param {string} loc Dotted path of the value, as the server names it.
 * @param {(size: number | null) => void} change
 * @param {(text: string) => string} [called] What a screen reader calls a control.
 */
export function createBatchRow(loc, change, called = (text) => text) {
  const id = newId();
  const box = el("input", { id, type: "text", class: "number", inputmode: "numeric", autocomplete: "off" });
  box.setAttribute("aria-label", called(training.batch));
  box.setAttribute("aria-describedby", `${id}e`);
  const buttons = SIZES.map((size) => sizeButton(size, called, () => accept(size)));
  const error = el("p", { class: "error", id: `${id}e`, hidden: true });
  const element = el(
    "div",
    { class: "batch", "data-loc": loc },
    el("label", { for: id }, training.batch),
    el("div", { class: "sizes" }, ...buttons),
    box,
    error,
  );

  box.addEventListener("input", () => {
    const read = readBatch(box.value);
    showError(element, "error" in read ? read.error : null);
    if ("size" in read) change(read.size);
  });

  /** @param {number | null} size */
  function accept(size) {
    showError(element, null);
    box.value = textOf(size);
    change(size);
  }

  return {
    element,
    /** @param {number | null} size */
    update(size) {
      SIZES.forEach((one, i) => {
        buttons[i]?.setAttribute("aria-pressed", String(one === size));
      });
      if (box !== document.activeElement) box.value = textOf(size);
    },
  };
}

/** @param {number | null} size */
function textOf(size) {
  return size === null ? training.batchAll : String(size);
}

/**
 * @param {number | null} size
 * @param {(text: string) => string} called
 * @param {() => void} act
 */
function sizeButton(size, called, act) {
  const name = textOf(size);
  const label = called(training.batchOf(name));
  return el("button", { type: "button", class: "size", "aria-label": label, onclick: act }, name);
}
