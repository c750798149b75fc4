/** Dragging the numbers of a typeset formula, or moving them with the arrow keys. */

/** @import { Handle } from "../state/formula.js" */

import { handlesOf, moved, numeralsOf, stepsOfDrag, stepsOfKey } from "../state/formula.js";
import { el } from "../ui/dom.js";
import { words } from "../words/workbench.js";

/**
 * What a formula is made of at a moment.
 *
 * @typedef {object} Source
 * @property {string} text Of what is typeset, with the parameters' values in it.
 * @property {string} now The text that is wished now; what is typeset may still be the one before.
 * @property {Readonly<Record<string, number>>} parameters
 */

/**
 * Let the numbers inside an element be dragged; it may be filled again at any time, also during a drag. What keys and
 * screen readers reach are sliders beside the formula: within <math> nothing may be interactive.
 *
 * @param {HTMLElement} place
 * @param {() => Source | null} source
 * @param {(handle: Handle, value: number) => void} change
 */
export function createFormulaDrag(place, source, change) {
  /** @type {{ handle: Handle, value: number, whole: boolean, x: number } | null} */
  let held = null;

  place.addEventListener("pointerdown", (event) => {
    const at = numbers().indexOf(/** @type {Element} */ (event.target));
    if (at < 0 || event.button !== 0 || !grasp(at, event.clientX)) return;
    place.setPointerCapture(event.pointerId);
    place.toggleAttribute("data-dragging", true);
    focus(at);
    event.preventDefault();
  });
  place.addEventListener("pointermove", (event) => {
    if (held) move(stepsOfDrag(event.clientX - held.x, held.whole));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    place.addEventListener(end, () => {
      held = null;
      place.toggleAttribute("data-dragging", false);
    });
  }
  place.addEventListener("keydown", (event) => {
    const at = handles().indexOf(/** @type {Element} */ (event.target));
    const steps = stepsOfKey(event);
    if (at < 0 || steps === null || !grasp(at, 0)) return;
    event.preventDefault();
    event.stopPropagation();
    move(steps);
    held = null;
  });

  for (const kind of ["focusin", "focusout"]) {
    place.addEventListener(kind, () => {
      const at = handles().indexOf(/** @type {Element} */ (document.activeElement));
      for (const [i, element] of numbers().entries()) element.classList.toggle("focused", i === at);
    });
  }

  function handles() {
    return [...place.querySelectorAll("[role=slider]")];
  }

  function numbers() {
    return [...place.querySelectorAll(".scrub-number")];
  }

  /**
   * @param {number} at
   * @param {number} x
   */
  function grasp(at, x) {
    const now = source();
    const found = now ? foundIn(place, now)[at] : undefined;
    if (!now || !found) return false;
    held = { handle: found.handle, ...startOf(found.handle, now), x };
    return true;
  }

  /** @param {number} steps */
  function move(steps) {
    if (held) change(held.handle, moved(held, steps));
  }

  /** @param {number} at */
  function focus(at) {
    const element = /** @type {HTMLElement | undefined} */ (handles()[at]);
    element?.focus({ preventScroll: true });
  }

  return {
    /** Which number has the focus, -1 for none: asked before the element is filled again. */
    focused: () => handles().indexOf(/** @type {Element} */ (document.activeElement)),

    /**
     * The element was filled again: mark what can be dragged, and give the focus back.
     * @param {number} focused
     */
    filled(focused) {
      const now = source();
      if (!now) return;
      const found = foundIn(place, now);
      for (const { element } of found) element.classList.add("scrub-number");
      place.append(...found.map(({ handle }) => slider(handle, startOf(handle, now).value)));
      if (focused >= 0) focus(focused);
    },
  };
}

/**
 * @param {Handle} handle
 * @param {Source} source
 */
function startOf(handle, { now, parameters }) {
  if ("parameter" in handle) return { value: parameters[handle.parameter] ?? 0, whole: false };
  const { value, whole } = numeralsOf(now)[handle.numeral] ?? { value: 0, whole: false };
  return { value, whole };
}

/**
 * @param {HTMLElement} place
 * @param {Source} source
 */
function foundIn(place, { text, parameters }) {
  const elements = [...place.querySelectorAll("[data-right] mn, [data-right] mi")];
  const set = elements.map((element) => ({ tag: element.localName, text: element.textContent ?? "" }));
  return handlesOf(text, set, Object.keys(parameters)).flatMap((handle, i) => {
    const element = elements[i];
    return handle && element ? [{ element, handle }] : [];
  });
}

/**
 * @param {Handle} handle
 * @param {number} value
 */
function slider(handle, value) {
  const name = words.formulaNumber("parameter" in handle ? handle.parameter : null, value);
  const said = { "aria-label": name, "aria-valuenow": String(value), "aria-valuetext": String(value) };
  return el("span", { class: "number-handle", role: "slider", tabindex: "0", ...said });
}
