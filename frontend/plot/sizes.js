/** How large something is that draws itself: told when that changes, when it comes into sight again, and when its canvases were emptied; never 0. */

/** @typedef {{ width: number, height: number, ratio: number }} Size In CSS pixels; `ratio` is the screen's pixels for one of them. */

/**
 * Call back, never at once, with the size of an element: first, whenever its size or the screen's pixels have changed,
 * and when it was hidden in between. While it is hidden it has no size, and what was drawn in it stays.
 *
 * @param {HTMLElement} element
 * @param {(size: Size) => void} sized
 * @param {boolean} [paper] Whether it is drawn anew at the size that it has on paper, for which a canvas has no time.
 * @returns {{ hidden: () => boolean, stop: () => void }}
 */
export function watchSize(element, sized, paper = false) {
  /** @type {Size | null} What was told last; null while there is none. */
  let told = null;

  const printed = matchMedia("print");

  function look() {
    if (printed.matches && !paper) return;
    const size = { width: element.clientWidth, height: element.clientHeight, ratio: window.devicePixelRatio || 1 };
    const before = told;
    told = size.width > 0 && size.height > 0 ? size : null;
    if (told && !(before && same(before, told))) sized(told);
  }

  /** A browser that lacked memory has thrown away what was on a canvas. */
  function restore() {
    told = null;
    look();
  }

  let density = densityNow();
  function densityChanged() {
    density.removeEventListener("change", densityChanged);
    density = densityNow();
    density.addEventListener("change", densityChanged);
    look();
  }

  const observer = new ResizeObserver(look);
  observer.observe(element);
  density.addEventListener("change", densityChanged);
  element.addEventListener("contextrestored", restore, true);
  return {
    hidden: () => told === null,
    stop() {
      observer.disconnect();
      density.removeEventListener("change", densityChanged);
      element.removeEventListener("contextrestored", restore, true);
    },
  };
}

/** A question that changes its answer with the screen's pixels. */
function densityNow() {
  return matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
}

/**
 * How much larger an element is seen than it is laid out: a page grows as a whole on a large screen.
 * @param {HTMLElement} element
 */
export function enlargementOf(element) {
  return element.getBoundingClientRect().width / element.offsetWidth || 1;
}

/**
 * Where a pointer is in an element, in the pixels that the element is laid out in.
 *
 * @param {HTMLElement} element
 * @param {{ clientX: number, clientY: number }} event
 * @returns {[x: number, y: number]}
 */
export function placeIn(element, { clientX, clientY }) {
  const { left, top } = element.getBoundingClientRect();
  const scale = enlargementOf(element);
  return [(clientX - left) / scale, (clientY - top) / scale];
}

/** @param {Size} one @param {Size} other */
function same(one, other) {
  return one.width === other.width && one.height === other.height && one.ratio === other.ratio;
}
