/** One run: its colour, rule, learning rate and outcome, and behind a button everything else that can be set. */

/** @import { Catalogue, Outcome, Spec, RunSpec, RunView, Stores, View } from "../types/page.js" */

import { textOf } from "../state/json-schema.js";
import { memoryOf, memoryScale, slidMemory, withMemory } from "../state/slider-scales.js";
import { isNetwork, ruleChoice, tidy, withCopy, withLr, withoutRun, withRule, withRun } from "../state/spec.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { lineSample } from "../ui/line-sample.js";
import { createLogSlider } from "../ui/slider.js";
import { classOf } from "../words/plot.js";
import { training } from "../words/training.js";
import { isNoted, shareOfLimit, verdict, words } from "../words/workbench.js";
import { createBatchRow } from "./batch-size.js";
import { createOptimizerMenu, offerOptimizers } from "./optimizer-menu.js";
import { createSettings } from "./run-settings.js";

export const LOWEST_LR = 1e-5;
export const HIGHEST_LR = 10;

/**
 * @param {number} index
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 */
export function createRunCard(index, { spec, runs, view }, catalogue) {
  const change = (/** @type {(run: RunSpec) => RunSpec} */ edit) =>
    spec.update((now) => withRun(now, index, (run) => tidy(edit(run))));
  const called = (/** @type {string} */ text) => words.ofRun(text, index);
  const head = createHead(index, catalogue, { select, change, remove: () => spec.update(without) });
  const rate = createLogSlider({
    label: words.learningRate,
    loc: `runs.${index}.optimizer.lr`,
    low: LOWEST_LR,
    high: HIGHEST_LR,
    called,
    change: (lr) => change((run) => withLr(run, lr)),
  });
  const memory = createLogSlider({
    label: "β",
    loc: `runs.${index}.optimizer.momentum`,
    low: 0,
    high: 1,
    scale: memoryScale,
    called,
    change: (value) =>
      change((run) => {
        const { name } = memoryOf(run.optimizer) ?? { name: "momentum" };
        return { ...run, optimizer: withMemory(run.optimizer, name, value) };
      }),
  });
  const take = (/** @type {number | null} */ batch_size) => change((run) => ({ ...run, batch_size }));
  const batch = createBatchRow(`runs.${index}.batch_size`, take, called);
  const badge = el("span", { class: "badge" });
  const chips = el("div", { class: "chips" });
  const settings = createSettings(index, catalogue, change);
  const copy = tool("copy", words.duplicate, index, () => spec.update((now) => withCopy(now, index)));
  const foot = el("div", { class: "run-foot" }, badge, chips, settings.button, copy);
  const element = el(
    "li",
    { class: "run", onpointerenter: () => hover(index), onpointerleave: () => hover(null) },
    head.element,
    rate.element,
    memory.element,
    batch.element,
    foot,
    settings.element,
  );
  for (const deed of ["pointerdown", "input", "change"]) element.addEventListener(deed, select);

  const without = (/** @type {Spec} */ now) => withoutRun(now, index);

  function select() {
    view.update((now) => (now.selected === index ? now : { ...now, selected: index }));
  }

  /** @param {number | null} hovered */
  function hover(hovered) {
    view.update((now) => ({ ...now, hovered }));
  }

  return {
    element,
    show() {
      const { runs: all, problem } = spec.get();
      const { selected, hovered, theme } = view.get();
      const run = all[index];
      if (!run) return;
      const seen = runs.get().find((one) => one.index === index) ?? null;
      const defaults = defaultsOf(catalogue, run);
      const network = isNetwork(problem);
      element.toggleAttribute("data-selected", selected === index);
      element.toggleAttribute("data-hovered", hovered === index);
      head.show(run, { selected: selected === index, theme, alone: all.length === 1, network });
      rate.update(Number(run.optimizer.lr ?? defaults.lr ?? 0));
      showMemory(memory, run, defaults);
      batch.element.hidden = !network;
      batch.update(run.batch_size ?? null);
      fill(chips, ...allChips(run, seen, defaults).map(chip));
      showBadge(badge, seen?.outcome ?? null, network);
      settings.show(run, problem);
    },
  };
}

/**
 * @param {ReturnType<typeof createLogSlider>} slider
 * @param {RunSpec} run
 * @param {Record<string, unknown>} defaults
 */
function showMemory(slider, { optimizer }, defaults) {
  const memory = slidMemory(optimizer, defaults);
  const held = slider.element.contains(document.activeElement); // It does not go from under a hand.
  slider.element.hidden = !memory && !held;
  if (memory) slider.rename(memory.letter);
  if (memory || held) slider.update(memory?.value ?? Number(optimizer.momentum ?? 0));
}

/**
 * The first line: what it looks like, its rule, and the button that takes it away.
 *
 * @param {number} index
 * @param {Catalogue} catalogue
 * @param {{ select: () => void, remove: () => void, change: (edit: (run: RunSpec) => RunSpec) => void }} act
 */
