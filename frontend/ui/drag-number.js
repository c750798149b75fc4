/** A number in a sentence that is dragged to and fro, or moved with the arrow keys: a slider without a track. */

import { stepsOfKey } from "../state/formula.js";
import { number } from "../words/plot.js";
import { el } from "./dom.js";
import { logarithmic } from "./slider.js";

const STRIDE = 4; // positions that a key moves it by

/**
 * @typedef {object} Options
 * @property {string} name What a screen reader calls it.
 * @property {string} help Shown where it is pointed at.
 * @property {number} low
 * @property {number} high
 * @property {boolean} [whole] Only whole numbers.
 * @property {import("./slider.js").Scale} [scale] Where the positions are not powers of ten.
 * @property {(value: number) => void} change Called at every movement.
 */

/** @param {Options} options */
export function createDragNumber({
  name,
  help,
  low,
  high,
  whole = false,
  scale = logarithmic(low, high, whole),
  change,
}) {
  const element = el("span", { class: "drag-number", role: "slider", tabindex: 0, "aria-label": name, title: help });
  element.setAttribute("aria-valuemin", String(scale.valueAt(0)));
  element.setAttribute("aria-valuemax", String(scale.valueAt(scale.most)));
  /** @type {{ notch: number, x: number } | null} */
  let held = null;
  let value = low;

  /** @param {number} now */
  function update(now) {
    value = now;
    element.textContent = number(now);
    element.setAttribute("aria-valuenow", String(now));
    element.setAttribute("aria-valuetext", number(now));
  }

  /** Shown at once: the next key may come before the next frame. @param {number} notch */
  function move(notch) {
    const next = scale.valueAt(Math.max(0, Math.min(scale.most, Math.round(notch))));
    if (next === value) return;
    update(next);
    change(next);
  }

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // No text is marked meanwhile.
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    held = { notch: scale.notchOf(value), x: event.clientX };
  });
  element.addEventListener("pointermove", (event) => {
    if (held) move(held.notch + event.clientX - held.x);
  });
  for (const end of ["pointerup", "pointercancel"])
    element.addEventListener(end, () => {
      held = null;
    });
  element.addEventListener("keydown", (event) => {
    const by = stepsOfKey(event);
    if (by === null) return;
    event.preventDefault();
    event.stopPropagation();
    const notch = scale.notchOf(value) + by * STRIDE;
    move(scale.valueAt(notch) === value ? scale.notchOf(value + Math.sign(by)) : notch); // Small whole numbers lie far apart.
  });

  return { element, update };
}
