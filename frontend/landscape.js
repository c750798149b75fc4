/** The picture's ground: asked for when the problem changes, newest wins, the old one stays until then; a network has none. */

/** @import { Choice, Landscape, Stores } from "./types.js" */

import { getLandscape } from "./api.js";
import { isNetwork } from "./recipe.js";

const SHAPE = [201, 161]; // points a side; fine enough for smooth contours, 130 kB
const SETTLE = 40; // ms, so that typing and dragging ask less often

/**
 * @param {Stores} stores
 * @param {(error: unknown) => void} failed Called with null when an answer has come.
 * @param {typeof getLandscape} [ask] Replaced in tests.
 * @returns {() => void} Ask again, although nothing has changed.
 */
export function followLandscape({ recipe, landscape }, failed, ask = getLandscape) {
  let shown = "";
  let asked = new AbortController();

  /** @param {Choice} problem */
  async function load(problem) {
    asked.abort();
    const mine = new AbortController();
    asked = mine;
    try {
      if (landscape.get()) await new Promise((resolve) => setTimeout(resolve, SETTLE));
      if (mine.signal.aborted) return;
      /** @type {Landscape} */
      const answer = await ask(problem, SHAPE, null, mine.signal);
      if (mine.signal.aborted) return;
      failed(null);
      landscape.update(() => answer);
    } catch (error) {
      if (!mine.signal.aborted) failed(error);
    }
  }

  recipe.watch(({ problem }) => {
    const key = JSON.stringify(problem);
    if (key === shown) return;
    shown = key;
    if (isNetwork(problem)) leave();
    else void load(problem);
  });

  /** A network's parameters are too many for a ground of their own. */
  function leave() {
    asked.abort();
    failed(null);
    landscape.update(() => null);
  }

  return () => void load(recipe.get().problem);
}
