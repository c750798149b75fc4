/** Waiting for a worker: a stream says nothing of the queue, so whoever follows an experiment asks when it has begun. */

/** @import { ExperimentRecord } from "../types/page.js" */

import { getExperiment } from "./api.js";

const FIRST = 1000; // ms
const SLOWER = 1.5; // times as long each time
const LONGEST = 15_000; // ms

/**
 * Ask for a queued experiment until a worker has taken it. Where nobody answers its first entries tell it, too.
 *
 * @param {Pick<ExperimentRecord, "id" | "status">} record
 * @param {(now: ExperimentRecord) => void} begun
 * @param {typeof getExperiment} [get] Replaced in tests.
 * @returns {() => void} Do not ask any more.
 */
export function whenBegun({ id, status }, begun, get = getExperiment) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let stopped = false;

  /** @param {number} after */
  function later(after) {
    timer = setTimeout(() => void ask(Math.min(LONGEST, after * SLOWER)), after);
  }

  /** @param {number} next */
  async function ask(next) {
    const now = await get(id).catch(() => null);
    if (stopped || now === null) return;
    if (now.status === "queued") later(next);
    else begun(now);
  }

  if (status === "queued") later(FIRST);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
