/** How long a training still takes, by what it did in the last seconds. */

const WINDOW = 5; // seconds that are looked back
const LEAST = 0.5; // seconds that must have been seen before anything is foretold

/**
 * @param {() => number} [now] Milliseconds; replaced in tests.
 */
export function createEta(now = () => performance.now()) {
  /** @type {{ at: number, step: number }[]} */
  let seen = [];

  return {
    /** Forget what was: it stood still in between, or it is another training. */
    reset() {
      seen = [];
    },

    /** @param {number} step */
    reached(step) {
      const at = now() / 1000;
      if (step < (seen.at(-1)?.step ?? 0)) seen = [];
      if (step === seen.at(-1)?.step) return;
      seen.push({ at, step });
      while (seen.length > 2 && at - (seen[1]?.at ?? at) > WINDOW) seen.shift();
    },

    /**
     * Seconds until the last step; NaN while too little was seen.
     * @param {number} last
     */
    left(last) {
      const [first] = seen;
      const newest = seen.at(-1);
      if (!first || !newest || newest.at - first.at < LEAST) return NaN;
      return ((last - newest.step) * (newest.at - first.at)) / (newest.step - first.step);
    },
  };
}
