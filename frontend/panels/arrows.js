/** The update at the clock's step as arrows on the map: the gradient's part, what was remembered, and their sum. */

/** @import { Extended, Facet, Scene } from "../types/page.js" */

import { toPixel } from "../plot/ink.js";
import { plot } from "../words/plot.js";
import { toNumber } from "../words/workbench.js";
import { FONT, line } from "./frame/axes.js";
import { drawArrow, drawText } from "./frame/glyphs.js";
import { lineStyle } from "./frame/line-style.js";
import { clipped } from "./frame/strokes.js";

const SHORTEST = 44; // pixels: smaller updates are drawn larger, and it is said how much
const HEAD = 9;
const LONGEST = 1e4;

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 */
export function drawUpdate(pen, scene, facet) {
  const { update, view, runs, clock } = scene;
  const run = runs[view.selected];
  if (!update || !run || update.point.length !== 2 || update.step !== Math.floor(clock.step + 1e-9)) return;
  const [x, y] = update.point.map(Number);
  const from = toPixel(facet, x ?? NaN, y ?? NaN);
  const { parts } = update;
  const pixels = (/** @type {readonly Extended[]} */ vector) => {
    const [dx = NaN, dy = NaN] = vector.map(toNumber);
    const [px, py] = toPixel(facet, (x ?? NaN) + dx, (y ?? NaN) + dy);
    return /** @type {[number, number]} */ ([px - from[0], py - from[1]]);
  };
  const arrows = [parts.gradient, parts.momentum, parts.step].map((part) => part && pixels(part));
  const longest = Math.max(...arrows.flatMap((arrow) => (arrow ? [Math.hypot(...arrow)] : [])));
  if (!(longest > 0) || longest > LONGEST) return;
  const scale = longest < SHORTEST ? SHORTEST / longest : 1;
  const colors = [scene.ink.accent, scene.ink.warn, lineStyle(scene, run).color];
  clipped(pen, facet, () => {
    arrows.forEach((arrow, i) => {
      if (arrow) one(pen, from, arrow, scale, colors[i] ?? "", i < 2, scene.ink.card);
    });
    if (scale > 1.5) {
      pen.font = FONT;
      drawText(pen, plot.enlarged(scale), from[0] + 12, from[1] + 18, scene.ink.text, scene.ink.card);
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {[number, number]} from
 * @param {[number, number]} arrow
 * @param {number} scale
 * @param {string} color
 * @param {boolean} part Not the whole step: dashed.
 * @param {string} halo
 */
function one(pen, [x, y], [dx, dy], scale, color, part, halo) {
  const [tx, ty] = [x + dx * scale, y + dy * scale];
  const angle = Math.atan2(dy, dx);
  const [ex, ey] = [tx - 0.7 * HEAD * Math.cos(angle), ty - 0.7 * HEAD * Math.sin(angle)];
  pen.lineCap = "butt";
  pen.setLineDash([]);
  pen.lineWidth = 5;
  line(pen, halo, x, y, ex, ey);
  pen.setLineDash(part ? [5, 3] : []);
  pen.lineWidth = 2.25;
  line(pen, color, x, y, ex, ey);
  pen.setLineDash([]);
  drawArrow(pen, tx, ty, angle, HEAD, color, halo);
}
