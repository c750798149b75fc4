/**
 * More of a long experiment than the page has of it: all of it in an overview once it has ended, as whoever opens it later
 * is sent it; and the steps that a zoomed picture shows.
 */

/** @import { ExperimentRecord, Stores } from "../types/page.js" */

import { decodeFrame, isWhole, refined } from "../state/run-data.js";
import { getDetail } from "./api.js";
import { isRunning } from "./live-experiment.js";

const SETTLE = 250; // ms without another zoom before the server is asked
const ALL = { first: 0, last: 2 ** 31 };

/**
 * @param {Stores} stores
 * @param {typeof getDetail} [ask] Replaced in tests.
 */
export function followClosely({ closely, experiment, runs }, ask = getDetail) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let abort = new AbortController();
  let live = ""; // the experiment that was followed while it ran

  /** @param {ExperimentRecord | null} record */
  function seen(record) {
    if (isRunning(record)) live = record?.id ?? "";
    else if (record && record.id === live) {
      live = "";
      want(ALL, 0);
    }
  }

  /**
   * @param {{ first: number, last: number } | null} range
   * @param {number} after Milliseconds.
   */
  function want(range, after) {
    clearTimeout(timer);
    abort.abort();
    abort = new AbortController();
    const record = experiment.get();
    if (!range || !record || isRunning(record) || runs.get().every(isWhole)) return;
    const { signal } = abort;
    timer = setTimeout(async () => {
      const frame = await ask(record.id, range, signal).catch(() => null); // What there is shows as much as it can.
      if (!frame || signal.aborted || experiment.get()?.id !== record.id) return;
      const block = decodeFrame(frame);
      runs.update((all) => all.map((run) => refined(run, block)));
    }, after);
  }

  closely.watch((range) => want(range, SETTLE));
  experiment.watch(seen);
}
