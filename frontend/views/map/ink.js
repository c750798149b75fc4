/** What is drawn over a map's colours: hatching, the names of its axes, the border of theory, frames. */

/** @import { Facet } from "../../types/page.js" */

import { toPixel } from "../../plot/ink.js";
import { el } from "../../ui/dom.js";
import { axisName } from "../../words/map.js";

const HATCH = 7; // pixels between hatching lines

/**
 * Lines over what diverged, so that it is told apart without colour.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} where
 * @param {HTMLCanvasElement} mask Opaque where they are to be.
 */
export function hatch(pen, { box }, mask) {
  const layer = el("canvas", { width: Math.round(box.width), height: Math.round(box.height) });
  const lines = layer.getContext("2d");
  if (!lines) return;
  lines.strokeStyle = "rgb(255 255 255 / 30%)";
  lines.beginPath();
  for (let x = -box.height; x < box.width; x += HATCH) {
    lines.moveTo(x, box.height);
    lines.lineTo(x + box.height, 0);
  }
  lines.stroke();
  lines.imageSmoothingEnabled = false;
  lines.globalCompositeOperation = "destination-in";
  lines.drawImage(mask, 0, 0, box.width, box.height);
  pen.drawImage(layer, box.x, box.y, box.width, box.height);
}

/**
 * What the y axis shows: a setting's name is longer than the axis has room beside it.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} where
 * @param {string} field
 * @param {string} color
 */
export function nameAxis(pen, { box }, field, color) {
  pen.fillStyle = color;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.fillText(`↑ ${axisName(field)}`, box.x, box.y / 2);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} where
 * @param {readonly [number, number][]} border
 */
export function drawBorder(pen, where, border) {
  if (border.length === 0) return;
  const { box } = where;
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.width, box.height);
  pen.clip();
  for (const [color, width] of /** @type {const} */ ([
    ["#000000", 4],
    ["#ffffff", 2],
  ])) {
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.setLineDash([8, 5]);
    pen.beginPath();
    for (const [x, y] of border) pen.lineTo(...pixelOf(where, x, y));
    pen.stroke();
  }
  pen.restore();
}

/**
 * @param {Facet} where
 * @param {number} x
 * @param {number} y
 */
function pixelOf(where, x, y) {
  return toPixel(
    { ...where, y: { ...where.y, log: false } },
    where.x.log ? Math.log10(x) : x,
    where.y.log ? Math.log10(y) : y,
  );
}

/**
 * A frame that is seen on every colour.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
export function outline(pen, x, y, width, height) {
  pen.strokeStyle = "#000000";
  pen.lineWidth = 4;
  pen.strokeRect(x, y, width, height);
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 2;
  pen.strokeRect(x, y, width, height);
}
