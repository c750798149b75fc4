/** A picture that stands still, as PNG and as SVG. */

/** @import { Shown } from "./picture.js" */

import { saving } from "../words/export.js";
import { Picture } from "./picture.js";
import { SvgPen } from "./svg-pen.js";

export const SIZE = { width: 1280, height: 800 };
const SCALE = 2; // pixels of the file for each of the drawing

/**
 * A canvas of its own, and its pen, scaled.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} [scale]
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function penOf(width, height, scale = 1, settings = {}) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  const pen = canvas.getContext("2d", settings);
  if (!pen) throw new Error(saving.noPen);
  pen.scale(scale, scale);
  return pen;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Shown} shown
 * @param {string} title
 */
function drawAll(pen, shown, title) {
  const picture = new Picture(shown, { title, ...SIZE }, pen);
  const clock = { ...shown.clock, playing: false, live: false };
  picture.still(pen, SIZE.height);
  picture.trails(pen, clock.step);
  picture.markers(pen, clock);
}

/**
 * @param {Shown} shown
 * @param {string} title
 * @returns {Promise<Blob>} 2560 x 1600 pixels.
 */
export function pngOf(shown, title) {
  const pen = penOf(SIZE.width, SIZE.height, SCALE);
  drawAll(pen, shown, title);
  return new Promise((done, failed) =>
    pen.canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error(saving.noPng))), "image/png"),
  );
}

/**
 * @param {Shown} shown
 * @param {string} title
 */
export function svgOf(shown, title) {
  const ruler = penOf(1, 1);
  const measure = (/** @type {string} */ text, /** @type {string} */ font) => {
    ruler.font = font;
    return ruler.measureText(text).width;
  };
  const pen = new SvgPen(SIZE.width, SIZE.height, measure);
  drawAll(/** @type {CanvasRenderingContext2D} */ (/** @type {unknown} */ (pen)), shown, title);
  return new Blob([pen.text(title)], { type: "image/svg+xml" });
}
