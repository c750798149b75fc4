/** A number for every example: what the network predicts against what it is, and by how much it misses. */

/** @import { Box, Bundle, Facet, Panel, RunView, Scene, Seen, Told } from "../../types/page.js" */

import { toPixel } from "../../plot/ink.js";
import { arrayOf, frameAt, partOf } from "../../state/arrays.js";
import { pictures } from "../../words/pictures.js";
import { count, number } from "../../words/plot.js";
import { axis, drawAxes, FONT, gutter } from "../frame/axes.js";
import { drawSymbol } from "../frame/glyphs.js";
import { lineStyle } from "../frame/line-style.js";
import { sampled } from "../frame/rows.js";
import { bundleOf, domainOf, frameOf, runOf, SNAPSHOTS } from "../frame/snapshots.js";

const WIDE = 540; // pixels from which the two pictures stand beside each other
const [TOP, RIGHT, BOTTOM] = [24, 12, 28]; // pixels around each
const SPREAD = 4; // times the last root mean square that residuals are drawn up to
const MOST_HALVINGS = 20;
const FEW = 60; // examples whose signs are large
const ROWS = 12; // examples of each part in the table
const PARTS = /** @type {const} */ (["check_", ""]);

/**
 * Predicted against actual, and the residuals: side by side, or below each other where it is narrow.
 *
 * @param {Scene} scene
 * @returns {Facet[]}
 */
function facets(scene) {
  const bundle = bundleOf(scene, "actual");
  if (!bundle) return [];
  const [across] = domainOf(bundle);
  const half = residualSpan(bundle, (across[1] - across[0]) / 2);
  const x = axis(across, pictures.actualNumber);
  const ys = [axis(across), axis([-half, half])];
  const wide = scene.width >= WIDE;
  const [width, height] = wide ? [scene.width / 2, scene.height] : [scene.width, scene.height / 2];
  return ys.map((y, i) => {
    const left = gutter(y, height);
    /** @type {Box} */
    const box = {
      x: left + (wide ? i * width : 0),
      y: TOP + (wide ? 0 : i * height),
      width: Math.max(40, width - left - RIGHT),
      height: Math.max(40, height - TOP - BOTTOM),
    };
    return { box, x, y, run: null };
  });
}

/**
 * How far the residuals' axis goes: some times as far as the last ones, in halves of what the numbers span, so that it
 * seldom changes while the network learns.
 *
 * @param {Bundle} bundle
 * @param {number} most
 */
function residualSpan(bundle, most) {
  const last = partOf(bundle, "rms", bundle.steps.length - 1).filter(Number.isFinite);
  const wanted = SPREAD * Math.max(0, ...last);
  const halvings = wanted > 0 ? Math.floor(Math.log2(most / wanted)) : 0;
  return most / 2 ** Math.max(0, Math.min(MOST_HALVINGS, halvings));
}

/**
 * Axes, and the line on which every prediction would lie that is right.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, shown) {
  shown.forEach((facet, i) => {
    drawAxes(pen, facet, scene.ink);
    const { box, x, y } = facet;
    pen.font = FONT;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillStyle = scene.ink.muted;
    pen.fillText(i === 0 ? pictures.predictedNumber : pictures.residual, box.x, box.y - 12);
    pen.setLineDash([6, 4]);
    pen.lineWidth = 1.5;
    pen.strokeStyle = scene.ink.axis;
    pen.beginPath();
    pen.moveTo(...toPixel(facet, x.range[0], i === 0 ? y.range[0] : 0));
    pen.lineTo(...toPixel(facet, x.range[1], i === 0 ? y.range[1] : 0));
    pen.stroke();
    pen.setLineDash([]);
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {unknown} _moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, _moving, shown) {
  const bundle = bundleOf(scene, "actual");
  const run = runOf(scene);
  if (!bundle || !run) return;
  const frame = frameOf(scene, bundle);
  const { color } = lineStyle(scene, run);
  shown.forEach((facet, i) => {
    pen.save();
    pen.beginPath();
    pen.rect(facet.box.x, facet.box.y, facet.box.width, facet.box.height);
    pen.clip();
    for (const part of PARTS) drawPart(pen, scene, bundle, part, frame, facet, i === 1, color);
    pen.restore();
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {typeof PARTS[number]} part
 * @param {number} frame
 * @param {Facet} facet
 * @param {boolean} residual
 * @param {string} color
 */
function drawPart(pen, { ink }, bundle, part, frame, facet, residual, color) {
  const actual = arrayOf(bundle, `${part}actual`).data;
  const predicted = partOf(bundle, `${part}predicted`, frame);
  const { box } = facet;
  const size = actual.length <= FEW ? 4.5 : 3;
  for (let i = 0; i < actual.length; i++) {
    const [is, said] = [actual[i] ?? NaN, predicted[i] ?? NaN];
    const [x, y] = toPixel(facet, is, residual ? said - is : said);
    if (!Number.isFinite(y)) continue;
    const at = Math.max(box.y, Math.min(box.y + box.height, y)); // What leaves the picture is half a sign on its edge.
    drawSymbol(pen, "circle", x, at, size, color, ink.card);
    if (part !== "") drawSymbol(pen, "circle", x, at, size - 1.7, ink.card);
  }
}

/** @param {Told} told */
function caption(told) {
  const bundle = bundleOf(told, "actual");
  const run = runOf(told);
  if (!bundle || !run) return "";
  const frame = frameOf(told, bundle);
  const [train = NaN, check = NaN] = partOf(bundle, "rms", frame);
  const checked = Number.isFinite(bundle.rms_of_mean?.[1]);
  const mean = bundle.rms_of_mean?.[checked ? 1 : 0] ?? NaN;
  return `${pictures.seenAt(run.label, bundle.steps[frame] ?? 0)}; ${pictures.missed(train, checked ? check : null, mean)}`;
}

/**
 * Some examples, with what is predicted of them.
 *
 * @param {readonly RunView[]} _runs
 * @param {number} step
 * @param {readonly string[]} _variables
 * @param {Seen} [seen]
 */
function table(_runs, step, _variables, seen) {
  const bundle = seen && bundleOf(seen, "actual");
  const rows = bundle ? [...PARTS].reverse().flatMap((part) => rowsOf(bundle, part, frameAt(bundle, step))) : [];
  const { example, data, actualNumber, predictedNumber, residual } = pictures;
  return { columns: [example, data, actualNumber, predictedNumber, residual], rows };
}

/**
 * @param {Bundle} bundle
 * @param {typeof PARTS[number]} part
 * @param {number} frame
 */
function rowsOf(bundle, part, frame) {
  const actual = arrayOf(bundle, `${part}actual`).data;
  const predicted = partOf(bundle, `${part}predicted`, frame);
  return (actual.length > 0 ? sampled(actual.length - 1, ROWS) : []).map((i) => {
    const [is, said] = [actual[i] ?? NaN, predicted[i] ?? NaN];
    return [
      count(i + 1),
      part === "" ? pictures.train : pictures.check,
      ...[is, said, said - is].map((value) => number(value)),
    ];
  });
}

/** @type {Panel} */
export const actual = {
  ...SNAPSHOTS,
  id: "actual",
  title: pictures.actual,
  help: pictures.actualHelp,
  facets,
  base,
  markers,
  table,
  caption,
};
