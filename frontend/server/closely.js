/** The steps that a zoomed picture shows, in more detail than an overview of a long experiment has. */

/** @import { Stores } from "../types/page.js" */

import { decodeFrame, isWhole, refined } from "../state/run-data.js";
import { getDetail } from "./api.js";
import { isRunning } from "./live-experiment.js";

const SETTLE = 250; // ms without another zoom before the server is asked

/**
 * Ask for what is looked at closely, and put it into the runs; an experiment that still runs brings its own.
 *
 * @param {Stores} stores
 * @param {typeof getDetail} [ask] Replaced in tests.
 */
export function followClosely({ closely, experiment, runs }, ask = getDetail) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let abort = new AbortController();

  closely.watch((range) => {
    clearTimeout(timer);
    abort.abort();
    abort = new AbortController();
    const record = experiment.get();
    if (!range || !record || isRunning(record) || runs.get().every(isWhole)) return;
    const { signal } = abort;
    timer = setTimeout(async () => {
      const frame = await ask(record.id, range, signal).catch(() => null); // The overview is there without it too.
      if (!frame || signal.aborted || experiment.get()?.id !== record.id) return;
      const block = decodeFrame(frame);
      runs.update((all) => all.map((run) => refined(run, block)));
    }, SETTLE);
  });
}
