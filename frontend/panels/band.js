/** The hatched band along the upper edge, from where a run has left the picture on. */

/** @import { Box, Facet, Scene } from "../types/page.js" */

import { plot } from "../words/plot.js";
import { FONT } from "./frame/axes.js";
import { drawText } from "./frame/glyphs.js";

export const HATCH = 13; // its height

/**
 * What the hatched band says, at its right end.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 */
export function drawBandWord(pen, { ink }, { box }) {
  pen.font = FONT;
  const x = box.x + box.width - pen.measureText(plot.diverged).width - 2;
  pen.fillStyle = ink.card;
  pen.fillRect(x - 4, box.y, box.x + box.width - x + 4, HATCH);
  drawText(pen, plot.diverged, x, box.y + HATCH / 2, ink.bad, ink.card);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {string} color
 */
export function hatch(pen, box, color) {
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.width, box.height);
  pen.clip();
  pen.beginPath();
  for (let x = box.x - box.height; x < box.x + box.width; x += 6) {
    pen.moveTo(x, box.y + box.height);
    pen.lineTo(x + box.height, box.y);
  }
  pen.setLineDash([]);
  pen.lineWidth = 1.5;
  pen.strokeStyle = color;
  pen.stroke();
  pen.restore();
}
