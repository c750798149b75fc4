/** The confusion matrix: right answers in rows, guesses in columns, a number in every cell. */

/** @import { Box, Bundle, Scene } from "../../types/page.js" */

import { mix } from "../../plot/palette.js";
import { partOf } from "../../state/arrays.js";
import { pictures } from "../../words/pictures.js";
import { count } from "../../words/plot.js";
import { FONT } from "../frame/axes.js";
import { fitted } from "../frame/glyphs.js";

const HEAD = 38; // the title, and the names of the columns
const LEFT = 26;
const LARGEST = 56;
const TINT = 0.42; // of a cell that all examples of its row are in
const BOLD = "700 12px system-ui, sans-serif";

/**
 * How many of the examples it gets right.
 *
 * @param {Bundle} bundle
 * @param {number} frame
 */
export function rightIn(bundle, frame) {
  const cells = partOf(bundle, "confusion", frame);
  const n = bundle.classes?.length ?? 0;
  let [right, all] = [0, 0];
  for (let i = 0; i < cells.length; i++) {
    all += cells[i] ?? 0;
    if (Math.floor(i / n) === i % n) right += cells[i] ?? 0;
  }
  return { right, all };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} frame
 * @param {Box} box
 */
export function drawConfusion(pen, { ink }, bundle, frame, box) {
  const classes = bundle.classes ?? [];
  const n = classes.length;
  const cells = partOf(bundle, "confusion", frame);
  const size = Math.floor(Math.min((box.width - LEFT) / n, (box.height - HEAD) / n, LARGEST));
  const left = box.x + LEFT + Math.max(0, Math.floor((box.width - LEFT - n * size) / 2));
  const top = box.y + HEAD;
  pen.font = FONT;
  pen.textBaseline = "middle";
  pen.fillStyle = ink.muted;
  pen.textAlign = "left";
  const title = pen.measureText(pictures.confusion).width < box.width ? pictures.confusion : pictures.confusionShort;
  const room = box.x + box.width - pen.measureText(title).width;
  pen.fillText(title, Math.max(box.x, Math.min(left - LEFT + 6, room)), box.y + 9);
  for (let i = 0; i < n; i++) {
    const name = classes[i] ?? "";
    pen.font = FONT;
    pen.fillStyle = ink.muted;
    pen.textAlign = "right";
    pen.fillText(fitted(pen, name, LEFT - 6), left - 8, top + (i + 0.5) * size);
    pen.textAlign = "center";
    pen.fillText(fitted(pen, name, size), left + (i + 0.5) * size, top - 9);
    let row = 0;
    for (let j = 0; j < n; j++) row += cells[i * n + j] ?? 0;
    for (let j = 0; j < n; j++) {
      const value = cells[i * n + j] ?? 0;
      const color = i === j ? ink.slow : ink.bad;
      pen.fillStyle = mix(ink.card, value > 0 ? color : ink.grid, value > 0 ? 0.06 + (TINT * value) / row : 0.5);
      pen.fillRect(left + j * size + 0.5, top + i * size + 0.5, size - 1, size - 1);
      if (value === 0 || size < 12) continue;
      pen.font = i === j ? FONT : BOLD;
      pen.fillStyle = ink.text;
      pen.fillText(count(value), left + (j + 0.5) * size, top + (i + 0.5) * size + 0.5);
    }
  }
}
