/** Clicks and double clicks on a panel, told apart from drags. */

const CLICK = 4; // pixels a pointer may move and still click
const DOUBLE = 350; // ms between two clicks that are one double click

/**
 * Call back with the place, in pixels of the element, where it was clicked and not dragged.
 *
 * @param {HTMLElement} element
 * @param {(x: number, y: number) => void} clicked
 * @param {() => void} twice After the second of two clicks.
 */
export function onClick(element, clicked, twice) {
  let before = -Infinity;
  /** @type {[number, number] | null} */
  let down = null;
  const press = (/** @type {PointerEvent} */ event) => {
    down = event.button === 0 ? [event.clientX, event.clientY] : null;
  };
  const release = (/** @type {PointerEvent} */ event) => {
    if (down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < CLICK) {
      const { left, top } = element.getBoundingClientRect();
      clicked(event.clientX - left, event.clientY - top);
      if (event.timeStamp - before < DOUBLE) twice();
      before = event.timeStamp;
    }
    down = null;
  };
  // Plotly covers the page while the button is down, so the release is heard at the window, and both before Plotly.
  element.addEventListener("pointerdown", press, true);
  window.addEventListener("pointerup", release, true);
  return () => {
    element.removeEventListener("pointerdown", press, true);
    window.removeEventListener("pointerup", release, true);
  };
}
