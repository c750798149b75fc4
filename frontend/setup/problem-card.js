/** The card that says what is minimised: problem, formula, parameters, start, steps, seed, arithmetic. */

/** @import { Catalogue, CatalogueEntry, Landscape, Spec, Stores } from "../types/page.js" */

import { withFirstRuns } from "../state/first-runs.js";
import { fieldsOf, parseNumbers, textOf } from "../state/json-schema.js";
import { isNetwork, withProblem, withStart } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { el, fill, find } from "../ui/dom.js";
import { createField, createForm } from "../ui/form.js";
import { createLogSlider } from "../ui/slider.js";
import { gallery } from "../words/presets.js";
import { training } from "../words/training.js";
import { words } from "../words/workbench.js";
import { createFormulaBox } from "./formula-box.js";
import { createNetworkCard } from "./network-card.js";

const MOST_STEPS = 1_000_000;
const OWN = "x**2 + 10*y**2"; // what a formula of one's own begins as

/**
 * The menu's groups, in the order of their first problems.
 *
 * @param {readonly CatalogueEntry[]} problems
 * @returns {[title: string, entries: CatalogueEntry[]][]}
 */
export function grouped(problems) {
  /** @type {Map<string, CatalogueEntry[]>} */
  const groups = new Map();
  for (const entry of problems) {
    const title = entry.group ?? "";
    groups.set(title, [...(groups.get(title) ?? []), entry]);
  }
  return [...groups];
}

/**
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 * @param {() => void} showGallery
 */
export function createProblemCard(stores, catalogue, showGallery) {
  const { spec, landscape } = stores;
  const menu = problemMenu(catalogue, (kind) => {
    const first = catalogue.problems.find((one) => one.kind === kind)?.first_runs;
    spec.update((now) => withFirstRuns(withProblem(now, beginning(kind)), first));
  });
  const pictures = el("button", { type: "button", class: "quiet", onclick: showGallery }, gallery.open);
  const formula = createFormulaBox(stores, catalogue);
  const settings = el("div");
  const network = createNetworkCard(stores, catalogue);
  const start = startField((point) => spec.update((now) => withStart(now, point)));
  const steps = createLogSlider({
    label: words.steps,
    loc: "steps",
    low: 1,
    high: MOST_STEPS,
    whole: true,
    change: (value) => spec.update((now) => ({ ...now, steps: value })),
  });
  const advanced = advancedForm(stores);
  let form = createForm([], "problem", () => {});
  let shown = "";

  /** @param {{ spec: Spec, landscape: Landscape | null }} shown */
  function show({ spec: now, landscape }) {
    const { kind } = now.problem;
    const entry = catalogue.problems.find((one) => one.kind === kind);
    const learned = isNetwork(now.problem);
    menu.value = kind;
    for (const part of [formula, start.element]) part.hidden = learned;
    network.element.hidden = !learned;
    advanced.device.hidden = !learned;
    steps.update(now.steps);
    advanced.update({ ...now });
    if (learned) {
      settings.hidden = true;
      shown = "";
      if (entry) network.show(now, entry);
      return;
    }
    if (kind !== shown) {
      const fields = entry ? fieldsOf(entry.schema, ["text", "domain"]) : [];
      form = createForm(fields, "problem", (name, value) =>
        spec.update((old) => ({ ...old, problem: { ...old.problem, [name]: value } })),
      );
      fill(settings, form.element);
      settings.hidden = fields.length === 0;
      shown = kind;
    }
    const values = { ...entry?.defaults, ...now.problem };
    form.update(values);
    if (kind === "regression") showInline(form.element, values.data === null);
    start.update(startOf(now, landscape, entry));
  }

  watchAll({ spec, landscape }, show);
  return el(
    "section",
    { class: "card", "aria-labelledby": "problem-title" },
    el("div", { class: "card-head" }, el("h2", { id: "problem-title" }, words.problem), pictures),
    menu,
    formula,
    settings,
    network.element,
    start.element,
    steps.element,
    el("details", { class: "more" }, el("summary", {}, words.advanced), advanced.element),
  );
}

/**
 * A problem as the menu chooses it, with the server's defaults.
 *
 * @param {string} kind
 * @returns {Spec["problem"]}
 */
export function beginning(kind) {
  return kind === "formula" ? { kind, text: OWN } : { kind };
}

/**
 * The fields for data of one's own are there only where no built-in data is chosen.
 *
 * @param {Element} form
 * @param {boolean} own
 */
function showInline(form, own) {
  for (const field of form.querySelectorAll('[data-loc="problem.x"], [data-loc="problem.y"]')) {
    field.toggleAttribute("hidden", !own);
  }
}

/**
 * Where the runs begin: the first run's own start, else the problem's.
 *
 * @param {Spec} spec
 * @param {Landscape | null} landscape
 * @param {CatalogueEntry | undefined} entry
 * @returns {readonly number[]}
 */
export function startOf(spec, landscape, entry) {
  const own = spec.runs[0]?.start;
  if (own) return own;
  return landscape?.kind === spec.problem.kind ? landscape.start : (entry?.start ?? []);
}

/**
 * @param {Catalogue} catalogue
 * @param {(kind: string) => void} choose
 */
function problemMenu(catalogue, choose) {
  const groups = grouped(catalogue.problems).map(([label, entries]) =>
    el("optgroup", { label }, ...entries.map(({ kind, title }) => el("option", { value: kind }, title))),
  );
  const menu = el("select", { class: "wide", "aria-label": words.problem, name: "problem" }, ...groups);
  menu.addEventListener("change", () => choose(menu.value));
  return menu;
}

/** @param {(point: number[]) => void} change */
function startField(change) {
  const field = { ...fieldsOf({ properties: { start: { type: "array", description: words.startHint } } })[0] };
  const made = createField(
    /** @type {import("../state/json-schema.js").Field} */ ({ ...field, label: words.start }),
    "runs.0.start",
    (value) => change(/** @type {number[]} */ (value)),
  );
  const box = made.element.querySelector("input");
  return {
    element: made.element,
    /** @param {readonly number[]} point */
    update(point) {
      const rounded = point.map((value) => Number(value.toPrecision(6)));
      const typed = parseNumbers(box?.value ?? "");
      if (textOf(typed.error === undefined ? typed.value : []) !== textOf(rounded)) made.update(rounded);
    },
  };
}

/** @param {Stores} stores */
function advancedForm({ spec }) {
  const properties = {
    seed: { type: "integer", minimum: 0, maximum: 2 ** 32 - 1, default: 0, description: words.seedHelp },
    dtype: { enum: ["float64", "float32"], default: "float64", description: words.dtypeHelp },
    device: { enum: ["auto", "cpu", "cuda"], default: "auto", description: training.deviceHelp },
  };
  const form = createForm(fieldsOf({ properties }), "", (name, value) =>
    spec.update(({ device = "auto", ...now }) => withDevice({ ...now, device, [name]: value })),
  );
  for (const field of form.element.querySelectorAll("[data-loc]")) {
    field.setAttribute("data-loc", field.getAttribute("data-loc")?.slice(1) ?? "");
  }
  return { ...form, device: find(form.element, '[data-loc="device"]', HTMLElement) };
}

/**
 * A spec says where to compute only where it is not left to the server.
 * @param {Spec} spec
 * @returns {Spec}
 */
function withDevice({ device, ...spec }) {
  return device === undefined || device === "auto" ? spec : { ...spec, device };
}
