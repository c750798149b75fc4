/** The trails on their canvas: how much of every run is there, and adding what is new. */

/** @import { Cover } from "../cutter.js" */
/** @import { Facet, Track } from "../types.js" */

import { createCover } from "../cutter.js";
import { dotTrack, strokeTrack } from "../ink.js";
import { indexAt } from "../trace.js";
import { keyOf } from "./look.js";
import { clipped, style } from "./strokes.js";

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
   * @param {readonly Track[]} tracks
   * @param {readonly Facet[]} facets
   * @param {number} step
   */
  draw(tracks, facets, step) {
    const ends = tracks.map(({ run }) => indexAt(run, step) + 1);
    const keys = tracks.map(keyOf);
    if (tracks.some((_, i) => (this.#drawn.get(keys[i] ?? 0)?.to ?? 0) > (ends[i] ?? 0))) this.clear();
    for (const [i, track] of tracks.entries()) {
      const facet = facets[track.facet];
      if (facet) this.#extend(track, facet, ends[i] ?? 0);
    }
  }

  /**
   * @param {Track} track
   * @param {Facet} facet
   * @param {number} to
   */
  #extend(track, facet, to) {
    const done = this.#drawn.get(keyOf(track)) ?? { to: 0, length: 0, dot: [NaN, NaN] };
    if (to <= done.to) return;
    const pen = this.#pen;
    clipped(pen, facet, () => {
      style(pen, track, done.length);
      if (!track.monotone && to > TANGLE) done.cover ??= createCover(facet.box);
      done.length += strokeTrack(pen, facet, track, done.to, to, done.cover);
      if (track.dots > 0) dotTrack(pen, facet, track, done.to, to, done.dot);
    });
    done.to = to;
    this.#drawn.set(keyOf(track), done);
  }
}
