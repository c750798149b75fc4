/** Cross-entropy, example by example: the probability of the right answer, its surprise, and their mean: the loss. */

/** @import { Box, Bundle, Panel, RunView, Scene, Seen, Told } from "../../types/page.js" */

import { mix } from "../../plot/palette.js";
import { arrayOf, frameAt, partOf } from "../../state/arrays.js";
import { pictures } from "../../words/pictures.js";
import { number } from "../../words/plot.js";
import { crisp, FONT, line } from "../frame/axes.js";
import { drawText, fitted } from "../frame/glyphs.js";
import { bundleOf, frameOf, runOf, SNAPSHOTS } from "../frame/snapshots.js";
import { drawImage8 } from "./digit.js";

const CODE = "13px ui-monospace, monospace";
const HEAD = 62; // the line of code, the names of the columns
const FOOT = 24;
const TALLEST = 34;
const ROOM = 1.35; // the axis ends so many times beyond guessing, ...
const FURTHER = [1, 2, 4, 8, 16, 64, 256, 1024]; // ... or at the first of these multiples that all bars are within

/**
 * Where the axis ends: the same over all snapshots, so that bars only move when surprises do.
 *
 * @param {Bundle} bundle
 */
function longest(bundle) {
  const guess = (bundle.guess ?? 1) * ROOM;
  const means = arrayOf(bundle, "mean").data;
  let most = guess;
  for (const mean of means) if (Number.isFinite(mean)) most = Math.max(most, 1.5 * mean);
  return guess * (FURTHER.find((times) => guess * times >= most) ?? 1024);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function markers(pen, scene) {
  const bundle = bundleOf(scene, "surprise");
  if (!bundle) return;
  const frame = frameOf(scene, bundle);
  const { width, height } = scene;
  const n = arrayOf(bundle, "p").shape[1] ?? 0;
  const row = Math.min(TALLEST, (height - HEAD - FOOT) / Math.max(1, n));
  const names = Math.min(200, width * 0.3);
  const bars = { x: names + 74, y: HEAD, width: width - names - 74 - 56, height: row * n };
  drawMarker(pen, scene, bundle, frame, names, bars);
  for (let i = 0; i < n; i++) drawRow(pen, scene, bundle, frame, i, HEAD + i * row, row, names, bars);
  drawLines(pen, scene, bundle, frame, bars);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} frame
 * @param {number} names
 * @param {Box} bars
 */
function drawMarker(pen, { ink, width }, bundle, frame, names, bars) {
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.font = CODE;
  pen.fillStyle = ink.text;
  const mean = `= ${number(arrayOf(bundle, "mean").data[frame] ?? NaN)}`;
  const roomy = pen.measureText(`loss = ${pictures.code} ${mean}`).width < width - 16;
  pen.fillText(`${roomy ? "loss = " : ""}${pictures.code} ${mean}`, 8, 14, width - 16);
  pen.font = FONT;
  pen.fillStyle = ink.muted;
  pen.fillText(pictures.example, 8, HEAD - 12);
  pen.textAlign = "right";
  pen.fillText(pictures.probability, names + 60, HEAD - 12);
  pen.textAlign = "left";
  pen.fillText(pictures.nats, bars.x, HEAD - 12);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} frame
 * @param {number} i
 * @param {number} y
 * @param {number} height
 * @param {number} names
 * @param {Box} bars
 */
function drawRow(pen, scene, bundle, frame, i, y, height, names, bars) {
  const { ink } = scene;
  const p = partOf(bundle, "p", frame)[i] ?? NaN;
  const nats = partOf(bundle, "surprise", frame)[i] ?? -Math.log(p);
  const middle = y + height / 2;
  const { text = "", target = "" } = bundle.examples?.[i] ?? {};
  let left = 8;
  if (bundle.image && height > 14) {
    const size = Math.floor(height - 4);
    drawImage8(pen, scene, bundle, i, left, Math.round(y + 2), size);
    left += size + 8;
  }
  pen.font = FONT;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = ink.text;
  const answer = ` → ${target}`;
  const room = names - left - pen.measureText(answer).width;
  pen.fillText(bundle.image ? `→ ${target}` : fitted(pen, text, room) + answer, left, middle);
  pen.textAlign = "right";
  pen.fillStyle = ink.muted;
  pen.fillText(number(p), names + 60, middle);
  const scale = bars.width / longest(bundle);
  const length = Number.isNaN(nats) ? 0 : Math.min(bars.width, nats * scale);
  const more = nats > (bundle.guess ?? Infinity);
  pen.fillStyle = mix(ink.card, more ? ink.bad : ink.accent, 0.55);
  pen.fillRect(bars.x, y + 0.18 * height, Math.max(1, length), 0.64 * height);
  drawText(
    pen,
    `${number(nats)}${nats * scale > bars.width ? " ▸" : ""}`,
    bars.x + length + 6,
    middle,
    ink.text,
    ink.card,
  );
}

/**
 * The mean of the bars and what guessing costs, each with its name.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} frame
 * @param {Box} bars
 */
function drawLines(pen, { ink, width }, bundle, frame, bars) {
  const scale = bars.width / longest(bundle);
  const mean = arrayOf(bundle, "mean").data[frame] ?? NaN;
  const { guess = NaN, classes = [] } = bundle;
  const bottom = bars.y + bars.height + 4;
  pen.lineWidth = 1.5;
  const at = (/** @type {number} */ nats) => crisp(bars.x + Math.min(bars.width, nats * scale));
  pen.setLineDash([5, 4]);
  line(pen, ink.muted, at(guess), bars.y - 2, at(guess), bottom);
  pen.setLineDash([]);
  if (Number.isFinite(mean)) line(pen, ink.text, at(mean), bars.y - 2, at(mean), bottom);
  const words = pictures.guessing(classes.length, guess);
  pen.font = FONT;
  const half = pen.measureText(words).width / 2;
  const middle = Math.max(half + 8, Math.min(width - half - 8, at(guess)));
  const apart = Math.abs(at(mean) - middle) > half + 28;
  drawText(pen, words, middle, bottom + 10, ink.muted, ink.card, { align: "center" });
  if (apart) drawText(pen, pictures.mean, at(mean), bottom + 10, ink.text, ink.card, { align: "center" });
}

/** @param {Told} told */
function caption(told) {
  const bundle = bundleOf(told, "surprise");
  const run = runOf(told);
  if (!bundle || !run) return "";
  const frame = frameOf(told, bundle);
  const n = arrayOf(bundle, "p").shape[1] ?? 0;
  const mean = pictures.surpriseMean(arrayOf(bundle, "mean").data[frame] ?? NaN, n);
  const { sample = 0, of = 0 } = bundle;
  const whole = pictures.whole(arrayOf(bundle, "train_loss").data[frame] ?? NaN, sample, sample === of);
  return `${pictures.seenAt(run.label, bundle.steps[frame] ?? 0)}. ${pictures.meanIsLoss(mean, whole)}`;
}

/**
 * @param {readonly RunView[]} _runs
 * @param {number} step
 * @param {readonly string[]} _variables
 * @param {Seen} [seen]
 */
function table(_runs, step, _variables, seen) {
  const bundle = seen && bundleOf(seen, "surprise");
  const columns = [pictures.example, pictures.probability, pictures.nats];
  if (!bundle) return { columns, rows: [] };
  const frame = frameAt(bundle, step);
  const [p, nats] = [partOf(bundle, "p", frame), partOf(bundle, "surprise", frame)];
  const rows = (bundle.examples ?? []).map(({ text, target }, i) => [
    pictures.arrow(text, target),
    number(p[i] ?? NaN),
    number(nats[i] ?? NaN),
  ]);
  return { columns, rows };
}

/** @type {Panel} */
export const surprise = {
  ...SNAPSHOTS,
  id: "surprise",
  title: pictures.surprise,
  help: pictures.surpriseHelp,
  markers,
  table,
  caption,
};
