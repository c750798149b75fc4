/** Inside the optimizer: the pace and the saturation of the layers, what the rule remembers of them, and one parameter closely. */

/** @import { Box, Bundle, Facet, Marker, Panel, RunView, Scene, Seen, Told, Series } from "../../types/page.js" */

import { mix } from "../../plot/palette.js";
import { logSpan } from "../../plot/ranges.js";
import { arrayOf, frameAt, partOf } from "../../state/arrays.js";
import { pictures } from "../../words/pictures.js";
import { number } from "../../words/plot.js";
import { axis, drawAxes, FONT, line } from "../frame/axes.js";
import { fitted } from "../frame/glyphs.js";
import { seriesOf } from "../frame/line-style.js";
import { drawCursor, drawMarkers } from "../frame/over-steps.js";
import { bundleOf, frameOf, runOf, SNAPSHOTS } from "../frame/snapshots.js";
import { stepAxis } from "../frame/x-axis.js";
import { drawGuide, layerSeries } from "../measured.js";
import { embedsOf, HEALTHY, ratioAxis, saturationAxis } from "../metrics.js";

const WIDE = 560; // pixels from which the parts stand in two columns
const TITLE = 26;
const LEFT = 46;
const RIGHT = 14;
const BOTTOM = 24;
const ROW = 26; // at most, of the table
const BOLD = "600 12px system-ui, sans-serif";
const PARTS = /** @type {const} */ (["m", "v", "step"]);
const DASHES = { m: [], v: [6, 4], step: [2, 3] };

/**
 * Where the four parts are.
 *
 * @param {{ width: number, height: number }} scene
 * @returns {[ratio: Box, saturation: Box, memory: Box, table: Box]}
 */
export function partsOf({ width, height }) {
  const columns = width >= WIDE ? 2 : 1;
  const [across, down] = [width / columns, (height - 4) / (4 / columns)];
  const box = (/** @type {number} */ i) => ({
    x: (i % columns) * across,
    y: Math.floor(i / columns) * down,
    width: across,
    height: down,
  });
  return [box(0), box(1), box(2), box(3)];
}

/**
 * The axes inside a part.
 * @param {Box} part
 * @returns {Box}
 */
function inner({ x, y, width, height }) {
  return {
    x: x + LEFT,
    y: y + TITLE,
    width: Math.max(40, width - LEFT - RIGHT),
    height: Math.max(20, height - TITLE - BOTTOM),
  };
}

/** @param {Scene} scene */
function facets(scene) {
  const [ratio, saturation, memory] = partsOf(scene);
  const x = stepAxis(scene);
  const bundle = bundleOf(scene, "inside");
  return [
    { box: inner(ratio), x, y: ratioAxis(layerSeries(scene, "ratio")), run: null },
    { box: inner(saturation), x, y: saturationAxis(layerSeries(scene, "saturated", { scale: 100 })), run: null },
    { box: inner(memory), x, y: memoryAxis(bundle), run: null },
  ];
}

/** @param {Bundle | null} bundle */
function memoryAxis(bundle) {
  const seen = bundle ? PARTS.flatMap((name) => [...arrayOf(bundle, `p_${name}`).data].map(Math.abs)) : [];
  const positive = seen.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return axis([-4, 0], "", true);
  const high = Math.max(...positive);
  return axis(logSpan(Math.max(Math.min(...positive), high * 1e-8), high), "", true);
}

/** @type {WeakMap<Bundle, Map<string, { columns: RunView["columns"], y: Float64Array }>>} */
const known = new WeakMap();

/**
 * What the rule remembers of the parameter, as columns of its own.
 *
 * @param {Bundle} bundle
 * @param {string} name
 */
function memoryOf(bundle, name) {
  const all = known.get(bundle) ?? new Map();
  known.set(bundle, all);
  const old = all.get(name);
  if (old) return old;
  const made = {
    columns: new Map([["step", Float64Array.from(bundle.steps)]]),
    y: Float64Array.from(arrayOf(bundle, `p_${name}`).data, Math.abs),
  };
  all.set(name, made);
  return made;
}

/**
 * @param {Scene} scene
 * @returns {Series[]}
 */
function series(scene) {
  return [
    ...layerSeries(scene, "ratio", { embeds: embedsOf(scene) }),
    ...layerSeries(scene, "saturated", { scale: 100, facet: 1 }),
    ...memorySeries(scene),
  ];
}

