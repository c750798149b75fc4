/** What was predicted, in grey, behind what happens: a step, or a curve. */

/** @import { Crowd, Facet, Scene } from "../types/page.js" */

import { toPixel } from "../plot/ink.js";
import { valueAt } from "../state/run-data.js";
import { lessons as words } from "../words/learning/lessons.js";
import { FONT } from "./frame/axes.js";
import { drawText } from "./frame/glyphs.js";
import { factorOf } from "./frame/x-axis.js";

const DASH = [2, 5];
const WIDTH = 3;
const ROW = 16;
const BAND = 0.18; // how much of its colour a band has

/**
 * Draw what the reader predicted, and what a class did.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {number} shift Subtracted from a loss before a logarithmic axis is applied.
 */
export function drawGhost(pen, scene, facet, shift) {
  const { ghost, crowd } = scene.view;
  if (crowd) draw(pen, scene, facet, shift, { ...crowd, name: words.sketch.crowd, row: 1 });
  if (ghost) draw(pen, scene, facet, shift, { ...ghost, name: words.sketch.prediction, row: 0 });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {number} shift
 * @param {Crowd & { name: string, row: number }} ghost `row`: the line in which its name stands, where it is told.
 */
function draw(pen, scene, facet, shift, ghost) {
  const { ink, runs } = scene;
  const { name, row } = ghost;
  const run = "run" in ghost ? runs.find(({ index }) => index === ghost.run) : runs[0];
  if (!run || run.n === 0) return;
  const unit = factorOf(scene, run);
  const { box } = facet;
  const first = valueAt(run, "loss", 0);
  const at = (/** @type {number} */ step, /** @type {number} */ multiple) =>
    toPixel(facet, unit * step, multiple * first, shift);
  const points =
    "step" in ghost
      ? [box.y, box.y + box.height].map((y) => /** @type {const} */ ([toPixel(facet, unit * ghost.step, 1)[0], y]))
      : ghost.line.map(([step, multiple]) => at(step, multiple));
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.width, box.height);
  pen.clip();
  if (ghost.band) {
    const { band } = ghost;
    const around = [...band.map(([x, low]) => at(x, low)), ...band.toReversed().map(([x, , high]) => at(x, high))];
    pen.beginPath();
    for (const [x, y] of around) pen.lineTo(x, y);
    pen.closePath();
    pen.globalAlpha = BAND;
    pen.fillStyle = ink.accent;
    pen.fill();
    pen.globalAlpha = 1;
  }
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.strokeStyle = ink.muted;
  pen.lineWidth = WIDTH;
  pen.lineCap = "round";
  pen.setLineDash(DASH);
  pen.stroke();
  pen.restore();
  pen.font = FONT;
  const seen = points.slice(0, -1).findLast(([, y]) => y >= box.y && y <= box.y + box.height);
  const [x, y] = seen ?? points.at(-2) ?? [box.x, box.y];
  const left = Math.max(box.x + 4, Math.min(x + 6, box.x + box.width - pen.measureText(name).width));
  const bottom = box.y + box.height - 10;
  const above = "step" in ghost ? bottom - ROW * row : Math.min(bottom, Math.max(box.y + 12, y - 12) + ROW * row);
  drawText(pen, name, left, above, ink.muted, ink.card);
}
