/** The card of one run whose learning rate is not chosen: its rule and its batches. */

/** @import { Catalogue, Spec, Store } from "../types/page.js" */

import { fieldsOf } from "../state/json-schema.js";
import { isNetwork, ruleChoice, withRule } from "../state/spec.js";
import { el } from "../ui/dom.js";
import { createForm } from "../ui/form.js";
import { range as words } from "../words/range.js";
import { createChoiceForm } from "./choice-form.js";
import { createOptimizerMenu, offerOptimizers } from "./optimizer-menu.js";

/**
 * @param {Store<Spec>} spec
 * @param {Catalogue} catalogue
 */
export function createRuleCard(spec, catalogue) {
  const change = (/** @type {(run: Spec["runs"][0]) => Spec["runs"][0]} */ edit) =>
    spec.update((now) => ({ ...now, runs: now.runs.slice(0, 1).map(edit) }));
  const menu = createOptimizerMenu(catalogue, (choice) => change((run) => withRule(run, choice)));
  const settings = el("div");
  const rule = createChoiceForm({
    place: settings,
    entries: catalogue.optimizers,
    loc: "run.optimizer",
    without: ["lr"],
    change: (optimizer) => change((run) => ({ ...run, optimizer })),
  });
  const properties = {
    batch_size: {
      anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }],
      default: null,
      description: words.batch,
    },
  };
  const batches = createForm(fieldsOf({ properties }), "run", (name, value) =>
    change((run) => ({ ...run, [name]: value })),
  );
  spec.watch(({ runs: [run], problem }) => {
    if (!run) return;
    menu.value = ruleChoice(run.optimizer);
    offerOptimizers(menu, isNetwork(problem));
    rule(run.optimizer);
    batches.update({ ...run });
    batches.element.hidden = !isNetwork(problem);
  });
  return el(
    "section",
    { class: "card", "aria-labelledby": "run-title" },
    el("h2", { id: "run-title" }, words.run),
    menu,
    batches.element,
    el("details", { class: "more" }, el("summary", {}, words.ruleSettings), settings),
  );
}
