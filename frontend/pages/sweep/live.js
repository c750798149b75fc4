/** A sweep while it runs: its frames become curves, and its summary is asked for again as they come. */

/** @import { Block, ExperimentRecord, RunView, Sweep, View } from "../../types/page.js" */

import { getExperiment, getSweep } from "../../server/api.js";
import { isRunning } from "../../server/live-experiment.js";
import { followExperiment } from "../../server/stream.js";
import { appendBlock, createRunView } from "../../state/run-data.js";

const APART = 400; // ms between two summaries, at least
const SHARE = 4; // and so many times as long as the last one took, so that asking never holds up the runs
const MOST_ENTRIES = 20_000; // up to here every entry is shown

/**
 * @typedef {object} Heard
 * @property {(record: ExperimentRecord, told: Sweep, runs: readonly RunView[]) => void} show
 * @property {(error: unknown) => void} failed
 */

/**
 * Follow a sweep until another one is followed.
 *
 * @param {ExperimentRecord} record
 * @param {Heard} on
 * @param {{ follow?: typeof followExperiment, ask?: typeof getSweep, get?: typeof getExperiment }} [replaced] In tests.
 */
export function followSweep(record, on, replaced = {}) {
  const { follow = followExperiment, ask = getSweep, get = getExperiment } = replaced;
  /** @type {RunView[]} */
  const runs = [];
  let now = record;
  /** @type {number | null} */
  let target = null;
  let stopped = false;
  let asking = false;
  let stale = true;
  let wake = () => {};

  /** Ask for the summary; while that is under way, once more afterwards. */
  async function update() {
    stale = true;
    if (asking || stopped) return;
    asking = true;
    while (stale && !stopped) {
      stale = false;
      const began = performance.now();
      await tell();
      if (isRunning(now)) await pause(Math.max(APART, SHARE * (performance.now() - began)));
    }
    asking = false;
  }

  async function tell() {
    try {
      const told = await ask(now.id, target);
      for (const { run, outcome } of told.runs) {
        const view = runs[run];
        if (view && outcome) view.outcome = /** @type {RunView["outcome"]} */ (outcome);
      }
      if (!stopped) on.show(now, told, runs);
    } catch (error) {
      if (!stopped) on.failed(error);
    }
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

  const lanes = lanesCount(record.spec);
  for (let i = 0; i < lanes; i++) runs.push(createRunView(i, ""));
  const unfollow = follow(
    record.id,
    {
      block(block) {
        appendBlock(runs, /** @type {Block} */ (block));
        if (now.status === "queued") now = { ...now, status: "running" };
        void update();
      },
      async done({ status, error = null }) {
        now = { ...now, status, error };
        try {
          now = await get(record.id);
        } catch {
          // What the stream said is enough.
        }
        wake();
        void update();
      },
      error: (reason) => on.failed(new Error(reason)),
    },
    { detail: record.spec.steps * lanes <= MOST_ENTRIES ? "full" : "screen" },
  );
  void update();

  return {
    /** @param {number | null} wanted The loss to reach; null: the server chooses. */
    aim(wanted) {
      target = wanted;
      wake();
      void update();
    },
    stop() {
      stopped = true;
      wake();
      unfollow();
    },
  };
}

/**
 * How many runs an experiment has.
 * @param {ExperimentRecord["spec"]} spec
 */
export function lanesCount({ runs, vary = [], seeds = 1 }) {
  const [varied] = vary;
  return runs.length * (varied ? (varied.values?.length ?? varied.n ?? 1) : 1) * seeds;
}
