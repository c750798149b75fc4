/** A network that writes: the names it writes at this step, and where it has put the letters. */

/** @import { Box, Bundle, Facet, Panel, RunView, Scene, Seen, Span, Told } from "../../types/page.js" */

import { toPixel } from "../../plot/ink.js";
import { mix } from "../../plot/palette.js";
import { spanOf } from "../../plot/ranges.js";
import { arrayOf, frameAt, partOf } from "../../state/arrays.js";
import { valueAt } from "../../state/run-data.js";
import { pictures } from "../../words/pictures.js";
import { number } from "../../words/plot.js";
import { axis, FONT } from "../frame/axes.js";
import { fitted } from "../frame/glyphs.js";
import { bundleOf, frameOf, runOf, SNAPSHOTS } from "../frame/snapshots.js";

const WIDE = 480; // pixels from which names and letters stand beside each other
const NAMES = 0.34; // of the width
const HEAD = 24;
const LARGEST = 17; // pixels of a letter
const ROOMY = 22; // pixels between two lines; where there would be fewer, the names stand in more columns
const LETTER = "15px system-ui, sans-serif";
const VOWEL = "800 16px system-ui, sans-serif";
const VOWELS = new Set("aeiouäöüáéíóúàèìòùâêîôûåæøy");

/**
 * @param {{ width: number, height: number }} scene
 * @returns {{ names: Box, letters: Box }}
 */
function partsOf({ width, height }) {
  const inner = { x: 8, y: 4, width: width - 16, height: height - 12 };
  if (width < WIDE) {
    const top = Math.min(inner.height * 0.5, 190);
    return {
      names: { ...inner, height: top },
      letters: { ...inner, y: inner.y + top + 8, height: inner.height - top - 8 },
    };
  }
  const side = inner.width * NAMES;
  return {
    names: { ...inner, width: side },
    letters: { ...inner, x: inner.x + side + 16, width: inner.width - side - 16 },
  };
}

/** @type {WeakMap<Bundle["arrays"][string], Span[]>} */
const spans = new WeakMap();

/**
 * What the letters span over all snapshots, so that the axes do not move.
 * @param {Bundle} bundle
 */
function spansOf(bundle) {
  const embedding = arrayOf(bundle, "embedding");
  const old = spans.get(embedding);
  if (old) return old;
  const made = [0, 1].map((i) => {
    const [low, high] = spanOf(embedding.data.filter((_, j) => j % 2 === i));
    const room = 0.04 * (high - low);
    return /** @type {Span} */ ([low - room, high + room]);
  });
  spans.set(embedding, made);
  return made;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function markers(pen, scene) {
  const bundle = bundleOf(scene, "samples");
  if (!bundle) return;
  const frame = frameOf(scene, bundle);
  const { names, letters } = partsOf(scene);
  drawNames(pen, scene, bundle.names?.[frame] ?? [], names);
  drawLetters(pen, scene, bundle, frame, letters);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {string} text
 * @param {Box} box
 */
function drawTitle(pen, { ink }, text, { x, y, width }) {
  pen.font = FONT;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = ink.muted;
  pen.fillText(fitted(pen, text, width), x, y + 9);
}

/**
 * How names stand in a box: in few columns, with letters that are as large as their lines allow.
 *
 * @param {number} count
 * @param {number} width
 * @param {number} height
 */
export function gridOf(count, width, height) {
  const rowsOf = (/** @type {number} */ columns) => Math.ceil(count / columns);
  const columns = [1, 2].find((few) => height / rowsOf(few) >= ROOMY) ?? 3;
  const down = Math.min(44, height / rowsOf(columns));
  return { rows: rowsOf(columns), across: width / columns, down, size: Math.min(LARGEST, Math.floor(0.85 * down)) };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly string[]} names
 * @param {Box} box
 */
function drawNames(pen, scene, names, box) {
  drawTitle(pen, scene, pictures.written, box);
  const { rows, across, down, size } = gridOf(names.length, box.width, box.height - HEAD);
  pen.font = `500 ${size}px system-ui, sans-serif`;
  pen.fillStyle = scene.ink.text;
  names.forEach((name, i) => {
    const [x, y] = [box.x + Math.floor(i / rows) * across, box.y + HEAD + ((i % rows) + 0.5) * down];
    const shown = name.slice(0, 1).toUpperCase() + name.slice(1);
    pen.fillText(fitted(pen, shown || pictures.none_, across - 8), x, y);
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} frame
 * @param {Box} box
 */
function drawLetters(pen, scene, bundle, frame, box) {
  drawTitle(pen, scene, `${pictures.letters} (${pictures.vowels})`, box);
  const { ink } = scene;
  const inner = { x: box.x, y: box.y + HEAD, width: box.width, height: box.height - HEAD };
  const [x = [0, 1], y = [0, 1]] = spansOf(bundle);
  /** @type {Facet} */
  const facet = { box: inner, x: axis(x), y: axis(y), run: null };
  pen.fillStyle = mix(ink.card, ink.grid, 0.45);
  pen.fillRect(inner.x, inner.y, inner.width, inner.height);
  const places = partOf(bundle, "embedding", frame);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  [...(bundle.symbols ?? [])].forEach((symbol, i) => {
    const vowel = VOWELS.has(symbol);
    const [px, py] = toPixel(facet, places[2 * i] ?? NaN, places[2 * i + 1] ?? NaN);
    if (!Number.isFinite(px + py)) return;
    pen.font = vowel ? VOWEL : LETTER;
    pen.fillStyle = vowel ? ink.accent : ink.text;
    pen.fillText(symbol === "." ? "·" : symbol, px, py);
  });
}

/** @param {Told} told */
function caption(told) {
  const bundle = bundleOf(told, "samples");
  const run = runOf(told);
  if (!bundle || !run) return "";
  const step = bundle.steps[frameOf(told, bundle)] ?? 0;
  const loss = valueAt(run, "train_loss", told.clock.step);
  return `${pictures.seenAt(run.label, step)}; ${pictures.lossIs(loss)}. ${bundle.axes_note ?? ""}.`.replace("..", ".");
}

/**
 * @param {readonly RunView[]} _runs
 * @param {number} step
 * @param {readonly string[]} _variables
 * @param {Seen} [seen]
 */
function table(_runs, step, _variables, seen) {
  const bundle = seen && bundleOf(seen, "samples");
  const names = bundle?.names?.[frameAt(bundle, step)] ?? [];
  return { columns: ["", pictures.written], rows: names.map((name, i) => [String(i + 1), name || pictures.none_]) };
}

/** @type {Panel} */
export const samples = {
  ...SNAPSHOTS,
  id: "samples",
  title: pictures.samples,
  help: pictures.samplesHelp,
  markers,
  table,
  caption,
};
