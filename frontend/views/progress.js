/** How far an experiment is, for how long still, and the button that stops it: parts that a view puts where it has place. */

/** @import { ExperimentRecord } from "../types/page.js" */

import { isRunning } from "../server/live-experiment.js";
import { createEta } from "../state/eta.js";
import { el } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { training } from "../words/training.js";
import { words } from "../words/workbench.js";

/**
 * @param {string} label What the bar is called.
 * @param {() => void} stop
 */
export function createProgress(label, stop) {
  const text = el("p", {});
  const bar = el("progress", { "aria-label": label, value: 0, max: 1, hidden: true });
  const button = el("button", { type: "button", onclick: stop, hidden: true }, icon("stop"), words.experiment.cancel);
  const eta = createEta();
  let id = "";

  return {
    text,
    bar,
    button,

    /**
     * @param {ExperimentRecord} record
     * @param {number} done
     * @param {number} all
     * @param {(left: number) => string} sentence Given the seconds that are left; NaN where they are not known.
     */
    show(record, done, all, sentence) {
      if (record.id !== id || record.status !== "running") eta.reset();
      id = record.id;
      if (record.status === "running") eta.reached(done);
      bar.hidden = button.hidden = !isRunning(record);
      bar.max = Math.max(1, all);
      bar.value = done;
      text.textContent = record.status === "queued" ? training.queued : sentence(eta.left(all));
    },

    clear() {
      bar.hidden = button.hidden = true;
      text.textContent = "";
    },
  };
}
