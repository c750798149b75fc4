/** Curves of a recorded loop over its updates, as an SVG: one small chart for a column. */

import { svg } from "../ui/dom.js";
import { number } from "../words/plot.js";
import { recorded } from "../words/recorded/page.js";

const WIDTH = 400;
const HEIGHT = 180;
const LEFT = 74;
const BOTTOM = 22;
const TOP = 8;
const RIGHT = 8;
const DECADES = 30; // values that span more than this factor have a logarithmic axis

/** @typedef {{ steps: ArrayLike<number>, values: ArrayLike<number>, color: string, dash: readonly number[] }} Curve */

/**
 * The ends of finite values, and whether their axis is logarithmic.
 *
 * @param {readonly Pick<Curve, "values">[]} curves
 * @returns {{ low: number, high: number, log: boolean } | null} null where nothing is finite.
 */
export function endsOf(curves) {
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of curves) {
    for (const value of Array.from(values)) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return null;
  return { low, high, log: low > 0 && high / low > DECADES };
}

/**
 * The path of a curve; it is broken where a value is not finite.
 *
 * @param {Curve} curve
 * @param {(step: number) => number} x
 * @param {(value: number) => number} y
 */
export function pathOf({ steps, values }, x, y) {
  let path = "";
  let down = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    const place = y(value);
    if (!Number.isFinite(value) || !Number.isFinite(place)) {
      down = false;
      continue;
    }
    path += `${down ? "L" : "M"}${x(steps[i] ?? i).toFixed(1)} ${place.toFixed(1)}`;
    down = true;
  }
  return path;
}

/**
 * The entry of a curve that is nearest to a step.
 *
 * @param {ArrayLike<number>} steps Rising.
 * @param {number} step
 */
export function nearestEntry(steps, step) {
  let [low, high] = [0, steps.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? Infinity) <= step) low = middle;
    else high = middle;
  }
  const [before = 0, after = before] = [steps[low], steps[high]];
  return Math.abs(after - step) < Math.abs(step - before) ? high : low;
}

/**
 * @typedef {object} Chart
 * @property {SVGElement} element
 * @property {(share: number) => number} stepAt The step at a share of its width.
 * @property {(step: number | null) => (number | null)[]} mark Mark what every curve has at the entry nearest to a step, and
 *   return it; null takes the marks away, and where a curve has none.
 */

/**
 * One chart; null where there is nothing to show.
 *
 * @param {string} title
 * @param {readonly Curve[]} curves
 * @returns {Chart | null}
 */
export function chartOf(title, curves) {
  const ends = endsOf(curves);
  if (!ends) return null;
  const last = Math.max(1, ...curves.map(({ steps }) => steps[steps.length - 1] ?? 0));
  const of = (/** @type {number} */ value) => (ends.log ? Math.log10(value) : value);
  const [low, high] = [of(ends.low), of(ends.high)];
  const flat = high === low; // It runs through the middle.
  const x = (/** @type {number} */ step) => LEFT + ((WIDTH - LEFT - RIGHT) * step) / last;
  const y = (/** @type {number} */ value) =>
    TOP + (HEIGHT - TOP - BOTTOM) * (flat ? 0.5 : 1 - (of(value) - low) / (high - low));
  const [bottom, top] = [number(ends.low, 3), number(ends.high, 3)];
  const frame = [
    ...[ends.low, ends.high].map((value) =>
      svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
    ),
    written(top, LEFT - 6, y(ends.high) + 4, "end"),
    ...(bottom === top ? [] : [written(bottom, LEFT - 6, y(ends.low), "end")]),
    written("0", LEFT, HEIGHT - 6, "start"),
    written(`${recorded.step} ${number(last)}`, WIDTH - RIGHT, HEIGHT - 6, "end"),
  ];
  const paths = curves.map((curve) =>
    svg("path", {
      class: "curve",
      d: pathOf(curve, x, y),
      stroke: curve.color,
      "stroke-dasharray": curve.dash.join(" ") || null,
    }),
  );
  const label = recorded.chart(title, bottom, top);
  const marks = svg("g", {});
  const about = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label };
  return {
    element: svg("svg", about, ...frame, marks, ...paths),
    stepAt: (share) => Math.max(0, Math.min(1, (share * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT))) * last,
    mark(step) {
      marks.replaceChildren();
      if (step === null) return curves.map(() => null);
      return curves.map((curve) => marked(marks, curve, step, x, y));
    },
  };
}

/**
 * Mark the entry of a curve that is nearest to a step.
 *
 * @param {SVGElement} marks
 * @param {Curve} curve
 * @param {number} step
 * @param {(step: number) => number} x
 * @param {(value: number) => number} y
 */
function marked(marks, { steps, values, color }, step, x, y) {
  const at = nearestEntry(steps, step);
  const value = values[at];
  if (value === undefined) return null;
  const [left, height] = [x(steps[at] ?? at), y(value)];
  marks.append(svg("line", { class: "cursor", x1: left, x2: left, y1: TOP, y2: HEIGHT - BOTTOM }));
  if (Number.isFinite(height)) marks.append(svg("circle", { cx: left, cy: height, r: 3.5, fill: color }));
  return value;
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {"start" | "end"} anchor
 */
function written(text, x, y, anchor) {
  const element = svg("text", { x, y, "text-anchor": anchor });
  element.textContent = text;
  return element;
}
