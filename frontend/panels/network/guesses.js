/** Classes of many features: every validation example with its guess, the confusion matrix, and the surest mistakes. */

/** @import { Box, Bundle, Panel, RunView, Scene, Seen, Told } from "../../types/page.js" */

import { mix } from "../../plot/palette.js";
import { arrayOf, frameAt, partOf } from "../../state/arrays.js";
import { pictures } from "../../words/pictures.js";
import { count } from "../../words/plot.js";
import { FONT } from "../frame/axes.js";
import { fitted } from "../frame/glyphs.js";
import { bundleOf, frameOf, runOf, SNAPSHOTS } from "../frame/snapshots.js";
import { drawConfusion, rightIn } from "./confusion.js";
import { drawImage8 } from "./digit.js";

const GAP = 24;
const WIDE = 540; // pixels from which images and matrix stand beside each other
const SIDE = 320; // pixels of the matrix's column at most
const LABEL = 17; // height of a guess below its image
const BAR = 3;
const SMALLEST = 18; // pixels of an image; where there is no room for all of them, the first ones are shown
const ROW = 44; // height of one of the surest mistakes
const STRONG = "700 12px system-ui, sans-serif";

/**
 * Where the parts are: the images, the matrix, and the surest mistakes below it where there is room.
 *
 * @param {{ width: number, height: number }} scene
 * @param {Bundle} bundle
 */
export function partsOf({ width, height }, bundle) {
  const inner = { x: 4, y: 4, width: width - 8, height: height - 8 };
  const images = (arrayOf(bundle, "images").shape[0] ?? 0) > 0;
  if (!images) return { images: null, matrix: inner, worst: null };
  if (width < WIDE) {
    const top = Math.max(inner.height - inner.width - 24, inner.height * 0.5);
    return {
      images: { ...inner, height: top - 8 },
      matrix: { ...inner, y: inner.y + top, height: inner.height - top },
      worst: null,
    };
  }
  const side = Math.min(SIDE, inner.width * 0.46);
  const column = {
    x: inner.x + inner.width - side,
    y: inner.y,
    width: side,
    height: Math.min(inner.height, side + 20),
  };
  const below = inner.height - column.height - 12;
  return {
    images: { ...inner, width: inner.width - side - GAP },
    matrix: column,
    worst: below > ROW + 24 ? { ...column, y: column.y + column.height + 12, height: below } : null,
  };
}

/**
 * Rows and columns of the images, as large as they may be, and how many there is room for.
 *
 * @param {Box} box
 * @param {number} n
 */
export function gridOf(box, n) {
  let best = { columns: 1, size: 0 };
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns);
    const size = Math.min(box.width / columns - 6, box.height / rows - LABEL - BAR - 4);
    if (size > best.size) best = { columns, size };
  }
  if (best.size < SMALLEST) {
    const columns = Math.max(1, Math.floor(box.width / (SMALLEST + 6)));
    const rows = Math.max(1, Math.floor(box.height / (SMALLEST + LABEL + BAR + 4)));
    const shown = Math.min(n, columns * rows);
    return { columns, shown, size: SMALLEST, across: box.width / columns, down: box.height / rows };
  }
  const rows = Math.ceil(n / best.columns);
  const size = Math.floor(Math.min(best.size, 48));
  return { columns: best.columns, shown: n, size, across: box.width / best.columns, down: box.height / rows };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function markers(pen, scene) {
  const bundle = bundleOf(scene, "guesses");
  if (!bundle) return;
  const frame = frameOf(scene, bundle);
  const parts = partsOf(scene, bundle);
  if (parts.images) drawGuesses(pen, scene, bundle, frame, parts.images);
  drawConfusion(pen, scene, bundle, frame, parts.matrix);
  if (parts.worst) drawWorst(pen, scene, bundle, frame, parts.worst);
}

/**
 * Every image with its guess below; a mistake has a frame, a sign, and its guess in bold.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} frame
 * @param {Box} box
 */
