/** What was predicted, in grey, behind what happens: a step, or a curve. */

/** @import { Facet, Scene } from "../types/page.js" */

import { toPixel } from "../plot/ink.js";
import { valueAt } from "../state/run-data.js";
import { lessons as words } from "../words/learning/lessons.js";
import { FONT } from "./frame/axes.js";
import { drawText } from "./frame/glyphs.js";
import { factorOf } from "./frame/x-axis.js";

const DASH = [2, 5];
const WIDTH = 3;

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {number} shift Subtracted from a loss before a logarithmic axis is applied.
 */
export function drawGhost(pen, scene, facet, shift) {
  const { view, ink, runs } = scene;
  const { ghost } = view;
  const run = ghost && "run" in ghost ? runs.find(({ index }) => index === ghost.run) : runs[0];
  if (!ghost || !run || run.n === 0) return;
  const unit = factorOf(scene, run);
  const { box } = facet;
  const points =
    "step" in ghost
      ? [box.y, box.y + box.height].map((y) => /** @type {const} */ ([toPixel(facet, unit * ghost.step, 1)[0], y]))
      : ghost.line.map(([step, multiple]) => toPixel(facet, unit * step, multiple * valueAt(run, "loss", 0), shift));
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.width, box.height);
  pen.clip();
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
  const left = Math.max(box.x + 4, Math.min(x + 6, box.x + box.width - pen.measureText(words.sketch.prediction).width));
  drawText(
    pen,
    words.sketch.prediction,
    left,
    Math.min(box.y + box.height - 10, Math.max(box.y + 12, y - 12)),
    ink.muted,
    ink.card,
  );
}