/** @param {Scene} scene */
function memorySeries(scene) {
  const bundle = bundleOf(scene, "inside");
  const run = runOf(scene);
  if (!bundle || !run) return [];
  const { perStep = 1 } = stepAxis(scene);
  return PARTS.flatMap((name, i) => {
    const { columns, y } = memoryOf(bundle, name);
    if (!y.some((/** @type {number} */ value) => value > 0)) return [];
    const x = perStep === 1 ? null : Float64Array.from(bundle.steps, (step) => step * perStep);
    const look = { part: 16 + i, facet: 2, label: pictures[name], dash: DASHES[name], width: 1.75 };
    return [seriesOf(scene, { ...run, n: y.length, columns }, { x, y, monotone: true, ...look })];
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, shown) {
  const parts = partsOf(scene);
  const bundle = bundleOf(scene, "inside");
  const titles = [
    pictures.ratio,
    `${pictures.saturation}, %`,
    pictures.parameterName(bundle?.parameter_name ?? String(scene.views.parameter)),
    pictures.sizes,
  ];
  parts.forEach((part, i) => {
    const facet = shown[i];
    if (facet) drawAxes(pen, facet, scene.ink);
    pen.font = BOLD;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillStyle = scene.ink.text;
    pen.fillText(fitted(pen, titles[i] ?? "", part.width - 24), part.x + (i < 3 ? 14 : LEFT), part.y + 11);
  });
  const [ratio, , memory] = shown;
  if (ratio) drawGuide(pen, scene, ratio, HEALTHY, pictures.guide);
  if (!bundle || !memory || memorySeries(scene).length > 0) return;
  pen.font = FONT;
  pen.fillStyle = scene.ink.muted;
  pen.textAlign = "center";
  const { box } = memory;
  pen.fillText(fitted(pen, pictures.noMemory, box.width - 8), box.x + box.width / 2, box.y + box.height / 2);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, moving, shown) {
  shown.forEach((facet, i) => {
    drawCursor(pen, scene, facet);
    const here = moving.filter(({ series }) => series.facet === i);
    drawMarkers(pen, scene, here, facet, ({ series }) => series.label ?? "");
  });
  const bundle = bundleOf(scene, "inside");
  if (bundle) drawSizes(pen, scene, bundle, frameOf(scene, bundle), partsOf(scene)[3]);
}

/**
 * A row for every layer: how large its weights, m̂, √v̂ and its step are.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} frame
 * @param {Box} part
 */
function drawSizes(pen, { ink }, bundle, frame, part) {
  const layers = bundle.layers ?? [];
  const left = part.x + LEFT;
  const width = part.width - LEFT - RIGHT;
  const names = /** @type {const} */ (["weight", ...PARTS]);
  const row = Math.min(ROW, (part.height - TITLE - BOTTOM) / (layers.length + 1));
  const right = (/** @type {number} */ j) => left + width * (0.28 + (0.72 * (j + 1)) / names.length);
  pen.font = FONT;
  pen.textBaseline = "middle";
  pen.fillStyle = ink.muted;
  pen.textAlign = "right";
  names.forEach((name, j) => {
    pen.fillText(pictures[name], right(j), part.y + TITLE + row / 2);
  });
  pen.lineWidth = 1;
  pen.setLineDash([]);
  layers.forEach((layer, i) => {
    const y = part.y + TITLE + (i + 1.5) * row;
    line(pen, mix(ink.card, ink.grid, 1), left, y - row / 2, left + width, y - row / 2);
    pen.textAlign = "left";
    pen.fillStyle = ink.text;
    pen.fillText(fitted(pen, layerName(bundle, i, layer.name), width * 0.28), left, y);
    pen.textAlign = "right";
    names.forEach((name, j) => {
      const value = partOf(bundle, name, frame)[i] ?? NaN;
      pen.fillStyle = Number.isNaN(value) ? ink.muted : ink.text;
      pen.fillText(Number.isNaN(value) ? pictures.none_ : number(value), right(j), y);
    });
  });
}

/**
 * @param {Bundle} bundle
 * @param {number} i
 * @param {string} name
 */
function layerName({ layers = [] }, i, name) {
  const embeds = layers[0]?.name.startsWith("embedding") ?? false;
  return name.startsWith("embedding") ? pictures.embedding : pictures.layer(embeds ? i : i + 1);
}

/**
 * The parameter's own numbers at the clock's step.
 * @param {Told} told
 */
function caption(told) {
  const bundle = bundleOf(told, "inside");
  const run = runOf(told);
  if (!bundle || !run) return "";
  const frame = frameOf(told, bundle);
  const numbers = /** @type {const} */ (["value", ...PARTS]).flatMap((name) => {
    const value = arrayOf(bundle, `p_${name}`).data[frame] ?? NaN;
    return Number.isNaN(value) ? [] : [`${pictures[name]} ${number(value)}`];
  });
  return `${pictures.seenAt(run.label, bundle.steps[frame] ?? 0)}. ${bundle.parameter_name ?? pictures.parameter}: ${numbers.join(", ")}.`;
}

/**
 * @param {readonly RunView[]} _runs
 * @param {number} step
 * @param {readonly string[]} _variables
 * @param {Seen} [seen]
 */
function table(_runs, step, _variables, seen) {
  const bundle = seen && bundleOf(seen, "inside");
  const names = /** @type {const} */ (["weight", ...PARTS]);
  const columns = [pictures.layerRow, ...names.map((name) => pictures[name])];
  if (!bundle) return { columns, rows: [] };
  const frame = frameAt(bundle, step);
  const rows = (bundle.layers ?? []).map((layer, i) => [
    layerName(bundle, i, layer.name),
    ...names.map((name) => number(partOf(bundle, name, frame)[i] ?? NaN)),
  ]);
  return { columns, rows };
}

/** @type {Panel} */
export const optimizerState = {
  ...SNAPSHOTS,
  id: "inside",
  title: pictures.inside,
  help: pictures.insideHelp,
  acts: ["seek"],
  facets,
  series,
  base,
  markers,
  table,
  caption,
};
