/** The formula, typeset; and, where it is the reader's own, the field to type it in and what is wrong with it. */

/** @import { Catalogue, Spec, ServerProblem, Stores } from "../types/page.js" */

import { withFirstRuns } from "../state/first-runs.js";
import { around, dimensionOf, numeralsOf, withNumbers, withNumeral } from "../state/formula.js";
import { withProblem } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { el, fill, newId } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { formula } from "../ui/mathml.js";
import { firstParagraph, words } from "../words/workbench.js";
import { createFormulaDrag } from "./formula-drag.js";

/**
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 */
export function createFormulaBox({ spec, landscape }, catalogue) {
  const id = newId();
  const typeset = el("div", { class: "typeset" });
  const text = el("textarea", {
    id,
    rows: 2,
    spellcheck: "false",
    autocomplete: "off",
    "aria-describedby": `${id}e ${id}h`,
  });
  const error = el("p", { class: "error", id: `${id}e`, hidden: true });
  const hint = el("p", { class: "help", id: `${id}h` }, words.formulaHint);
  const editor = el(
    "div",
    { class: "field formula", "data-loc": "problem.text" },
    el("label", { for: id }, words.formulaIs),
    text,
    error,
    hint,
  );
  const edit = el("button", { type: "button", class: "quiet", onclick: startEditing }, icon("edit"), words.editFormula);

  const numbers = createFormulaDrag(typeset, sourceOf, (handle, value) => {
    if ("parameter" in handle) {
      spec.update((now) => ({ ...now, problem: { ...now.problem, [handle.parameter]: value } }));
      return;
    }
    const { now } = sourceOf() ?? { now: "" };
    const numeral = numeralsOf(now)[handle.numeral];
    if (!numeral) return;
    const changed = withNumeral(now, numeral, value);
    if (spec.get().problem.kind === "formula") spec.update((old) => withText(old, changed));
    else makeOwn(changed);
  });

  /** @returns {import("./formula-drag.js").Source | null} What is typeset now. */
  function sourceOf() {
    const { problem } = spec.get();
    const entry = catalogue.problems.find(({ kind }) => kind === problem.kind);
    const drawn = landscape.get();
    const text = drawn?.kind === problem.kind ? drawn.text : entry?.formula;
    if (!text) return null;
    const settings = Object.entries({ ...entry?.defaults, ...problem });
    const numeric = settings.flatMap(([name, value]) => (typeof value === "number" ? [[name, value]] : []));
    const typed = problem.kind === "formula" && typeof problem.text === "string" ? problem.text : text;
    const now = typed === drawn?.problem?.text ? text : typed;
    return { text, now, parameters: Object.fromEntries(numeric) };
  }

  /** The set-up's formula with its numbers in it, as the text of a formula of one's own. */
  function startEditing() {
    const { text: plain, parameters } = sourceOf() ?? { text: "x**2", parameters: {} };
    makeOwn(withNumbers(plain, parameters));
    text.focus();
  }

  /** From now on the problem is this formula; the runs begin where they did. @param {string} plain */
  function makeOwn(plain) {
    const now = spec.get();
    const entry = catalogue.problems.find(({ kind }) => kind === now.problem.kind);
    const start = now.runs[0]?.start ?? landscape.get()?.start ?? entry?.start ?? undefined;
    const domain = landscape.get()?.domain ?? entry?.domain ?? null;
    spec.update((old) => ({
      ...old,
      problem: { kind: "formula", text: plain, ...(domain ? { domain } : {}) },
      runs: old.runs.map((run) => (start ? { ...run, start: [...(run.start ?? start)] } : run)),
    }));
  }

  /** The text that was typed and has not got its window, start and rates yet. */
  let fresh = "";
  text.addEventListener("input", () => {
    fresh = text.value;
    spec.update((now) => withProblem(now, { kind: "formula", text: fresh }));
  });
  landscape.watch((drawn) => {
    if (!fresh || drawn?.problem?.text !== fresh || spec.get().problem.text !== fresh) return;
    fresh = "";
    spec.update((now) => withFirstRuns(now, drawn.first_runs));
  });

  /** @param {{ spec: Spec, landscape: import("../types/page.js").Landscape | null }} shown */
  function show({ spec: now, landscape: drawn }) {
    const own = now.problem.kind === "formula";
    const entry = catalogue.problems.find(({ kind }) => kind === now.problem.kind);
    const seen = drawn?.kind === now.problem.kind ? drawn : own ? null : entry;
    editor.hidden = !own;
    edit.hidden = own || !entry?.formula;
    if (own && text !== document.activeElement) text.value = String(now.problem.text ?? entry?.defaults.text ?? "");
    if (seen?.signature && seen.mathml) typesetting(seen.signature, seen.mathml);
    else if (!own) fill(typeset, el("p", { class: "help" }, firstParagraph(entry?.help ?? "")));
  }

  let set = "";
  /**
   * @param {string} left
   * @param {string} right
   */
  function typesetting(left, right) {
    const source = sourceOf();
    const key = JSON.stringify([left, right, source]);
    if (key === set && typeset.querySelector("math")) return;
    set = key;
    const focused = numbers.focused();
    fill(typeset, formula(left), formula(right, true));
    numbers.filled(focused);
  }

  watchAll({ spec, landscape }, show);
  return el("div", { class: "formula-box" }, typeset, edit, editor);
}

/**
 * Change a number in the text; a start with another number of coordinates is given up, and so is a domain.
 *
 * @param {Spec} spec
 * @param {string} text
 * @returns {Spec}
 */
export function withText(spec, text) {
  const { domain: _, ...rest } = spec.problem;
  const same = dimensionOf(String(spec.problem.text ?? "")) === dimensionOf(text);
  return same ? { ...spec, problem: { ...spec.problem, text } } : withProblem(spec, { ...rest, text });
}

/**
 * Mark the place of a mistake below the formula; showProblem has put the message there already.
 *
 * @param {ParentNode} root
 * @param {ServerProblem | null} problem
 * @param {Spec} spec
 */
export function markMistake(root, problem, spec) {
  const place = root.querySelector('[data-loc="problem.text"] > .error');
  const position = problem?.errors?.find((error) => error.position !== undefined)?.position;
  if (!place || position === undefined || place.textContent === "") return;
  const [before, wrong, after] = around(String(spec.problem.text ?? ""), position);
  place.append(el("code", {}, before, el("mark", {}, wrong), after));
}
