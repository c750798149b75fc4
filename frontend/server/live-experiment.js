/** How a stored experiment is shown while it runs. */

/** @import { Block, ExperimentRecord, RunEvent, Stores } from "../types/page.js" */

import { appendBlock, createRunView, decodeEvent, lastStep } from "../state/run-data.js";
import { labelsOf } from "../words/workbench.js";
import { ApiError, getExperiment } from "./api.js";
import { onReturn } from "./connection.js";
import { whenBegun } from "./queue.js";
import { detailOf, followExperiment, REFUSED } from "./stream.js";

const ENDED = new Set(["done", "cancelled", "failed", "interrupted"]);

/** @param {Pick<ExperimentRecord, "status"> | null} record */
export function isRunning(record) {
  return record !== null && !ENDED.has(record.status);
}

/**
 * Fill the stores with an experiment's runs as they come, until it ends. The old picture stays until the first ones.
 *
 * @param {Stores} stores
 * @param {ExperimentRecord} record
 * @param {(change: Partial<ExperimentRecord>) => void} changed
 * @param {(error: unknown) => void} failed
 * @param {typeof followExperiment} [follow] Replaced in tests.
 * @returns {() => void} Stop following.
 */
export function followLive({ runs, clock, spec, events }, record, changed, failed, follow = followExperiment) {
  const { problem, runs: runSpecs } = spec.get();
  const labels = labelsOf(runSpecs);
  const paced = isRunning(record) && !globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
  let begun = false;
  events.update(() => []);
  // That it has ended is told by its stream, after its last entries.
  const unwatch = whenBegun(record, (now) => isRunning(now) && changed({ status: now.status }));

  function begin() {
    begun = true;
    unwatch();
    if (record.status === "queued") changed({ status: "running" });
    runs.update(() => labels.map((label, index) => createRunView(index, label, problem)));
    clock.update((now) => ({ ...now, step: 0, last: 0, live: true, playing: true, paced }));
  }

  const listeners = {
    /** @param {Block} block */
    block(block) {
      if (!begun) begin();
      appendBlock(runs.get(), block);
      runs.update((all) => [...all]);
      clock.update((now) => ({ ...now, last: lastStep(runs.get()) }));
    },
    event: (/** @type {RunEvent} */ event) => events.update((all) => withEvent(all, event)),
    /** @param {import("./stream.js").DoneMessage} message */
    done({ status, error = null, outcomes }) {
      unwatch();
      if (begun) {
        runs.update((all) => all.map((run) => ({ ...run, outcome: outcomes?.[run.index] ?? null })));
        clock.update(({ paced, ...now }) => ({
          ...now,
          ...(paced ? { paced } : { step: now.playing ? now.last : now.step, playing: false }),
          live: false,
        }));
      }
      changed({ status, error, outcomes });
    },
    error(/** @type {string} */ detail, /** @type {number} */ code) {
      unwatch();
      failed(new ApiError({ title: detail, status: code - REFUSED, detail }));
    },
  };
  const unfollow = follow(record.id, listeners, { detail: detailOf(record.spec.steps * labels.length) });
  return () => {
    unwatch();
    unfollow();
  };
}

/**
 * Ask for an experiment again whenever the server has come back: it may be one that does not know it.
 *
 * @param {() => ExperimentRecord | null} shown
 * @param {(record: ExperimentRecord) => void} found
 * @param {(error: unknown) => void} lost Called unless another one is shown by then.
 * @param {typeof getExperiment} [get] Replaced in tests.
 * @returns {() => void} Do not any more.
 */
export function checkOnReturn(shown, found, lost, get = getExperiment) {
  return onReturn(async () => {
    const id = shown()?.id;
    if (!id) return;
    try {
      found(await get(id));
    } catch (error) {
      if (id === shown()?.id) lost(error);
    }
  });
}

/**
 * Events in the order in which they were told; one that is told again after a lost connection is not added.
 *
 * @param {RunEvent[]} events
 * @param {RunEvent} event
 * @returns {RunEvent[]}
 */
export function withEvent(events, event) {
  const { run, kind, step, sentence } = event;
  const known = events.some(
    (one) => one.run === run && one.kind === kind && one.step === step && one.sentence === sentence,
  );
  return known ? events : [...events, decodeEvent(event)];
}
