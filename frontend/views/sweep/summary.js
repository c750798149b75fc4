/** What came of a sweep's values so far: asked for again as its frames come, never so often that asking holds up the runs. */

/** @import { Sweep } from "../../types/page.js" */

import { getSweep } from "../../server/api.js";

const APART = 400; // ms between two summaries, at least
const SHARE = 4; // and so many times as long as the last one took

/**
 * @param {string} id
 * @param {(told: Sweep) => void} show
 * @param {(error: unknown) => void} failed
 * @param {typeof getSweep} [ask] Replaced in tests.
 */
export function createSummary(id, show, failed, ask = getSweep) {
  /** @type {number | null} */
  let target = null;
  let running = true;
  let stale = false;
  /** @type {Promise<void> | null} Summaries that are being asked for, until none is wanted any more. */
  let asking = null;
  let wake = () => {};
  /** @type {AbortController | null} Of the question that has no answer yet. */
  let question = null;
  let missed = false;

  async function work() {
    while (stale) {
      stale = false;
      const began = performance.now();
      await tell();
      if (running) await pause(Math.max(APART, SHARE * (performance.now() - began)));
    }
    asking = null;
  }

  async function tell() {
    const mine = new AbortController();
    question = mine;
    try {
      show(await ask(id, target, mine.signal));
    } catch (error) {
      if (!mine.signal.aborted) failed(error);
    }
    if (question === mine) question = null;
  }

  /** Wait, unless somebody wakes us. @param {number} ms @returns {Promise<void>} */
  function pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ask for the summary; while that is under way, once more afterwards. */
  function update() {
    stale = true;
    asking ??= work();
  }

  return {
    update,

    /** There are no more frames: resolves when what came of all of them has been shown. */
    async finish() {
      running = false;
      wake();
      update();
      await asking;
    },

    /** Nobody looks at it, and it may be deleted: what is being asked for is not waited for. */
    rest() {
      missed = stale || question !== null;
      stale = false;
      question?.abort();
      wake();
    },

    /** Somebody looks at it again: ask for what was missed. */
    wake() {
      if (!missed) return;
      missed = false;
      wake();
      update();
    },

    /** @param {number | null} wanted The loss to reach; null: the server chooses. */
    aim(wanted) {
      target = wanted;
      wake();
      update();
    },
  };
}