function drawGuesses(pen, scene, bundle, frame, box) {
  const { ink } = scene;
  const labels = arrayOf(bundle, "labels").data;
  const [guess, sure] = [partOf(bundle, "guess", frame), partOf(bundle, "sure", frame)];
  const { columns, shown, size, across, down } = gridOf(box, labels.length);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.setLineDash([]);
  pen.lineWidth = 1.5;
  pen.font = FONT;
  for (let i = 0; i < shown; i++) {
    const x = Math.round(box.x + (i % columns) * across + (across - size) / 2);
    const y = Math.round(box.y + Math.floor(i / columns) * down);
    const wrong = guess[i] !== labels[i];
    drawImage8(pen, scene, bundle, i, x, y, size);
    pen.fillStyle = ink.grid;
    pen.fillRect(x, y + size + 2, size, BAR);
    pen.fillStyle = wrong ? ink.bad : ink.slow;
    pen.fillRect(x, y + size + 2, (size * (sure[i] ?? 0)) / 255, BAR);
    const name = bundle.classes?.[guess[i] ?? 0] ?? "";
    if (wrong) {
      pen.strokeStyle = ink.bad;
      pen.strokeRect(x - 0.75, y - 0.75, size + 1.5, size + 1.5);
      pen.font = STRONG;
    }
    pen.fillStyle = wrong ? ink.bad : ink.muted;
    pen.fillText(wrong ? `✗${name}` : name, x + size / 2, y + size + BAR + 2 + LABEL / 2);
    if (wrong) pen.font = FONT;
  }
}

/**
 * The mistakes in the order of how sure it was, surest first.
 *
 * @param {Bundle} bundle
 * @param {number} frame
 */
export function mistakes(bundle, frame) {
  const labels = arrayOf(bundle, "labels").data;
  const [guess, sure] = [partOf(bundle, "guess", frame), partOf(bundle, "sure", frame)];
  const wrong = [];
  for (let i = 0; i < labels.length; i++) if (guess[i] !== labels[i]) wrong.push(i);
  return wrong.sort((a, b) => (sure[b] ?? 0) - (sure[a] ?? 0));
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} frame
 * @param {Box} box
 */
function drawWorst(pen, scene, bundle, frame, box) {
  const { ink } = scene;
  const worst = mistakes(bundle, frame).slice(0, Math.floor((box.height - 22) / ROW));
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = ink.muted;
  pen.font = FONT;
  pen.fillText(worst.length > 0 ? pictures.surest : pictures.none, box.x, box.y + 9);
  const labels = arrayOf(bundle, "labels").data;
  const [guess, sure] = [partOf(bundle, "guess", frame), partOf(bundle, "sure", frame)];
  worst.forEach((i, row) => {
    const y = Math.round(box.y + 22 + row * ROW);
    drawImage8(pen, scene, bundle, i, box.x, y, ROW - 8);
    const [is = "", taken = ""] = [labels[i], guess[i]].map((one) => bundle.classes?.[one ?? 0] ?? "");
    pen.fillStyle = ink.text;
    pen.fillText(fitted(pen, pictures.taken(is, taken), box.width - 96), box.x + ROW + 4, y + ROW / 2 - 4);
    pen.textAlign = "right";
    pen.fillStyle = ink.muted;
    pen.fillText(pictures.percent((sure[i] ?? 0) / 255), box.x + box.width, y + ROW / 2 - 4);
    pen.textAlign = "left";
    pen.fillStyle = mix(ink.card, ink.axis, 0.5);
  });
}

/** @param {Told} told */
function caption(told) {
  const bundle = bundleOf(told, "guesses");
  const run = runOf(told);
  if (!bundle || !run) return "";
  const frame = frameOf(told, bundle);
  const { right, all } = rightIn(bundle, frame);
  return `${run.label}, step ${count(bundle.steps[frame] ?? 0)}; ${pictures.of(right, all)}.`;
}

/**
 * The confusion matrix: a row for every class.
 *
 * @param {readonly RunView[]} _runs
 * @param {number} step
 * @param {readonly string[]} _variables
 * @param {Seen} [seen]
 */
function table(_runs, step, _variables, seen) {
  const bundle = seen && bundleOf(seen, "guesses");
  const classes = bundle?.classes ?? [];
  const cells = bundle ? partOf(bundle, "confusion", frameAt(bundle, step)) : [];
  const rows = classes.map((name, i) => [name, ...classes.map((_, j) => count(cells[i * classes.length + j] ?? 0))]);
  return { columns: [pictures.confusionShort, ...classes], rows };
}

/** @type {Panel} */
export const guesses = {
  ...SNAPSHOTS,
  id: "guesses",
  title: pictures.guesses,
  help: pictures.guessesHelp,
  markers,
  table,
  caption,
};
