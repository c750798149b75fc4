/** What a network learns from, its layers, and where it begins: the problem card's part for real training. */

/** @import { Catalogue, CatalogueEntry, Choice, Dataset, Spec, Stores } from "../types/page.js" */

import { fieldsOf } from "../state/json-schema.js";
import { lossesOf, withData, withNewParameters } from "../state/spec.js";
import { el, newId } from "../ui/dom.js";
import { createForm } from "../ui/form.js";
import { icon } from "../ui/icons.js";
import { training } from "../words/training.js";
import { firstParagraph } from "../words/workbench.js";
import { createChoiceForm } from "./choice-form.js";
import { changesOf, withBuiltIn, withDataset, withReading } from "./own-data.js";
import { createUpload } from "./upload.js";

/** Fields that are shown at once; the others are behind "Loss and initial values". */
const FIRST = ["hidden", "activation", "context", "embedding"];
const ELSEWHERE = ["data", "init_seed"];

/**
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 */
export function createNetworkCard(stores, catalogue) {
  const { spec } = stores;
  const data = createDataCard(stores, catalogue, offer);
  const place = el("div", { class: "network-fields" });
  const seed = el("span", { class: "help" });
  const act = () => spec.update(withNewParameters);
  const label = [icon("dice"), training.newParameters];
  const fresh = el("button", { type: "button", title: training.newParametersHelp, onclick: act }, ...label);
  const element = el("div", { class: "network" }, data.element, place, el("div", { class: "fresh" }, fresh, seed));
  let shown = "";
  /** @type {ReturnType<typeof createForm>[]} */
  let forms = [];

  /** Offer the losses that the data leave. */
  function offer() {
    for (const form of forms) form.offer("loss", lossesOf(spec.get().problem, data.known()));
  }

  /** @param {CatalogueEntry} entry */
  function build(entry) {
    const fields = fieldsOf(entry.schema, ELSEWHERE);
    const change = (/** @type {string} */ name, /** @type {unknown} */ value) =>
      spec.update((now) => ({ ...now, problem: withSetting(now.problem, name, value) }));
    forms = [true, false].map((first) => {
      const some = fields.filter(({ name }) => FIRST.includes(name) === first);
      return createForm(
        some.map((field) => ({ ...field, brief: first })),
        "problem",
        change,
      );
    });
    const [first, rest] = forms.map((form) => form.element);
    const more = el("details", { class: "more" }, el("summary", {}, training.moreOfNetwork), rest);
    place.replaceChildren(...[first ?? "", more]);
  }

  return {
    element,
    /**
     * @param {Spec} now
     * @param {CatalogueEntry} entry
     */
    show(now, entry) {
      if (entry.kind !== shown) build(entry);
      shown = entry.kind;
      data.show(now, entry);
      offer();
      for (const form of forms) form.update({ ...entry.defaults, ...now.problem });
      seed.textContent = training.parametersOf(now.problem.init_seed ?? now.seed);
    },
  };
}

/**
 * @param {Choice} problem
 * @param {string} name
 * @param {unknown} value null is the server's own choice.
 * @returns {Choice}
 */
function withSetting(problem, name, value) {
  const { [name]: _, ...rest } = problem;
  return /** @type {Choice} */ (value === null ? rest : { ...rest, [name]: value });
}

/**
 * The data of a spec: its own, else the problem's.
 *
 * @param {Spec} spec
 * @param {CatalogueEntry} entry
 * @returns {Choice}
 */
export function dataOf({ problem }, entry) {
  return /** @type {Choice} */ (problem.data ?? entry.defaults.data ?? { kind: "moons" });
}

/**
 * Which data, its settings, and for data of one's own the box to give it in.
 *
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 * @param {() => void} learnt Called when more is known of the data.
 */
