/** Lines cut to what can be seen: to the box, and to what has not been painted before. */

/** @import { Box } from "../types/page.js" */

const MARGIN = 30; // pixels around a box within which segments are kept whole
const CELL = 2; // pixels of a square that counts as painted once a line has crossed it

/**
 * A pen that draws only what can be seen: lines are cut where they leave the box, and lift where a number is not
 * finite. Cut in double precision, because a canvas counts pixels in single.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {number} chunk After how many segments to stroke; 0 for never.
 * @param {Cover | undefined} cover
 */
export function createClip(pen, box, chunk, cover) {
  const [left, right] = [box.x - MARGIN, box.x + box.width + MARGIN];
  const [top, bottom] = [box.y - MARGIN, box.y + box.height + MARGIN];
  let [ax, ay] = [NaN, NaN];
  let down = false;
  let length = 0;
  let pieces = 0;

  /**
   * @param {number} bx
   * @param {number} by
   */
  function lineTo(bx, by) {
    if (!(Number.isFinite(bx) && Number.isFinite(by))) {
      [ax, ay] = [NaN, NaN];
      down = false;
    } else {
      if (!Number.isNaN(ax)) segment(bx, by);
      ax = bx;
      ay = by;
    }
  }

  /**
   * @param {number} bx
   * @param {number} by
   */
  function segment(bx, by) {
    const [dx, dy] = [bx - ax, by - ay];
    let [from, to] = [0, 1];
    if (ax < left || ax > right || bx < left || bx > right || ay < top || ay > bottom || by < top || by > bottom) {
      const [xs, xe] =
        dx === 0 ? (ax < left || ax > right ? [1, 0] : [0, 1]) : ordered((left - ax) / dx, (right - ax) / dx);
      const [ys, ye] =
        dy === 0 ? (ay < top || ay > bottom ? [1, 0] : [0, 1]) : ordered((top - ay) / dy, (bottom - ay) / dy);
      from = Math.max(0, xs, ys);
      to = Math.min(1, xe, ye);
      if (!(from < to)) {
        down = false;
        return;
      }
    }
    if (cover?.(ax + from * dx, ay + from * dy, ax + to * dx, ay + to * dy)) {
      down = false;
      return;
    }
    if (chunk > 0 && ++pieces % chunk === 0) {
      pen.stroke();
      pen.beginPath();
      down = false;
    }
    if (!down || from > 0) pen.moveTo(ax + from * dx, ay + from * dy);
    pen.lineTo(ax + to * dx, ay + to * dy);
    length += (to - from) * Math.hypot(dx, dy);
    down = to === 1;
  }

  return { lineTo, length: () => length };
}

/**
 * Says of a line whether its whole length has been painted, and remembers it as painted.
 * @typedef {(x0: number, y0: number, x1: number, y1: number) => boolean} Cover
 */

/**
 * Remember which pixels of a box one run has painted: in a tangle of thousands of lines most add nothing to see.
 *
 * @param {Box} box
 * @returns {Cover}
 */
export function createCover(box) {
  const columns = Math.ceil((box.width + 2 * MARGIN) / CELL) + 2;
  const cells = new Uint8Array(columns * (Math.ceil((box.height + 2 * MARGIN) / CELL) + 2));
  const [left, top] = [box.x - MARGIN - CELL, box.y - MARGIN - CELL];

  return (x0, y0, x1, y1) => {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)) / CELL));
    const [dx, dy] = [(x1 - x0) / steps / CELL, (y1 - y0) / steps / CELL];
    let x = (x0 - left) / CELL;
    let y = (y0 - top) / CELL;
    let covered = true;
    for (let i = 0; i <= steps; i++) {
      const cell = (y | 0) * columns + (x | 0);
      if (cells[cell] === 0) {
        covered = false;
        cells[cell] = 1;
      }
      x += dx;
      y += dy;
    }
    return covered;
  };
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {[number, number]}
 */
function ordered(a, b) {
  return a < b ? [a, b] : [b, a];
}
