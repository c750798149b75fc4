/** Behind the button of a run: its rule's settings, schedule, average, clipping, noise, batches and name. */

/** @import { Catalogue, Spec, RunSpec } from "../types/page.js" */

import { fieldsOf } from "../state/json-schema.js";
import { isNetwork } from "../state/spec.js";
import { el, newId } from "../ui/dom.js";
import { createForm } from "../ui/form.js";
import { icon } from "../ui/icons.js";
import { training } from "../words/training.js";
import { words } from "../words/workbench.js";
import { createChoiceForm } from "./choice-form.js";
import { createKindForm } from "./kind-form.js";

/** Fields of a run beside its optimizer and schedule. */
const EXTRAS = fieldsOf({
  properties: {
    batches: { enum: ["shuffled", "drawn"], default: "shuffled", description: training.batchesHelp },
    clip_norm: { ...optional(), description: words.clipNormHelp },
    clip_value: { ...optional(), description: words.clipValueHelp },
    noise: { ...optional(), description: words.noiseHelp },
    l1: { ...optional(), description: training.l1Help },
    label: { type: "string", default: "", maxLength: 80, description: words.labelHelp, title: words.label },
  },
});

function optional() {
  return { anyOf: [{ type: "number", minimum: 0 }, { type: "null" }], default: null };
}

/**
 * @param {number} index
 * @param {Catalogue} catalogue
 * @param {(edit: (run: RunSpec) => RunSpec) => void} change
 */
export function createSettings(index, catalogue, change) {
  const id = newId();
  const ruleFields = el("div");
  const schedule = createKindForm({
    entries: catalogue.schedules,
    label: words.schedule,
    loc: `runs.${index}.schedule`,
    change: (chosen) => change((run) => ({ ...run, schedule: chosen })),
  });
  const averaging = createKindForm({
    entries: catalogue.averagings,
    label: words.averaging,
    loc: `runs.${index}.averaging`,
    change: (chosen) => change((run) => ({ ...run, averaging: chosen })),
  });
  const extras = createForm(EXTRAS, `runs.${index}`, (name, value) => change((run) => ({ ...run, [name]: value })));
  const name = words.ofRun(words.allSettings, index);
  const parts = [ruleFields, schedule.element, averaging.element, extras.element];
  const element = el("div", { class: "run-settings", id, role: "group", "aria-label": name, hidden: true }, ...parts);
  const [batches, l1] = ["batches", "l1"].map((name) =>
    extras.element.querySelector(`[data-loc="runs.${index}.${name}"]`),
  );
  const rule = createChoiceForm({
    place: ruleFields,
    entries: catalogue.optimizers,
    loc: `runs.${index}.optimizer`,
    without: ["lr"],
    change: (optimizer) => change((run) => ({ ...run, optimizer })),
  });

  return {
    button: settingsButton(element, index),
    element,
    /**
     * @param {RunSpec} run
     * @param {Spec["problem"]} problem
     */
    show(run, problem) {
      rule(run.optimizer);
      schedule.show(run.schedule ?? { kind: "constant" });
      averaging.show(run.averaging ?? { kind: "none" });
      extras.update({ ...run });
      l1?.toggleAttribute("hidden", !isNetwork(problem));
      batches?.toggleAttribute("hidden", !isNetwork(problem) || !run.batch_size);
    },
  };
}

/**
 * @param {HTMLElement} settings What it shows and hides.
 * @param {number} index Of the run.
 */
function settingsButton(settings, index) {
  const button = el("button", {
    type: "button",
    class: "tool",
    "aria-expanded": "false",
    "aria-controls": settings.id,
    "aria-label": words.ofRun(words.settings, index),
    title: words.settings,
  });
  button.append(icon("settings"));
  button.addEventListener("click", () => {
    settings.hidden = !settings.hidden;
    button.setAttribute("aria-expanded", String(!settings.hidden));
  });
  return button;
}
