/** One run: its colour, rule, learning rate and outcome, and behind a button everything else that can be set. */

/** @import { Catalogue, Outcome, RunSpec, Stores } from "./types.js" */

import { el, fill, newId } from "./dom.js";
import { createForm } from "./form.js";
import { icon } from "./icons.js";
import { createLogSlider } from "./log-slider.js";
import { ruleChoice, tidy, withCopy, withLr, withoutRun, withRule, withRun } from "./recipe.js";
import { sample } from "./sample.js";
import { fieldsOf } from "./schema.js";
import { firstParagraph, isZigzag, shareOfLimit, verdict, words } from "./words.js";

const LOWEST_LR = 1e-5;
const HIGHEST_LR = 10;

/** Fields of a run beside its optimizer and schedule. */
const EXTRAS = fieldsOf({
  properties: {
    clip_norm: { ...optional(), description: words.clipNormHelp },
    clip_value: { ...optional(), description: words.clipValueHelp },
    noise: { ...optional(), description: words.noiseHelp },
    label: { type: "string", default: "", maxLength: 80, description: words.labelHelp, title: words.label },
  },
});

function optional() {
  return { anyOf: [{ type: "number", minimum: 0 }, { type: "null" }], default: null };
}

/**
 * @param {number} index
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 */
export function createRunCard(index, { recipe, runs, view }, catalogue) {
  const change = (/** @type {(run: RunSpec) => RunSpec} */ edit) =>
    recipe.update((now) => withRun(now, index, (run) => tidy(edit(run))));
  const mark = el("button", { type: "button", class: "mark", "aria-label": words.explainRun(index), onclick: select });
  const menu = ruleMenu(catalogue, (choice) => change((run) => withRule(run, choice)));
  const badge = el("span", { class: "badge" });
  const rate = createLogSlider({
    label: words.learningRate,
    loc: `runs.${index}.optimizer.lr`,
    low: LOWEST_LR,
    high: HIGHEST_LR,
    change: (lr) => change((run) => withLr(run, lr)),
  });
  const chips = el("div", { class: "chips" });
  const settings = createSettings(index, catalogue, change);
  const remove = tool("close", words.remove, () => recipe.update((now) => withoutRun(now, index)));
  const copy = tool("copy", words.duplicate, () => recipe.update((now) => withCopy(now, index)));
  const element = el(
    "li",
    { class: "run", onpointerenter: () => hover(index), onpointerleave: () => hover(null), onfocusin: select },
    el("div", { class: "run-head" }, mark, menu, remove),
    rate.element,
    el("div", { class: "run-foot" }, badge, chips, settings.button, copy),
    settings.element,
  );
  element.addEventListener("pointerdown", select);

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
      const { runs: all } = recipe.get();
      const { selected, theme } = view.get();
      const run = all[index];
      if (!run) return;
      const outcome = runs.get().find((one) => one.index === index)?.outcome ?? null;
      element.toggleAttribute("data-selected", selected === index);
      mark.setAttribute("aria-pressed", String(selected === index));
      menu.value = ruleChoice(run.optimizer);
      remove.disabled = all.length === 1;
      fill(mark, sample(index, theme));
      rate.update(Number(run.optimizer.lr ?? defaultsOf(catalogue, run).lr ?? 0));
      fill(chips, ...chipsOf(run, outcome, defaultsOf(catalogue, run)).map(chip));
      showBadge(badge, run, outcome);
      settings.show(run);
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
 * @param {RunSpec} run
 * @param {Outcome | null} outcome
 */
function showBadge(badge, run, outcome) {
  badge.hidden = !outcome;
  if (!outcome) return;
  const { word, tone, icon: sign } = verdict(run.optimizer, outcome);
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
  if (outcome?.kind === "converged" && isZigzag(run.optimizer, outcome))
    chips.push({ text: words.zigzag, tone: "warn" });
  for (const [name, value] of Object.entries(run.optimizer)) {
    if (name === "kind" || name === "lr" || name === "nesterov" || value === defaults[name]) continue;
    const shown = name === "momentum" ? "β" : name.replaceAll("_", " ");
    chips.push({ text: value === true ? shown : `${shown} ${value}` });
  }
  if (run.schedule && run.schedule.kind !== "constant") chips.push({ text: run.schedule.kind.replaceAll("_", " ") });
  for (const name of /** @type {const} */ (["clip_norm", "clip_value", "noise"])) {
    if (run[name]) chips.push({ text: `${name.replaceAll("_", " ")} ${run[name]}` });
  }
  return chips;
}

/** @param {Chip} chip */
function chip({ text, tone }) {
  return el("span", { class: "chip", "data-tone": tone }, text);
}

/**
 * @param {"close" | "copy"} sign
 * @param {string} name
 * @param {() => void} act
 */
function tool(sign, name, act) {
  return el("button", { type: "button", class: "tool", "aria-label": name, title: name, onclick: act }, icon(sign));
}

/**
 * What a run's rule is called.
 *
 * @param {Catalogue} catalogue
 * @param {RunSpec} run
 */
export function ruleName(catalogue, { optimizer }) {
  const choice = ruleChoice(optimizer);
  if (choice === "sgd") return words.sgd;
  const variant = words.variants.find(([value]) => value === choice);
  return variant?.[1] ?? catalogue.optimizers.find(({ kind }) => kind === choice)?.title ?? choice;
}

/**
 * Rules by their kind; momentum and Nesterov are gradient descent with a setting, and easier to find by name.
 *
 * @param {Catalogue} catalogue
 * @param {(choice: string) => void} choose
 */
function ruleMenu(catalogue, choose) {
  const options = catalogue.optimizers.flatMap(({ kind, title }) =>
    kind === "sgd"
      ? [
          el("option", { value: kind }, words.sgd),
          ...words.variants.map(([value, name]) => el("option", { value }, name)),
        ]
      : [el("option", { value: kind }, title)],
  );
  const menu = el("select", { class: "rule", "aria-label": words.rule }, ...options);
  menu.addEventListener("change", () => choose(menu.value));
  return menu;
}

/**
 * Schedule, the optimizer's and the schedule's settings, clipping, noise and name, behind a button.
 *
 * @param {number} index
 * @param {Catalogue} catalogue
 * @param {(edit: (run: RunSpec) => RunSpec) => void} change
 */
function createSettings(index, catalogue, change) {
  const id = newId();
  const button = el("button", { type: "button", class: "tool", "aria-expanded": "false", "aria-controls": id });
  button.append(icon("settings"));
  button.setAttribute("aria-label", words.settings);
  button.title = words.settings;
  const schedule = el("select", { id: newId() });
  schedule.append(...catalogue.schedules.map(({ kind, title }) => el("option", { value: kind }, title)));
  schedule.addEventListener("change", () => change((run) => ({ ...run, schedule: { kind: schedule.value } })));
  const scheduleRow = el("div", { class: "field" }, el("label", { for: schedule.id }, words.schedule), schedule);
  const ruleFields = el("div");
  const scheduleFields = el("div");
  const extras = createForm(EXTRAS, `runs.${index}`, (name, value) => change((run) => ({ ...run, [name]: value })));
  const element = el(
    "div",
    { class: "run-settings", id, hidden: true },
    ruleFields,
    scheduleRow,
    scheduleFields,
    extras.element,
  );
  const choices = {
    optimizer: choiceForm(ruleFields, catalogue.optimizers, "optimizer", index, change),
    schedule: choiceForm(scheduleFields, catalogue.schedules, "schedule", index, change),
  };

  button.addEventListener("click", () => {
    element.hidden = !element.hidden;
    button.setAttribute("aria-expanded", String(!element.hidden));
  });

  return {
    button,
    element,
    /** @param {RunSpec} run */
    show(run) {
      schedule.value = run.schedule?.kind ?? "constant";
      choices.optimizer(run.optimizer);
      choices.schedule(run.schedule ?? { kind: "constant" });
      extras.update({ ...run });
    },
  };
}

/**
 * Keep a place showing the form of a choice; the form is made anew when the kind changes.
 *
 * @param {Element} place
 * @param {Catalogue["optimizers"]} entries
 * @param {"optimizer" | "schedule"} part
 * @param {number} index
 * @param {(edit: (run: RunSpec) => RunSpec) => void} change
 */
function choiceForm(place, entries, part, index, change) {
  let shown = "";
  let form = createForm([], "", () => {});
  return (/** @type {import("./types.js").Choice} */ choice) => {
    const entry = entries.find(({ kind }) => kind === choice.kind);
    if (choice.kind !== shown) {
      shown = choice.kind;
      form = createForm(entry ? fieldsOf(entry.schema, ["lr"]) : [], `runs.${index}.${part}`, (name, value) =>
        change((run) => ({
          ...run,
          [part]: { .../** @type {object} */ (run[part] ?? choice), kind: choice.kind, [name]: value },
        })),
      );
      fill(place, entry?.help ? el("p", { class: "help" }, firstParagraph(entry.help)) : null, form.element);
    }
    form.update({ ...entry?.defaults, ...choice });
  };
}
