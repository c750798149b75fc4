/** Going on from the step that is shown: with another rate, rule or batch, and if wished unchanged beside it. */

/** @import { Catalogue, Clock, RunSpec, Stores } from "../types/page.js" */
/** @import { Experiments } from "../server/experiment-session.js" */

import { createBatchRow } from "../setup/batch-size.js";
import { createOptimizerMenu, offerOptimizers } from "../setup/optimizer-menu.js";
import { HIGHEST_LR, LOWEST_LR } from "../setup/run-card.js";
import { isNetwork, ruleChoice, tidy, withLr, withRule } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { el, fill, newId } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { createLogSlider } from "../ui/slider.js";
import { training } from "../words/training.js";
import { words } from "../words/workbench.js";

const MOST_STEPS = 1_000_000;

/**
 * How many steps a fork is offered: what is left of the run, or as many again where nothing is.
 *
 * @param {number} step
 * @param {number} steps
 */
export function stepsLeft(step, steps) {
  return step < steps ? steps - step : steps;
}

/**
 * The runs of a fork: the changed one, and the old one unchanged if both are wanted.
 *
 * @param {RunSpec} old
 * @param {RunSpec} changed
 * @param {boolean} both
 * @returns {RunSpec[]}
 */
export function runsOfFork(old, changed, both) {
  const { start: _, ...run } = changed;
  if (!both) return [tidy(run)];
  const { start: __, ...before } = old;
  return [tidy(run), tidy({ ...before, label: training.fork.unchanged })];
}

/**
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 * @param {Pick<Experiments, "fork">} experiments
 */
export function createFork(stores, catalogue, experiments) {
  const { spec, clock, view } = stores;
  const panel = el("div", { class: "run fork", id: newId(), hidden: true, "aria-label": training.fork.open });
  const face = [icon("fork"), training.fork.open];
  const button = el("button", { type: "button", "aria-expanded": "false", "aria-controls": panel.id }, ...face);
  const form = createForkForm(catalogue);
  const title = el("h3", {});
  const go = el("button", { type: "button", class: "primary", onclick: submit }, training.fork.go);
  const cancel = el("button", { type: "button", onclick: () => toggle(false) }, training.fork.cancel);
  const help = el("p", { class: "help" }, training.fork.help);
  fill(panel, title, form.element, help, el("div", { class: "row" }, go, cancel));
  button.addEventListener("click", () => toggle(Boolean(panel.hidden)));

  const at = (/** @type {Clock} */ now) => Math.floor(Math.min(now.step, now.last) + 1e-9);

  /** @param {boolean} open */
  function toggle(open) {
    const { runs, problem, steps } = spec.get();
    const run = runs[view.get().selected];
    if (open && run) form.begin(run, isNetwork(problem), stepsLeft(at(clock.get()), steps));
    if (open) clock.update((now) => ({ ...now, step: at(now), playing: false }));
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    show();
    if (!open) return;
    panel.scrollIntoView({ block: "nearest" });
    panel.querySelector("select")?.focus({ preventScroll: true });
  }

  async function submit() {
    const { selected } = view.get();
    const old = spec.get().runs[selected];
    if (!old) return;
    const { run, both, steps } = form.read();
    go.disabled = true;
    await experiments.fork(selected, at(clock.get()), runsOfFork(old, run, both), steps);
    go.disabled = false;
    toggle(false);
  }

  function show() {
    button.disabled = stores.runs.get().length === 0;
    if (!panel.hidden) title.textContent = training.fork.title(at(clock.get()), view.get().selected);
  }

  watchAll({ clock, view, runs: stores.runs }, show);
  return { button, panel, open: () => toggle(true) };
}

/** @param {Catalogue} catalogue */
function createForkForm(catalogue) {
  /** @type {RunSpec} */
  let run = { optimizer: { kind: "sgd", lr: 0.1 } };
  let steps = 1;
  const menu = createOptimizerMenu(catalogue, (choice) => {
    run = withRule(run, choice);
    rate.update(Number(run.optimizer.lr ?? 0));
  });
  const rate = createLogSlider({
    label: words.learningRate,
    loc: "fork.lr",
    low: LOWEST_LR,
    high: HIGHEST_LR,
    change: (lr) => {
      run = withLr(run, lr);
    },
  });
  const batch = createBatchRow("fork.batch_size", (batch_size) => {
    run = { ...run, batch_size };
    batch.update(batch_size);
  });
  const length = createLogSlider({
    label: words.steps,
    loc: "fork.steps",
    low: 1,
    high: MOST_STEPS,
    whole: true,
    change: (value) => {
      steps = value;
    },
  });
  const both = el("input", { type: "checkbox", id: newId() });
  const beside = el("div", { class: "beside" }, both, el("label", { for: both.id }, training.fork.beside));

  return {
    element: el("div", { class: "fields" }, menu, rate.element, batch.element, length.element, beside),
    /**
     * @param {RunSpec} now
     * @param {boolean} network
     * @param {number} left Steps.
     */
    begin(now, network, left) {
      run = now;
      steps = left;
      offerOptimizers(menu, network);
      menu.value = ruleChoice(now.optimizer);
      rate.update(Number(now.optimizer.lr ?? 0));
      batch.element.hidden = !network;
      batch.update(now.batch_size ?? null);
      length.update(left);
    },
    read: () => ({ run, steps, both: both.checked }),
  };
}
