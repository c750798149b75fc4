/** How the trails are stroked: clipped to their box, in the style of their run. */

/** @import { Clock, Facet, Marker, Series } from "../../types/page.js" */

import { stepsPerSecond } from "../../state/clock.js";
import { isWhole } from "../../state/run-data.js";

const BUSY = 20; // steps a second from which the way between two steps is not drawn

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} facet
 * @param {() => void} draw
 */
export function clipped(pen, { box }, draw) {
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.width, box.height);
  pen.clip();
  draw();
  pen.restore();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Series} series
 * @param {number} length Drawn before: where in its pattern a dash goes on.
 */
export function style(pen, series, length) {
  pen.strokeStyle = pen.fillStyle = series.color;
  pen.lineWidth = series.width;
  pen.setLineDash(series.dash);
  pen.lineDashOffset = length;
}

/**
 * The way from the last entry to where the run is between it and the next: where it is followed from step to step, and
 * where there are steps between the two.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Marker} marker
 * @param {Clock} clock
 */
export function drawWay(pen, { series, facet, from, at }, clock) {
  if (stepsPerSecond(clock) >= BUSY && isWhole(series.run)) return;
  if (from === at || Math.abs(at[0]) + Math.abs(at[1]) + Math.abs(from[0]) + Math.abs(from[1]) > 1e6) return;
  clipped(pen, facet, () => {
    style(pen, series, 0);
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...at);
    pen.stroke();
  });
}
