/** Small things drawn in ink: marker shapes, arrows, text with a halo, and finding a free place for a label. */

/** @import { Box, MarkerSymbol } from "../../types/page.js" */

import { FONT } from "./axes.js";

/**
 * A run's marker, with an outline in the colour of the card so that it stands out from lines.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {MarkerSymbol} symbol
 * @param {number} x
 * @param {number} y
 * @param {number} size Radius in pixels.
 * @param {string} color
 * @param {string} [outline]
 */
export function drawSymbol(pen, symbol, x, y, size, color, outline) {
  pen.beginPath();
  if (symbol === "circle") pen.arc(x, y, size, 0, 2 * Math.PI);
  else polygon(pen, CORNERS[symbol], x, y, size);
  fillPath(pen, color, outline);
}

/**
 * Close the path and fill it, on an outline that sets it off from what is below.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {string} color
 * @param {string} [outline]
 */
function fillPath(pen, color, outline) {
  pen.closePath();
  pen.lineJoin = "round";
  if (outline) {
    pen.setLineDash([]);
    pen.strokeStyle = outline;
    pen.lineWidth = 3;
    pen.stroke();
  }
  pen.fillStyle = color;
  pen.fill();
}

const ARM = 0.38;
/** @type {Record<Exclude<MarkerSymbol, "circle">, [number, number][]>} Corners at radius 1. */
const CORNERS = {
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  triangle: [
    [0, -1.15],
    [1.1, 0.85],
    [-1.1, 0.85],
  ],
  diamond: [
    [0, -1.25],
    [1.25, 0],
    [0, 1.25],
    [-1.25, 0],
  ],
  cross: [
    [0, -ARM],
    [1 - ARM, -1],
    [1, ARM - 1],
    [ARM, 0],
    [1, 1 - ARM],
    [1 - ARM, 1],
    [0, ARM],
    [ARM - 1, 1],
    [-1, 1 - ARM],
    [-ARM, 0],
    [-1, ARM - 1],
    [ARM - 1, -1],
  ],
};

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {readonly [number, number][]} corners
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function polygon(pen, corners, x, y, size) {
  for (const [cx, cy] of corners) pen.lineTo(x + cx * size, y + cy * size);
}

/**
 * An arrowhead whose tip is at (x, y).
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} y
 * @param {number} angle Where it points, in radians; 0 is to the right.
 * @param {number} size
 * @param {string} color
 * @param {string} [outline]
 */
export function drawArrow(pen, x, y, angle, size, color, outline) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  pen.beginPath();
  pen.moveTo(x, y);
  for (const side of [0.55, -0.55]) pen.lineTo(x - size * (cos - side * sin), y - size * (sin + side * cos));
  fillPath(pen, color, outline);
}

/**
 * Text on top of anything: a halo in the card's colour makes it legible.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} color
 * @param {string} halo
 * @param {{ align?: CanvasTextAlign, font?: string }} [style]
 */
export function drawText(pen, text, x, y, color, halo, { align = "left", font = FONT } = {}) {
  pen.font = font;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.setLineDash([]);
  pen.strokeStyle = halo;
  pen.lineWidth = 4;
  pen.strokeText(text, x, y);
  pen.fillStyle = color;
  pen.fillText(text, x, y);
}

/**
 * Shorten a text until it fits.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {number} width
 */
export function fitted(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let length = text.length - 1;
  while (length > 1 && pen.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return length > 1 ? `${text.slice(0, length).trimEnd()}…` : "";
}

/**
 * Remember where labels are, and find a place for the next one.
 * @param {Box} bounds
 */
export function createPlacer(bounds) {
  /** @type {Box[]} */
  const taken = [];

  return {
    /** @param {Box} box */
    take: (box) => void taken.push(box),

    /**
     * @param {readonly Box[]} wishes In order of preference.
     * @returns {Box | null} The first that is inside and free, which is then taken.
     */
    place(wishes) {
      const free = wishes.find((wish) => inside(bounds, wish) && !taken.some((other) => overlap(wish, other)));
      if (free) taken.push(free);
      return free ?? null;
    },
  };
}

/**
 * @param {Box} outer
 * @param {Box} inner
 */
function inside(outer, inner) {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/**
 * @param {Box} a
 * @param {Box} b
 */
export function overlap(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/**
 * Draw a label beside a point, at the first place around it that is free.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {ReturnType<typeof createPlacer>} placer
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} color
 * @param {string} halo
 * @param {number} [gap] Pixels from the point.
 */
export function drawLabel(pen, placer, text, x, y, color, halo, gap = 10) {
  pen.font = FONT;
  const width = pen.measureText(text).width;
  const rows = [0, -16, 16, -32, 32, -48, 48];
  const left = rows.map((dy) => ({ x: x - gap - width, y: y - 8 + dy, width, height: 16 }));
  const right = rows.map((dy) => ({ x: x + gap, y: y - 8 + dy, width, height: 16 }));
  const place = placer.place(rows.flatMap((_, i) => /** @type {Box[]} */ ([right[i], left[i]])));
  if (place) drawText(pen, text, place.x, place.y + 8, color, halo);
}
