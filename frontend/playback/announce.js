/** What a screen reader hears of the runs, and of the step at which the clock stands. */

/** @import { Stores } from "../types/page.js" */

import { valueAt } from "../state/run-data.js";
import { createAnnouncer } from "../ui/announcer.js";
import { masked } from "../words/hidden.js";
import { announcement, question, words } from "../words/workbench.js";

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
