/** A curve sketched by five points, each a slider of its own; it stays, in grey, beside what happened. */

import { indexAt } from "../state/run-data.js";
import { el, fill, svg } from "../ui/dom.js";
import { lessons as words } from "../words/lessons.js";
import { number } from "../words/workbench.js";
import { sketchedSteps } from "./compare.js";
import { BESIDE, MOVES } from "./keys.js";

/** @import { RunView } from "../types/page.js" */

const [WIDTH, HEIGHT] = [300, 150];
const EDGE = { left: 40, right: 12, top: 10, bottom: 22 };
const NOTCHES = 100; // positions of a point from below to above

/**
 * What the heights of a sketch mean.
 *
 * @typedef {object} Heights
 * @property {string} name
 * @property {[low: number, high: number]} range Of a loss in decades.
 * @property {boolean} log
 */

/**
 * @param {Heights} heights
 * @param {number} last The last step.
 * @param {readonly number[] | null} given Of an earlier visit.
 */
export function createSketch(heights, last, given) {
  const { range, log, name } = heights;
  const [low, high] = range;
  const steps = sketchedSteps(last);
  const notches = steps.map((_, i) => notchOf(given ? (given[i] ?? 0) : log ? 1 : (low + high) / 2));
  const line = svg("path", { class: "sketch-line" });
  const truth = svg("path", { class: "sketch-truth" });
  const points = steps.map((step, i) => createPoint(step, i));
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "sketch", role: "group", "aria-label": words.sketch.name },
    ...frame(),
    truth,
    line,
    ...points,
  );
  let fixed = false;

  /** @param {number} value */
  function notchOf(value) {
    const height = log ? Math.log10(value) : value;
    return Math.round((NOTCHES * (height - low)) / (high - low));
  }

  /** @param {number} notch */
  function valueAt(notch) {
    const height = low + ((high - low) * notch) / NOTCHES;
    return log ? 10 ** height : height;
  }

  /** @param {number} step */
  function across(step) {
    return EDGE.left + ((WIDTH - EDGE.left - EDGE.right) * step) / Math.max(1, last);
  }

  /** @param {number} notch */
  function up(notch) {
    return HEIGHT - EDGE.bottom - ((HEIGHT - EDGE.top - EDGE.bottom) * notch) / NOTCHES;
  }

  function frame() {
    const axes = svg("path", {
      class: "sketch-axes",
      d: `M${EDGE.left} ${EDGE.top}V${HEIGHT - EDGE.bottom}H${WIDTH - EDGE.right}`,
    });
    const texts = [0, NOTCHES / 2, NOTCHES].map((notch) =>
      label(EDGE.left - 6, up(notch) + 4, number(valueAt(notch), 2), "end"),
    );
    const ends = [0, last].map((step) => label(across(step), HEIGHT - 6, number(step), step ? "end" : "start"));
    return [axes, ...texts, ...ends];
  }

  /**
   * @param {number} step
   * @param {number} i
   */
  function createPoint(step, i) {
    const point = svg("circle", { r: 9, class: "sketch-point", role: "slider", tabindex: 0 });
    for (const [attribute, value] of Object.entries({ min: 0, max: NOTCHES, orientation: "vertical" }))
      point.setAttribute(attribute === "orientation" ? "aria-orientation" : `aria-value${attribute}`, String(value));
    point.setAttribute("aria-label", words.sketch.point(step));
    point.addEventListener("keydown", (event) => onKey(/** @type {KeyboardEvent} */ (event), i));
    point.addEventListener("pointerdown", (event) => {
      if (!fixed) point.setPointerCapture(/** @type {PointerEvent} */ (event).pointerId);
    });
    point.addEventListener("pointermove", (event) => {
      const { pointerId, clientY } = /** @type {PointerEvent} */ (event);
      if (fixed || !point.hasPointerCapture(pointerId)) return;
      const { top, height } = picture.getBoundingClientRect();
      const y = ((clientY - top) * HEIGHT) / height;
      move(i, (NOTCHES * (HEIGHT - EDGE.bottom - y)) / (HEIGHT - EDGE.top - EDGE.bottom));
    });
    return point;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} i
   */
  function onKey(event, i) {
    const by = MOVES[event.key];
    const beside = points[i + (BESIDE[event.key] ?? 0)];
    if (by === undefined && !(event.key in BESIDE)) return;
    event.preventDefault();
    if (by !== undefined && !fixed) move(i, (notches[i] ?? 0) + by);
    if (beside) /** @type {SVGElement} */ (beside).focus();
  }

  /**
   * @param {number} i
   * @param {number} notch
   */
  function move(i, notch) {
    notches[i] = Math.round(Math.max(0, Math.min(NOTCHES, notch)));
    draw();
  }

  function draw() {
    line.setAttribute("d", `M${steps.map((step, i) => `${across(step)} ${up(notches[i] ?? 0)}`).join("L")}`);
    for (const [i, point] of points.entries()) {
      point.setAttribute("cx", String(across(steps[i] ?? 0)));
      point.setAttribute("cy", String(up(notches[i] ?? 0)));
      point.setAttribute("aria-valuenow", String(notches[i]));
      point.setAttribute("aria-valuetext", number(valueAt(notches[i] ?? 0)));
    }
  }

  draw();
  return {
    element: el("figure", { class: "sketched" }, el("figcaption", {}, name), picture),
    steps,
    /** The heights of the five points. */
    values: () => notches.map((notch) => Number(valueAt(notch).toPrecision(3))),

    /** Nothing can be moved any more. */
    fix() {
      fixed = true;
      picture.toggleAttribute("data-fixed", true);
      for (const point of points) {
        point.setAttribute("aria-disabled", "true");
        point.setAttribute("tabindex", "-1");
      }
    },

    /**
     * Draw what happened behind it.
     *
     * @param {RunView} run
     * @param {string} column
     * @param {number} unit What the values are multiples of.
     * @param {string} color
     */
    reveal(run, column, unit, color) {
      const values = run.columns.get(column);
      const places = Array.from({ length: WIDTH }, (_, i) => Math.round((i * last) / (WIDTH - 1)));
      const path = [...new Set(places)].flatMap((step) => {
        const value = (values?.[indexAt(run, step)] ?? Number.NaN) / unit;
        const notch = log && value <= 0 ? 0 : notchOf(value);
        return Number.isFinite(notch) ? [`${across(step)} ${up(Math.max(0, Math.min(NOTCHES, notch)))}`] : [];
      });
      truth.setAttribute("d", path.length > 0 ? `M${path.join("L")}` : "");
      /** @type {SVGElement} */ (truth).style.stroke = color;
    },
  };
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} anchor
 */
function label(x, y, text, anchor) {
  const element = svg("text", { x, y, "text-anchor": anchor, class: "sketch-label" });
  fill(element, text);
  return element;
}
