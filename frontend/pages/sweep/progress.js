/** How far a sweep is, and the button that stops it. */

/** @import { ExperimentRecord } from "../../types/page.js" */

import { isRunning } from "../../server/live-experiment.js";
import { createEta } from "../../state/eta.js";
import { el } from "../../ui/dom.js";
import { icon } from "../../ui/icons.js";
import { sweep } from "../../words/sweep.js";
import { words } from "../../words/workbench.js";

/** @param {() => void} stop */
export function createProgress(stop) {
  const text = el("p", {});
  const bar = el("progress", { "aria-label": words.steps, value: 0, max: 1 });
  const button = el("button", { type: "button", onclick: stop }, icon("stop"), sweep.stop);
  const element = el("div", { class: "card sweep-progress", hidden: true }, text, bar, button);
  const pace = createEta();
  let id = "";
  return {
    element,
    spare: el("span", { hidden: true }),

    /**
     * @param {ExperimentRecord} record
     * @param {number} done Steps.
     */
    show(record, done) {
      const { status, error, spec } = record;
      const running = isRunning(record);
      if (record.id !== id || status !== "running") pace.reset();
      id = record.id;
      if (status === "running") pace.reached(done);
      // It stays when the sweep is over, so that nothing below it jumps.
      element.hidden = false;
      button.hidden = bar.hidden = !running;
      const name = words.experiment.names[status] ?? status;
      text.textContent = running
        ? sweep.progress(name, done, spec.steps, pace.left(spec.steps))
        : [sweep.ended(name), error].filter(Boolean).join(" ");
      bar.max = Math.max(1, spec.steps);
      bar.value = done;
    },
  };
}
