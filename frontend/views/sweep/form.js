/** The card that says what varies: the field, its values, how many seeds, and the button that starts. */

/** @import { Catalogue, Spec, Stores, Vary } from "../../types/page.js" */
/** @import { Varied } from "./fields.js" */
/** @import { Read, Typed } from "./values.js" */

import { el, fill, newId } from "../../ui/dom.js";
import { showError } from "../../ui/form.js";
import { icon } from "../../ui/icons.js";
import { asLabel } from "../../words/fields.js";
import { sweep } from "../../words/sweep.js";
import { DENSER, NG, ratesFor, suggested, variedFields } from "./fields.js";
import { distinct } from "./lanes.js";
import { readValues, typedOf } from "./values.js";

const RATE = "run.optimizer.lr";

/**
 * @param {Pick<Stores, "spec" | "landscape">} stores
 * @param {Catalogue} catalogue
 * @param {(spec: Spec & { vary: Vary[], seeds: number }) => void} start
 */
export function createSweepForm({ spec, landscape }, catalogue, start) {
  const menu = el("select", { class: "wide", "aria-label": sweep.field, name: "field" });
  const how = el("select", { "aria-label": sweep.how, name: "how" });
  how.append(el("option", { value: "list" }, sweep.list), el("option", { value: "range" }, sweep.range));
  const series = el("div", { class: "series" });
  const list = el("textarea", { name: "values", rows: 2, "aria-label": sweep.values, spellcheck: "false" });
  const from = box("from", sweep.from);
  const to = box("to", sweep.to);
  const n = box("n", sweep.n);
  const seeds = box("seeds", sweep.seeds);
  const scale = el("select", { "aria-label": sweep.scale, name: "scale" });
  for (const [value, name] of Object.entries(sweep.scales)) scale.append(el("option", { value }, asLabel(name)));
  const range = el("div", { class: "sweep-range" }, from.element, to.element, n.element, scale);
  const error = el("p", { class: "error", hidden: true });
  const values = el("div", { class: "sweep-values", "data-loc": "vary.0.values" }, list, range, error);
  const field = el("div", { "data-loc": "vary.0.field" }, menu, el("p", { class: "error", hidden: true }));
  const tally = el("p", { class: "help" });
  const begin = el("button", { type: "button", class: "primary wide", onclick: () => attempt() }, icon("play"));
  begin.append(sweep.begin);

  /** @type {Varied[]} */
  let fields = [];
  /** @type {Typed} */
  let typed = typedOf({ values: NG }, RATE, { seeds: "1" });
  let path = RATE;
  let offered = "";
  let touched = false; // by the reader; until then the values follow the problem

  const chosen = () => /** @type {Varied} */ (fields.find((one) => one.path === path) ?? fields[0]);
  const rate = () => Number(spec.get().runs[0]?.optimizer.lr ?? NaN);

  /** @returns {Read} */
  function read() {
    const { length } = distinct(spec.get(), path).runs;
    return readValues(chosen(), typed, length, Number.isFinite(rate()) ? rate() : null);
  }

  /** What the problem is, as far as it is known: of one's own formula, once it has been drawn. */
  function ground() {
    const { problem, runs } = spec.get();
    const drawn = landscape.get();
    const entry = catalogue.problems.find(({ kind }) => kind === problem.kind);
    const known = drawn?.kind === problem.kind ? drawn : entry;
    return {
      variables: known?.variables ?? [],
      start: [...(known?.start ?? [])],
      best: () => suggested(chosen(), known?.domain ?? [], ratesFor(runs[0], known?.first_runs)),
    };
  }

  function offer() {
    fields = variedFields(catalogue, spec.get(), ground().variables);
    const key = fields.map((one) => one.path + one.label).join();
    if (key !== offered) fill(menu, ...groups(fields));
    offered = key;
    if (!fields.some((one) => one.path === path))
      choose(fields.some((one) => one.path === RATE) ? RATE : (fields[0]?.path ?? RATE));
    if (!touched) typed = typedOf(ground().best(), path, typed);
    menu.value = path;
    show();
  }

  /** @param {string} other */
  function choose(other) {
    path = other;
    touched = false;
    typed = typedOf(ground().best(), path, typed);
    show();
  }

  /** @param {import("./fields.js").Values} given */
  function take(given) {
    touched = true;
    typed = typedOf(given, path, typed);
    show();
  }

  function show() {
    const { kinds } = chosen();
    const isList = typed.how === "list" || kinds !== null;
    how.value = isList ? "list" : "range";
    how.hidden = kinds !== null;
    list.hidden = !isList;
    range.hidden = isList;
    for (const [control, text] of texts()) if (control !== document.activeElement) control.value = text;
    scale.value = typed.scale;
    fill(series, ...buttons());
    check();
  }

  /** @returns {[HTMLInputElement | HTMLTextAreaElement, string][]} */
  function texts() {
    return [
      [list, typed.list],
      [from.control, typed.from],
      [to.control, typed.to],
      [n.control, typed.n],
      [seeds.control, typed.seeds],
    ];
  }

  function buttons() {
    const button = (/** @type {string} */ name, /** @type {import("./fields.js").Values} */ given) =>
      el("button", { type: "button", onclick: () => take(given) }, name);
    const best = button(sweep.suggested, ground().best());
    return path === RATE ? [best, button(sweep.ng, { values: NG }), button(sweep.denser, DENSER)] : [best];
  }

  /** Say what is wrong, or how many runs these are. */
  function check() {
    const now = read();
    const wrong = now.error ?? null;
    showError(values, wrong !== null && "at" in now && now.at === "values" ? wrong : null);
    showError(n.element, wrong !== null && "at" in now && now.at === "n" ? wrong : null);
    showError(seeds.element, wrong !== null && "at" in now && now.at === "seeds" ? wrong : null);
    begin.disabled = wrong !== null;
    if (now.error !== undefined) return;
    const many = now.vary.values?.length ?? now.vary.n ?? 0;
    const listed = distinct(spec.get(), path).runs.length;
    tally.textContent = `${sweep.runs(listed, many, now.seeds, listed * many * now.seeds)}.`;
  }

  /** What the form asks for; a sentence where that cannot be asked for. */
  function wanted() {
    const now = read();
    if (now.error !== undefined) return now.error;
    const { start: origin } = ground();
    const { runs } = distinct(spec.get(), path);
    const begun = path.startsWith("run.start.") ? runs.map((run) => ({ start: origin, ...run })) : runs;
    return { ...spec.get(), runs: begun, vary: [now.vary], seeds: now.seeds };
  }

  function attempt() {
    const now = wanted();
    if (typeof now !== "string") start(now);
  }

  menu.addEventListener("change", () => choose(menu.value));
  how.addEventListener("change", () => edit({ how: how.value === "range" ? "range" : "list" }));
  scale.addEventListener("change", () => edit({ scale: scale.value === "log" ? "log" : "linear" }));
  list.addEventListener("input", () => edit({ list: list.value }));
  for (const { control } of [from, to, n, seeds])
    control.addEventListener("input", () => edit({ [control.name]: control.value }));

  /** @param {Partial<Typed>} change */
  function edit(change) {
    touched = true;
    typed = { ...typed, ...change };
    show();
  }

  const unwatch = [spec.watch(offer), landscape.watch(offer)];
  return {
    element: el(
      "section",
      { class: "card", "aria-labelledby": "varies-title" },
      el("div", { class: "card-head" }, el("h2", { id: "varies-title" }, sweep.card)),
      field,
      el("div", { class: "sweep-how" }, how, series),
      values,
      el("div", { class: "sweep-seeds" }, seeds.element, tally),
      begin,
    ),

    /**
     * Show what an experiment varied.
     * @param {Vary} vary
     * @param {number} many Seeds.
     */
    open({ field: other, values: given, from: low, to: high, scale: by = "linear", n: count }, many) {
      if (!fields.some((one) => one.path === other)) return;
      path = other;
      touched = true;
      const ends = { from: low ?? 0, to: high ?? 1, scale: by, n: count ?? 1 };
      typed = typedOf(given ? { values: given } : ends, path, { seeds: String(many) });
      offer();
    },

    wanted,

    /** Which field varies. */
    field: () => path,

    /** @param {boolean} busy */
    wait(busy) {
      begin.disabled = busy || read().error !== undefined;
    },
    close() {
      for (const stop of unwatch) stop();
    },
  };
}

/** @param {readonly Varied[]} fields */
function groups(fields) {
  return Object.entries(sweep.groups).map(([group, label]) =>
    el(
      "optgroup",
      { label },
      ...fields
        .filter((one) => one.group === group)
        .map((one) => el("option", { value: one.path }, asLabel(one.label))),
    ),
  );
}

/**
 * @param {string} name
 * @param {string} label
 */
function box(name, label) {
  const id = newId();
  const control = el("input", { id, name, type: "text", inputmode: "decimal", autocomplete: "off" });
  const element = el(
    "div",
    { class: "sweep-box" },
    el("label", { for: id }, label),
    control,
    el("p", { class: "error", hidden: true }),
  );
  return { element, control };
}
