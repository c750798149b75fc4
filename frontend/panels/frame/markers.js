/** The moving points: where every run is at a step, and how often a point that leaps may be shown elsewhere. */

/** @import { Clock, Facet, Marker, Series } from "../../types/page.js" */

import { inBox, toPixel } from "../../plot/ink.js";
import { stepsPerSecond } from "../../state/clock.js";
import { indexAt, stepAt } from "../../state/run-data.js";
import { keyOf } from "./line-style.js";

const CALM = 3.01; // steps a second up to which a moving point is followed from step to step
const JUMP = 24; // pixels; a moving point that leaps further than this ...
const HOLD = 340; // ... stays for so many milliseconds: at most three flashes a second

/**
 * Where a series is at a step, which may lie between two entries.
 *
 * @param {Facet} facet
 * @param {Series} series
 * @param {number} step
 * @returns {Marker | null} null where no entry is finite.
 */
export function markerAt(facet, series, step) {
  const { run } = series;
  if (run.n === 0) return null;
  const reached = indexAt(run, step);
  let index = reached;
  let from = pixelOf(facet, series, index);
  while (index > 0 && !finite(from)) from = pixelOf(facet, series, --index);
  if (!finite(from)) return null;
  const ended = index < reached;
  const next = pixelOf(facet, series, index + 1);
  const share = (step - stepAt(run, index)) / (stepAt(run, index + 1) - stepAt(run, index));
  const moves = !ended && index + 1 < run.n && finite(next) && share > 0 && share < 1;
  /** @type {[number, number]} */
  const at = moves ? [from[0] + share * (next[0] - from[0]), from[1] + share * (next[1] - from[1])] : from;
  return { series, facet, index, from, at, inside: inBox(facet.box, at[0], at[1]), ended };
}

/**
 * @param {Facet} facet
 * @param {Series} series
 * @param {number} i
 */
function pixelOf(facet, { run, x, y, shift }, i) {
  return toPixel(facet, x ? (x[i] ?? NaN) : stepAt(run, i), i < run.n ? (y[i] ?? NaN) : NaN, shift);
}

/** @param {[number, number]} pixel */
function finite([x, y]) {
  return Number.isFinite(x) && Number.isFinite(y);
}

/**
 * A gate for moving points: one that leaps back and forth is shown at most three times a second.
 * Source: WCAG 2.2, 2.3.1.
 */
export function createGate() {
  /** @type {Map<number, { at: [number, number], moved: number }>} */
  const shown = new Map();

  return {
    /**
     * @param {number} key Which point.
     * @param {[number, number]} at Where it is, in pixels.
     * @param {number} now Milliseconds.
     * @returns {boolean} Whether it may be shown there; else it stays where it was.
     */
    lets(key, at, now) {
      const old = shown.get(key);
      const leaps = old !== undefined && Math.hypot(at[0] - old.at[0], at[1] - old.at[1]) > JUMP;
      if (old && leaps && now - old.moved < HOLD) return false;
      shown.set(key, { at: [at[0], at[1]], moved: old && !leaps ? old.moved : now });
      return true;
    },
    reset: () => shown.clear(),
  };
}

/** The moving points of a panel, calmed where they leap. */
export class Markers {
  #gate = createGate();
  /** @type {Map<number, Marker>} */
  #shown = new Map();

  clear() {
    this.#shown.clear();
    this.#gate.reset();
  }

  /**
   * @param {readonly Series[]} series
   * @param {readonly Facet[]} facets
   * @param {Clock} clock
   * @param {number} now Milliseconds.
   */
  at(series, facets, clock, now) {
    const calm = stepsPerSecond(clock) <= CALM;
    if (calm) this.#gate.reset();
    return series.flatMap((one) => {
      const facet = facets[one.facet];
      const marker = facet ? markerAt(facet, one, clock.step) : null;
      return marker ? [calm ? this.#show(marker) : this.#calmed(marker, now)] : [];
    });
  }

  /** @param {Marker} marker */
  #show(marker) {
    this.#shown.set(keyOf(marker.series), marker);
    return marker;
  }

  /**
   * @param {Marker} marker
   * @param {number} now
   */
  #calmed(marker, now) {
    const key = keyOf(marker.series);
    const old = this.#shown.get(key);
    return this.#gate.lets(key, marker.at, now) || !old ? this.#show(marker) : old;
  }
}
