/** A slider, on a logarithmic scale or another one, with a box for the exact number beside it. */

import { readNumber, typedNumber } from "../words/numerals.js";
import { number, words } from "../words/workbench.js";
import { el, newId } from "./dom.js";
import { showError } from "./form.js";

/**
 * @typedef {object} Options
 * @property {string} label
 * @property {string} loc Dotted path of the value, as the server names it.
 * @property {number} low
 * @property {number} high
 * @property {boolean} [whole] Only whole numbers.
 * @property {(label: string) => string} [called] What a screen reader calls it.
 * @property {Scale} [scale] Where the positions are not powers of ten.
 * @property {(value: number) => void} change Called at every movement.
 */

/**
 * @typedef {object} Scale
 * @property {number} most The last position.
 * @property {(value: number) => number} notchOf
 * @property {(notch: number) => number} valueAt
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

/**
 * @param {number} low
 * @param {number} high
 * @param {boolean} whole
 * @returns {Scale}
 */
export function logarithmic(low, high, whole) {
  return {
    most: notchOf(high, low),
    notchOf: (value) => notchOf(value, low),
    valueAt: (notch) => valueAt(notch, low, whole),
  };
}

/** @param {Options} options */
export function createLogSlider({
  label,
  loc,
  low,
  high,
  whole = false,
  called = (text) => text,
  change,
  scale = logarithmic(low, high, whole),
}) {
  const id = newId();
  const slider = el("input", { type: "range", min: 0, max: scale.most, step: 1, "aria-label": called(label) });
  const box = el("input", { id, type: "text", class: "number", inputmode: "decimal", autocomplete: "off" });
  box.setAttribute("aria-label", called(label));
  box.setAttribute("aria-describedby", `${id}e`);
  const error = el("p", { class: "error", id: `${id}e`, hidden: true });
  const name = el("label", { for: id }, label);
  const element = el("div", { class: "log-slider", "data-loc": loc }, name, slider, box, error);

  slider.addEventListener("input", () => {
    const value = scale.valueAt(slider.valueAsNumber);
    box.value = typedNumber(value);
    accept(value);
  });
  box.addEventListener("input", () => {
    const value = readNumber(box.value);
    const good = Number.isFinite(value) && value >= 0 && (!whole || Number.isInteger(value));
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
    if (scale.valueAt(slider.valueAsNumber) !== value) slider.value = String(scale.notchOf(value));
    slider.setAttribute("aria-valuetext", number(value, 5));
    slider.style.setProperty("--filled", `${(100 * slider.valueAsNumber) / Number(slider.max)}%`);
  }

  return {
    element,
    /** @param {string} text */
    rename(text) {
      if (name.textContent === text) return;
      name.textContent = text;
      for (const control of [slider, box]) control.setAttribute("aria-label", called(text));
    },
    /** @param {number} value */
    update(value) {
      place(value);
      if (box !== document.activeElement) box.value = typedNumber(value);
    },
  };
}
