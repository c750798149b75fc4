/** A curve over the values of a sweep: medians, a band over the seeds, hatching where runs diverge, the limit, the target. */

/** @import { Axis, Span, View } from "../../types/page.js" */
/** @import { Places } from "./scales.js" */

import { ticksOf } from "../../panels/frame/axes.js";
import { svg } from "../../ui/dom.js";
import { number } from "../../words/plot.js";
import { sweep } from "../../words/sweep.js";
import { heightOf } from "../small-curve.js";
import { fitting, stretches } from "./scales.js";

const LEFT = 52;
const RIGHT = 20;
const TOP = 24;
const BOTTOM = 40;
const PAD = 16; // pixels between the frame and the first and last value
const CHARACTER = 7; // pixels, about

/**
 * A value as it is drawn.
 *
 * @typedef {object} Dot
 * @property {string} label
 * @property {string} color
 * @property {number | null} middle null: nothing to draw here.
 * @property {number | null} low
 * @property {number | null} high
 * @property {boolean} diverged
 * @property {boolean} never It does not get there: drawn on the upper edge.
 */

/**
 * @typedef {object} Curve Of one listed run.
 * @property {string} color
 * @property {number[]} dots Positions among the dots, in the order of their values.
 */

/**
 * @typedef {object} Plan
 * @property {string} title
 * @property {string} xTitle
 * @property {Places} places
 * @property {Axis} y
 * @property {Dot[]} dots
 * @property {Curve[]} curves
 * @property {{ at: number, color: string | null }[]} limits On the axis of the values; coloured like their runs.
 * @property {number | null} target On the axis of the losses.
 * @property {number | null} best Which dot.
 * @property {number | null} hovered Which dot.
 * @property {View["theme"]} theme
 */

/**
 * Draw a figure.
 *
 * @param {Element} place
 * @param {Plan} plan
 * @param {number} width
 * @param {number} height
 * @returns {(x: number) => number | null} The dot that is nearest to a place, in pixels.
 */
export function drawFigure(place, plan, width, height) {
  const inner = { width: Math.max(60, width - LEFT - RIGHT), height: height - TOP - BOTTOM };
  const x = (/** @type {number} */ share) => LEFT + PAD + share * (inner.width - 2 * PAD);
  const y = (/** @type {number} */ value) => TOP + inner.height * (1 - heightOf(plan.y, value));
  const frame = { x, y, left: LEFT, right: LEFT + inner.width, top: TOP, bottom: TOP + inner.height };
  const hatched = hatching(plan, frame);
  const levelled = levels(plan, frame, hatched.word);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
  root.append(
    hatchPattern(plan.title),
    ...grid(plan, frame),
    ...hatched.parts,
    ...levelled.lines,
    ...plan.curves.flatMap((curve) => [...band(plan, curve, frame), ...line(plan, curve, frame)]),
    ...plan.dots.flatMap((dot, i) => marks(plan, dot, i, frame)),
    ...levelled.labels,
    ...ticks(plan, frame),
  );
  place.replaceChildren(root);
  return (at) => nearest(plan.places.at.map(x), at);
}

/** @typedef {{ x: (share: number) => number, y: (value: number) => number, left: number, right: number, top: number, bottom: number }} Frame */

/**
 * @param {readonly number[]} places
 * @param {number} at
 */
export function nearest(places, at) {
  if (places.length === 0) return null;
  return places.reduce((best, x, i) => (Math.abs(x - at) < Math.abs((places[best] ?? 0) - at) ? i : best), 0);
}

/** @param {string} title */
function hatchPattern(title) {
  const stripe = svg("path", { d: "M0 8L8 0", class: "hatch-line" });
  return svg(
    "pattern",
    { id: hatchId(title), width: 8, height: 8, patternUnits: "userSpaceOnUse", class: "hatch" },
    stripe,
  );
}

/** @param {string} title */
function hatchId(title) {
  return `hatch-${title.replaceAll(/\W+/g, "-")}`;
}

/**
 * @param {Plan} plan
 * @param {Frame} frame
 */
function grid({ y: axis }, { left, right, top, bottom, y }) {
  const lines = ticksOf(axis, bottom - top, 36).flatMap(({ at, text }) => {
    const height = Math.round(y(axis.log ? 10 ** at : at)) + 0.5;
    return [
      svg("path", { d: `M${left} ${height}H${right}`, class: "grid" }),
      label(text, left - 8, height + 4, "end", "value"),
    ];
  });
  return [...lines, svg("path", { d: `M${left} ${bottom + 0.5}H${right}`, class: "axis" })];
}

/**
 * Where runs diverge, all of them where several are listed: hatched, and the word.
 *
 * @param {Plan} plan
 * @param {Frame} frame
 * @returns {{ parts: Element[], word: Span | null }} What is drawn, and from where to where the word stands.
 */
function hatching({ title, places, dots }, { x, left, right, top, bottom }) {
  const gone = places.at.map((at) => dots.every(({ diverged }, i) => diverged || places.at[i] !== at));
  const found = stretches(places.at, gone).map(
    ([low, high]) => /** @type {Span} */ ([Math.max(left, x(low)), Math.min(right, x(high))]),
  );
  const parts = found.map(([low, high]) =>
    svg("rect", { x: low, y: top, width: high - low, height: bottom - top, fill: `url(#${hatchId(title)})` }),
  );
  const widest = found.toSorted((a, b) => b[1] - b[0] - (a[1] - a[0]))[0];
  if (!widest) return { parts, word: null };
  const half = (CHARACTER * sweep.diverged.length) / 2;
  const middle = Math.min(right + RIGHT - half, Math.max((widest[0] + widest[1]) / 2, left + half));
  parts.push(label(sweep.diverged, middle, top - 8, "middle", "bad"));
  return { parts, word: [middle - half, middle + half] };
}

