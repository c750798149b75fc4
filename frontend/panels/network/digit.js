/** Small pictures of 8 x 8 values, in the colours of the theme. */

/** @import { Bundle, Scene } from "../../types/page.js" */

import { channels } from "../../plot/palette.js";
import { arrayOf } from "../../state/arrays.js";

/** @type {WeakMap<Bundle["arrays"][string], { theme: string, canvas: HTMLCanvasElement }>} */
const sheets = new WeakMap();

/**
 * All images of a bundle side by side.
 *
 * @param {Scene} scene
 * @param {Bundle} bundle
 */
function sheetOf({ view: { theme }, ink }, bundle) {
  const images = arrayOf(bundle, "images");
  const old = sheets.get(images);
  if (old?.theme === theme) return old.canvas;
  const [height = 8, width = 8] = bundle.image ?? [];
  const n = images.shape[0] ?? 0;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * n, height];
  const pixels = new ImageData(width * n, height);
  const [low, high] = [channels(ink.grid), channels(ink.text)];
  for (let i = 0; i < n * width * height; i++) {
    const [image, place] = [Math.floor(i / (width * height)), i % (width * height)];
    const at = 4 * (Math.floor(place / width) * width * n + image * width + (place % width));
    const share = (images.data[i] ?? 0) / 255;
    for (let c = 0; c < 3; c++) pixels.data[at + c] = (low[c] ?? 0) + share * ((high[c] ?? 0) - (low[c] ?? 0));
    pixels.data[at + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  sheets.set(images, { theme, canvas });
  return canvas;
}

/**
 * Draw one image of a bundle, its pixels sharp.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} index
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
export function drawImage8(pen, scene, bundle, index, x, y, size) {
  const [height = 8, width = 8] = bundle.image ?? [];
  pen.imageSmoothingEnabled = false;
  pen.drawImage(sheetOf(scene, bundle), index * width, 0, width, height, x, y, size, size);
}
