/** The trails on their canvas: how much of every run is there, and adding what is new. */

/** @import { Cover } from "../../plot/clip.js" */
/** @import { Facet, Series } from "../../types/page.js" */

import { createCover } from "../../plot/clip.js";
import { dotSeries, strokeSeries } from "../../plot/ink.js";
import { indexAt } from "../../state/run-data.js";
import { keyOf } from "./line-style.js";
import { clipped, style } from "./strokes.js";

const PIECE = 1000; // entries of a path after which it is looked at the time
const TANGLE = 500; // entries from which lines on top of each other are left out

/** @typedef {{ to: number, length: number, dot: [number, number], cover?: Cover }} Drawn */

export class Trails {
  /** @type {Map<number, Drawn>} */
  #drawn = new Map();
  /** @type {CanvasRenderingContext2D} */
  #pen;

  /** @param {CanvasRenderingContext2D} pen */
  constructor(pen) {
    this.#pen = pen;
  }

  clear() {
    this.#pen.clearRect(0, 0, this.#pen.canvas.width, this.#pen.canvas.height);
    this.#drawn.clear();
  }

  /**
   * Show the trails up to a step: forward by what is new, backward from the beginning.
   *
   * @param {readonly Series[]} series
   * @param {readonly Facet[]} facets
   * @param {number} step
   * @param {number} [until] The time, in ms, from which all but one piece is left for the next frame.
   * @returns {boolean} Whether all of it is there.
   */
  draw(series, facets, step, until = Infinity) {
    const ends = series.map(({ run }) => indexAt(run, step) + 1);
    const keys = series.map(keyOf);
    if (series.some((_, i) => (this.#drawn.get(keys[i] ?? 0)?.to ?? 0) > (ends[i] ?? 0))) this.clear();
    let begun = false;
    for (const [i, one] of series.entries()) {
      const facet = facets[one.facet];
      const end = ends[i] ?? 0;
      while (facet && (this.#drawn.get(keys[i] ?? 0)?.to ?? 0) < end) {
        if (begun && performance.now() > until) return false;
        this.#extend(one, facet, end);
        begun = true;
      }
    }
    return true;
  }

  /**
   * A curve at once, since it is drawn column by column; of a path the next piece.
   *
   * @param {Series} series
   * @param {Facet} facet
   * @param {number} end
   */
  #extend(series, facet, end) {
    const done = this.#drawn.get(keyOf(series)) ?? { to: 0, length: 0, dot: [NaN, NaN] };
    const to = series.monotone ? end : Math.min(end, done.to + PIECE);
    const pen = this.#pen;
    clipped(pen, facet, () => {
      style(pen, series, done.length);
      if (!series.monotone && end > TANGLE) done.cover ??= createCover(facet.box);
      done.length += strokeSeries(pen, facet, series, done.to, to, done.cover);
      if (series.dots > 0) dotSeries(pen, facet, series, done.to, to, done.dot);
    });
    done.to = to;
    this.#drawn.set(keyOf(series), done);
  }
}