/**
 * The stability limit and the target; their names stand above the curves.
 *
 * @param {Plan} plan
 * @param {Frame} frame
 * @param {Span | null} word Where something stands above the frame already.
 */
function levels({ limits, target, y: axis, places }, { x, y, left, right, top, bottom }, word) {
  const known = limits.flatMap(({ at, color }) => {
    const share = places.place(at);
    if (share === null) return [];
    const text = sweep.limit(at);
    const [here, width] = [Math.round(x(share)) + 0.5, CHARACTER * text.length];
    const end = word && word[1] > here ? Math.min(here - 4, word[0] - CHARACTER) : here + width / 2;
    return [{ here, color, text, end, middle: end - width / 2, width, weight: 0 }];
  });
  const shown = fitting(known, 8);
  const lines = known.map(({ here, color }) =>
    svg("path", { d: `M${here} ${top - 4}V${bottom}`, class: "level", ...(color ? { stroke: color } : {}) }),
  );
  const labels = known.filter((_, i) => shown[i]).map(({ text, end }) => label(text, end, top - 8, "end", "note"));
  const height = target === null ? 0 : axis.log ? Math.log10(target) : target;
  if (target !== null && height >= axis.range[0] && height <= axis.range[1]) {
    const at = Math.round(y(target)) + 0.5;
    lines.push(svg("path", { d: `M${left} ${at}H${right}`, class: "level" }));
    labels.push(label(`${sweep.target} ${number(target)}`, left + 4, at - 5, "start", "note"));
  }
  return { lines, labels };
}

/**
 * From the lowest to the highest seed.
 *
 * @param {Plan} plan
 * @param {Curve} curve
 * @param {Frame} frame
 */
function band({ dots, places }, { dots: own, color }, { x, y }) {
  const held = own.filter((i) => dots[i]?.low !== null && dots[i]?.high !== null && dots[i]?.middle !== null);
  if (!held.some((i) => dots[i]?.low !== dots[i]?.high)) return [];
  const at = (/** @type {number} */ i, /** @type {"low" | "high"} */ end) =>
    `${x(places.at[i] ?? 0).toFixed(1)} ${y(dots[i]?.[end] ?? 0).toFixed(1)}`;
  const there = held.map((i) => at(i, "high"));
  const back = [...held].reverse().map((i) => at(i, "low"));
  return [svg("path", { d: `M${[...there, ...back].join("L")}Z`, class: "band", fill: color })];
}

/**
 * @param {Plan} plan
 * @param {Curve} curve
 * @param {Frame} frame
 */
function line({ dots, places }, { dots: own, color }, { x, y }) {
  let d = "";
  let broken = true;
  for (const i of own) {
    const middle = dots[i]?.middle ?? null;
    if (middle !== null) d += `${broken ? "M" : "L"}${x(places.at[i] ?? 0).toFixed(1)} ${y(middle).toFixed(1)}`;
    broken = middle === null;
  }
  return d ? [svg("path", { d, class: "curve", stroke: color })] : [];
}

/**
 * A dot for every value, a ring around the best, a triangle for one that diverged, an open one where it never arrives.
 *
 * @param {Plan} plan
 * @param {Dot} dot
 * @param {number} i
 * @param {Frame} frame
 */
function marks({ places, best, hovered, curves }, dot, i, { x, y, top, bottom }) {
  const at = x(places.at[i] ?? 0);
  const parts = [];
  if (hovered === i) parts.push(svg("path", { d: `M${at} ${top}V${bottom}`, class: "cursor" }));
  if (dot.diverged) {
    parts.push(
      svg("path", {
        d: `M${at} ${top + 4}l6 10h-12z`,
        ...(curves.length > 1 ? { fill: dot.color } : { class: "gone" }),
      }),
    );
    return parts;
  }
  const height = dot.middle === null ? (dot.never ? top : null) : y(dot.middle);
  if (height === null) return parts;
  const open = dot.middle === null;
  if (best === i && !open) parts.push(svg("circle", { cx: at, cy: height, r: 9, class: "best" }));
  const look = open ? { class: "open dot", stroke: dot.color } : { class: "dot", fill: dot.color };
  parts.push(svg("circle", { cx: at, cy: height, r: hovered === i ? 6.5 : 5, ...look }));
  return parts;
}

/**
 * What the values are, below the axis: as many as there is room for, the best one in any case.
 *
 * @param {Plan} plan
 * @param {Frame} frame
 */
function ticks({ dots, places, best, hovered, xTitle }, { x, left, right, bottom }) {
  const weights = dots.map((_, i) => (i === hovered ? 3 : i === best ? 2 : i === 0 || i === dots.length - 1 ? 1 : 0));
  const labels = dots.map(({ label: text }, i) => ({
    middle: x(places.at[i] ?? 0),
    width: CHARACTER * text.length,
    weight: weights[i] ?? 0,
  }));
  const shown = fitting(labels, 8);
  const parts = dots.flatMap(({ label: text }, i) => {
    const at = labels[i]?.middle ?? 0;
    const mark = svg("path", { d: `M${Math.round(at) + 0.5} ${bottom}v4`, class: "axis" });
    const loud = i === best || i === hovered ? "value loud" : "value";
    return shown[i] ? [mark, label(text, at, bottom + 18, "middle", loud)] : [mark];
  });
  return [...parts, label(xTitle, (left + right) / 2, bottom + 35, "middle", "value")];
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {"start" | "middle" | "end"} anchor
 * @param {string} look
 */
function label(text, x, y, anchor, look) {
  const element = svg("text", { x, y, "text-anchor": anchor, class: look });
  element.textContent = text;
  return element;
}
