/** What is tested: the problem, the rule, the batches, and the range. */

/** @import { Catalogue, Spec, Stores } from "../../types/page.js" */
/** @import { Store } from "../../types/page.js" */

import { createChoiceForm } from "../../setup/choice-form.js";
import { createOptimizerMenu, offerOptimizers } from "../../setup/optimizer-menu.js";
import { createProblemCard } from "../../setup/problem-card.js";
import { fieldsOf } from "../../state/json-schema.js";
import { isNetwork, ruleChoice, withRule } from "../../state/spec.js";
import { el } from "../../ui/dom.js";
import { createForm } from "../../ui/form.js";
import { range as words } from "../../words/range.js";

const MOST_SEEDS = 64;

/** @typedef {{ lr_from: number, lr_to: number, seeds: number }} Range */

/**
 * @param {HTMLElement} place
 * @param {Stores} stores
 * @param {Store<Range>} range
 * @param {Catalogue} catalogue
 * @param {() => void} start
 */
export function createControls(place, stores, range, catalogue, start) {
  const { spec } = stores;
  const problem = createProblemCard(stores, catalogue, (preset) =>
    spec.update(() => ({ ...preset.spec, runs: preset.spec.runs.slice(0, 1) })),
  );
  const button = el("button", { type: "submit", class: "primary wide" }, words.start);
  place.append(rangeCard(range, button), problem, runCard(spec, catalogue));
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  return button;
}

/**
 * @param {Store<Spec>} spec
 * @param {Catalogue} catalogue
 */
function runCard(spec, catalogue) {
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

/**
 * @param {Store<Range>} range
 * @param {HTMLElement} button Starts the test.
 */
function rangeCard(range, button) {
  const rate = { type: "number", exclusiveMinimum: 0 };
  const properties = {
    lr_from: { ...rate, default: 1e-5, description: words.from },
    lr_to: { ...rate, default: 1, description: words.to },
    seeds: {
      type: "integer",
      minimum: 1,
      maximum: MOST_SEEDS,
      default: 1,
      description: words.seeds,
    },
  };
  const form = createForm(fieldsOf({ properties }), "", (name, value) =>
    range.update((now) => ({ ...now, [name]: value })),
  );
  for (const field of form.element.querySelectorAll("[data-loc]")) {
    field.setAttribute("data-loc", field.getAttribute("data-loc")?.slice(1) ?? "");
  }
  range.watch((now) => form.update({ ...now }));
  return el(
    "section",
    { class: "card", "aria-labelledby": "range-title" },
    el("h2", { id: "range-title" }, words.range),
    form.element,
    button,
  );
}
