/** The picture's ground: asked for when the problem changes, newest wins; never under runs of another problem; a network has none. */

/** @import { Choice, Landscape, Stores } from "../types/page.js" */

import { isNetwork } from "../state/spec.js";
import { getLandscape } from "./api.js";

const SHAPE = [201, 161]; // points a side; fine enough for smooth contours, 130 kB
const SETTLE = 40; // ms, so that typing and dragging ask less often
const GRACE = 400; // ms after a change that runs may be on the ground of a moment ago, while a number is dragged

/**
 * @param {Pick<Stores, "spec" | "landscape" | "runs">} stores
 * @param {(error: unknown) => void} failed Called with null when an answer has come.
 * @param {typeof getLandscape} [ask] Replaced in tests.
 */
export function followLandscape({ spec, landscape, runs }, failed, ask = getLandscape) {
  let wanted = "";
  let asked = new AbortController();
  /** @type {Landscape | null} The answer that waits for runs of its problem. */
  let coming = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {Choice} problem */
  async function load(problem) {
    const mine = new AbortController();
    asked = mine;
    try {
      if (landscape.get()) await new Promise((resolve) => setTimeout(resolve, SETTLE));
      if (mine.signal.aborted) return;
      /** @type {Landscape} */
      const answer = { ...(await ask(problem, SHAPE, null, mine.signal)), problem };
      if (mine.signal.aborted) return;
      failed(null);
      coming = answer;
      meet();
    } catch (error) {
      if (!mine.signal.aborted) failed(error);
    }
  }

  /** What the runs and the ground that are shown are of. */
  const both = () => /** @type {const} */ ([runs.get()[0]?.problem, landscape.get()?.problem]);

  /** Show what belongs together: of other kinds at once, of the same one not later than a drag takes. */
  function meet() {
    const [seen] = both();
    if (coming && (!seen || seen.kind === coming.problem?.kind)) show(coming);
    const [, shown] = both();
    if (seen && shown && seen.kind !== shown.kind && keyOf(shown) !== wanted) landscape.update(() => null);
    if (coming || differ(...both())) timer ??= setTimeout(part, GRACE);
  }

  /** One of the two has not come in time: what is there of the problem that was chosen is shown alone. */
  function part() {
    timer = undefined;
    if (coming) show(coming);
    const [seen, shown] = both();
    if (!differ(seen, shown)) return;
    if (keyOf(shown) === wanted) runs.update(() => []);
    else landscape.update(() => null);
  }

  /** @param {Landscape | null} ground */
  function show(ground) {
    coming = null;
    landscape.update(() => ground);
  }

  spec.watch(({ problem }) => {
    const key = keyOf(problem);
    if (key === wanted) return;
    wanted = key;
    asked.abort();
    coming = null;
    clearTimeout(timer);
    timer = undefined;
    if (isNetwork(problem)) leave();
    else void load(problem);
    meet();
  });
  runs.watch(meet);

  /** A network's parameters are too many for a ground of their own. */
  function leave() {
    failed(null);
    show(null);
  }
}

/** @type {WeakMap<Choice, string>} */
const keys = new WeakMap();

/**
 * Are they of two problems? What is of none that is known belongs to all.
 *
 * @param {Choice | undefined} one
 * @param {Choice | undefined} other
 */
function differ(one, other) {
  return one !== undefined && other !== undefined && keyOf(one) !== keyOf(other);
}

/** @param {Choice | undefined} problem */
function keyOf(problem) {
  if (!problem) return "";
  const key = keys.get(problem) ?? JSON.stringify(problem);
  keys.set(problem, key);
  return key;
}
