/** What a screen reader hears: at most one message a second, and only once things have come to rest. */

/** @import { Stores } from "../types/page.js" */

import { valueAt } from "../state/run-data.js";
import { masked } from "../words/hidden.js";
import { announcement, question, words } from "../words/workbench.js";

const REST = 500; // ms without a change before anything is said
const APART = 1000; // ms between two messages

/**
 * Say the newest message once nothing has been asked for a while.
 *
 * @param {(text: string) => void} say
 * @param {() => number} [now] Replaced in tests.
 */
export function createAnnouncer(say, now = () => performance.now()) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let before = -Infinity;
  let said = "";

  return (/** @type {string} */ text) => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        if (text === said) return;
        before = now();
        said = text;
        say(text);
      },
      Math.max(REST, before + APART - now()),
    );
  };
}

/**
 * Announce step and loss of the selected run while it is stepped, and outcomes when they change.
 *
 * @param {HTMLElement} region
 * @param {Stores} stores
 */
export function startAnnouncements(region, { clock, runs, view }) {
  const announce = createAnnouncer((text) => {
    region.textContent = text;
  });
  let outcome = "";

  clock.watch(({ step, last, playing }) => {
    const run = runs.get()[view.get().selected];
    if (playing || !run || run.n === 0) return;
    const at = Math.floor(step);
    announce(announcement(at, last, valueAt(run, "loss", at), at > 0 ? valueAt(run, "loss", at - 1) : NaN));
  });

  runs.watch((all) => {
    const run = all[view.get().selected];
    if (!run?.outcome || run.outcome.because === outcome) return;
    outcome = run.outcome.because;
    announce(`${words.run(run.index)}, ${run.label}. ${question(run.outcome)} ${masked(outcome)}`);
  });

  return announce;
}