function createHead(index, catalogue, act) {
  const mark = el("button", { type: "button", class: "mark", "aria-label": words.explainRun(index) });
  mark.addEventListener("click", act.select);
  const choose = (/** @type {string} */ choice) => act.change((run) => withRule(run, choice));
  const menu = createOptimizerMenu(catalogue, choose, words.ofRun(words.rule, index));
  const remove = tool("close", words.remove, index, act.remove);
  return {
    element: el("div", { class: "run-head" }, mark, menu, remove),
    /**
     * @param {RunSpec} run
     * @param {{ selected: boolean, theme: View["theme"], alone: boolean, network: boolean }} now
     */
    show(run, { selected, theme, alone, network }) {
      mark.setAttribute("aria-pressed", String(selected));
      fill(mark, lineSample(index, theme));
      offerOptimizers(menu, network);
      menu.value = ruleChoice(run.optimizer);
      remove.disabled = alone;
    },
  };
}

/**
 * @param {Catalogue} catalogue
 * @param {RunSpec} run
 * @returns {Record<string, unknown>}
 */
function defaultsOf(catalogue, run) {
  return catalogue.optimizers.find(({ kind }) => kind === run.optimizer.kind)?.defaults ?? {};
}

/**
 * @param {HTMLElement} badge
 * @param {Outcome | null} outcome
 * @param {boolean} network
 */
function showBadge(badge, outcome, network) {
  badge.hidden = !outcome;
  if (!outcome) return;
  const { word, tone, icon: sign } = verdict(outcome, network);
  if (badge.textContent === word && badge.dataset.tone === tone) return;
  badge.dataset.tone = tone;
  fill(badge, icon(sign), word);
}

/** @typedef {{text: string, tone?: "bad" | "warn" | "good"}} Chip */

/**
 * What is worth saying about a run in a word: its share of the limit, and every setting that was changed.
 *
 * @param {RunSpec} run
 * @param {Outcome | null} outcome
 * @param {Record<string, unknown>} defaults
 * @returns {Chip[]}
 */
export function chipsOf(run, outcome, defaults) {
  /** @type {Chip[]} */
  const chips = [];
  const share = shareOfLimit(outcome);
  if (Number.isFinite(share)) chips.push({ text: words.shareOfLimit(share), ...(share > 1 ? { tone: "bad" } : {}) });
  if (outcome?.kind === "converged" && isNoted(outcome, "zigzag")) chips.push({ text: words.zigzag, tone: "warn" });
  const memory = memoryOf(run.optimizer);
  for (const [name, value] of Object.entries(run.optimizer)) {
    if (name === "kind" || name === "lr" || name === "nesterov" || value === defaults[name]) continue;
    if (name === memory?.name) continue; // It has a slider.
    const shown = name.replaceAll("_", " ");
    const text = value && typeof value === "object" ? textOf(value) : String(value);
    if (name === "path") chips.push({ text: classOf(run.optimizer) ?? text });
    else if (text) chips.push({ text: value === true ? shown : name === "options" ? text : `${shown} ${text}` });
  }
  if (run.schedule && run.schedule.kind !== "constant") chips.push({ text: run.schedule.kind.replaceAll("_", " ") });
  if (run.averaging && run.averaging.kind !== "none") chips.push({ text: run.averaging.kind.toUpperCase() });
  for (const name of /** @type {const} */ (["clip_norm", "clip_value", "noise", "l1"])) {
    if (run[name]) chips.push({ text: `${name.replaceAll("_", " ")} ${run[name]}` });
  }
  return chips;
}

/**
 * A classifier's score first; its share of the limit is then worth the room only above 1.
 *
 * @param {RunSpec} run
 * @param {RunView | null} seen
 * @param {Record<string, unknown>} defaults
 */
function allChips(run, seen, defaults) {
  const score = scoreOf(seen);
  const outcome = seen?.outcome ?? null;
  const chips = chipsOf(run, outcome, defaults);
  return [...score, ...(score.length > 0 && shareOfLimit(outcome) <= 1 ? chips.slice(1) : chips)];
}

/**
 * The share of validation examples a classifier gets right, as last measured.
 *
 * @param {RunView | null} run
 * @returns {Chip[]}
 */
export function scoreOf(run) {
  const share = run?.columns.get("val_accuracy")?.[run.n - 1] ?? NaN;
  return Number.isFinite(share) ? [{ text: training.score(share) }] : [];
}

/** @param {Chip} chip */
function chip({ text, tone }) {
  return el("span", { class: "chip", "data-tone": tone }, text);
}

/**
 * @param {"close" | "copy"} sign
 * @param {string} name
 * @param {number} index
 * @param {() => void} act
 */
function tool(sign, name, index, act) {
  const label = words.ofRun(name, index);
  return el("button", { type: "button", class: "tool", "aria-label": label, title: name, onclick: act }, icon(sign));
}
