/** The menu of update rules, and what a rule is called in it. */

/** @import { Catalogue, RunSpec } from "../types/page.js" */

import { isForNetworks, ruleChoice } from "../state/spec.js";
import { el } from "../ui/dom.js";
import { classOf } from "../words/plot.js";
import { words } from "../words/workbench.js";

/**
 * What a run's rule is called.
 *
 * @param {Catalogue} catalogue
 * @param {RunSpec} run
 */
export function optimizerName(catalogue, { optimizer }) {
  const choice = ruleChoice(optimizer);
  if (choice === "sgd") return words.sgd;
  const named = classOf(optimizer);
  if (named) return named;
  const variant = words.variants.find(([value]) => value === choice);
  return variant?.[1] ?? catalogue.optimizers.find(({ kind }) => kind === choice)?.title ?? choice;
}

/**
 * Rules by their kind; momentum and Nesterov are gradient descent with a setting, and easier to find by name.
 *
 * @param {Catalogue} catalogue
 * @param {(choice: string) => void} choose
 * @param {string} [name] What a screen reader calls it.
 */
export function createOptimizerMenu(catalogue, choose, name = words.rule) {
  const options = catalogue.optimizers.flatMap(({ kind, title }) =>
    kind === "sgd"
      ? [
          el("option", { value: kind }, words.sgd),
          ...words.variants.map(([value, name]) => el("option", { value }, name)),
        ]
      : [el("option", { value: kind }, title)],
  );
  const menu = el("select", { class: "rule", "aria-label": name }, ...options);
  menu.addEventListener("change", () => choose(menu.value));
  return menu;
}

/**
 * Offer only rules that the problem has a use for.
 *
 * @param {HTMLSelectElement} menu
 * @param {boolean} network
 */
export function offerOptimizers(menu, network) {
  for (const option of menu.options) option.hidden = option.disabled = network && !isForNetworks(option.value);
}
