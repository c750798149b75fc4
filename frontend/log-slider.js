/** A slider on a logarithmic scale with a box for the exact number beside it. */

import { el, newId } from "./dom.js";
import { showError } from "./form.js";
import { words } from "./words.js";

/**
 * @typedef {object} Options
 * @property {string} label
 * @property {string} loc Dotted path of the value, as the server names it.
 * @property {number} low
 * @property {number} high
 * @property {boolean} [whole] Only whole numbers.
 * @property {(value: number) => void} change Called at every movement.
 */

const NOTCHES = 200; // positions per factor of 10: a notch is 1.2 %

/**
 * Where a value lies on the slider.
 * @param {number} value
 * @param {number} low
 */
export function notchOf(value, low) {
  return Math.round(Math.log10(Math.max(value, low) / low) * NOTCHES);
}

/**
 * The value at a position, with 3 significant digits.
 *
 * @param {number} notch
 * @param {number} low
 * @param {boolean} whole
 */
export function valueAt(notch, low, whole) {
  const value = Number((low * 10 ** (notch / NOTCHES)).toPrecision(3));
  return whole ? Math.round(value) : value;
}

/** @param {Options} options */
export function createLogSlider({ label, loc, low, high, whole = false, change }) {
  const id = newId();
  const slider = el("input", { type: "range", min: 0, max: notchOf(high, low), step: 1, "aria-label": label });
  const box = el("input", { id, type: "text", class: "number", inputmode: "decimal", autocomplete: "off" });
  box.setAttribute("aria-describedby", `${id}e`);
  const error = el("p", { class: "error", id: `${id}e`, hidden: true });
  const element = el(
    "div",
    { class: "log-slider", "data-loc": loc },
    el("label", { for: id }, label),
    slider,
    box,
    error,
  );

  slider.addEventListener("input", () => {
    const value = valueAt(slider.valueAsNumber, low, whole);
    box.value = String(value);
    accept(value);
  });
  box.addEventListener("input", () => {
    const value = Number(box.value);
    const good = box.value.trim() !== "" && Number.isFinite(value) && value >= 0 && (!whole || Number.isInteger(value));
    const allowed = good && (!whole || value >= low);
    if (allowed) accept(value);
    else showError(element, whole ? words.notWhole : words.notNumber);
  });

  /** @param {number} value */
  function accept(value) {
    showError(element, null);
    place(value);
    change(value);
  }

  /** @param {number} value */
  function place(value) {
    if (valueAt(slider.valueAsNumber, low, whole) !== value) slider.value = String(notchOf(value, low));
    slider.setAttribute("aria-valuetext", String(value));
    slider.style.setProperty("--filled", `${(100 * slider.valueAsNumber) / Number(slider.max)}%`);
  }

  return {
    element,
    /** @param {number} value */
    update(value) {
      place(value);
      if (box !== document.activeElement) box.value = String(value);
    },
  };
}