function createDataCard({ spec }, catalogue, learnt) {
  const id = newId();
  const tables = catalogue.datasets.filter(({ kind, schema }) => schema && kind !== "names");
  const menu = el("select", { id, name: "data" });
  menu.append(...tables.map(({ kind, title }) => el("option", { value: kind }, title)));
  const menuRow = el(
    "div",
    { class: "field", "data-loc": "problem.data" },
    el("label", { for: id }, training.data),
    menu,
  );
  menuRow.append(el("p", { class: "error", hidden: true }));
  const help = el("p", { class: "help" });
  const source = el("p", { class: "help" });
  const settings = el("div", {});
  const folded = el("div", { class: "fields" }, settings, source);
  const more = el("details", { class: "more" }, el("summary", {}, training.dataSettings), folded);
  const change = (/** @type {Choice} */ data) => spec.update((now) => withData(now, data));
  const form = createChoiceForm({
    place: settings,
    entries: catalogue.datasets,
    loc: "problem.data",
    without: ["id", "target"],
    help: false,
    change,
  });
  const give = (/** @type {Dataset} */ given) => spec.update((now) => withDataset(now, given));
  const reread = (/** @type {Dataset} */ given) => spec.update((now) => withReading(now, given));
  const table = createUpload("csv", give, reread, undefined, learnt);
  const names = createUpload("names", give, reread);
  const changes = createChanges(spec);
  const shipped = el("button", { type: "button", class: "quiet", onclick: () => change({ kind: "names" }) });
  shipped.append(training.shippedNames);
  const own = el("details", { class: "more" }, el("summary", {}, training.ownNames), names.element, shipped);
  const element = el("div", { class: "data-choice" }, menuRow, help, table.element, own, changes, more);
  let wanted = ""; // Data of one's own that was chosen, but not given yet.

  menu.addEventListener("change", () => {
    const before = spec.get();
    wanted = menu.value === "csv" ? "csv" : "";
    if (wanted === "") {
      spec.update((now) => withBuiltIn(now, menu.value));
      changes.textContent = changesOf(before, spec.get());
      return;
    }
    const network = catalogue.problems.find(({ kind }) => kind === "network");
    show(before, network);
    table.element.querySelector("textarea")?.focus();
  });

  /**
   * @param {Spec} now
   * @param {CatalogueEntry | undefined} entry
   */
  function show(now, entry) {
    if (!entry) return;
    const data = dataOf(now, entry);
    const letters = now.problem.kind === "character";
    const kind = letters ? "names" : wanted || data.kind;
    if (data.kind === "csv" || letters) wanted = "";
    menu.value = kind;
    menuRow.hidden = letters;
    table.element.hidden = kind !== "csv";
    own.hidden = !letters;
    shipped.hidden = !data.id;
    if (data.id) own.open = true;
    more.hidden = wanted !== "";
    const chosen = catalogue.datasets.find((one) => one.kind === kind);
    help.textContent = firstParagraph(chosen?.help ?? "");
    source.textContent = training.source(chosen?.source ?? "", chosen?.licence ?? "");
    source.hidden = Boolean(data.id);
    form(data);
    (letters ? names : table).show(typeof data.id === "string" ? data.id : null);
  }

  /** What the server said of a table of one's own, where one is trained on. */
  const known = () => (dataKindOf(spec.get()) === "csv" ? table.known() : null);

  return { element, show, known };
}

/** @param {Spec} spec */
function dataKindOf({ problem }) {
  return /** @type {Partial<Choice> | undefined} */ (problem.data)?.kind;
}

/**
 * What else changed with data of one's own, for as long as they are trained on.
 * @param {Stores["spec"]} spec
 */
function createChanges(spec) {
  const element = el("p", { class: "help", role: "status" });
  let last = spec.get();
  spec.watch((now) => {
    const [before, { id, kind }] = [whichData(last), whichData(now)];
    if (id !== before.id || kind !== before.kind) element.textContent = id ? changesOf(last, now) : "";
    last = now;
  });
  return element;
}

/**
 * @param {Spec} spec
 * @returns {{ kind?: unknown, id?: unknown }}
 */
function whichData({ problem }) {
  return /** @type {{ kind?: unknown, id?: unknown } | undefined} */ (problem.data) ?? {};
}
