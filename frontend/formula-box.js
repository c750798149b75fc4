/** The formula, typeset; and, where it is the reader's own, the field to type it in and what is wrong with it. */

/** @import { Catalogue, Recipe, ServerProblem, Stores } from "./types.js" */

import { el, fill, newId } from "./dom.js";
import { around, dimensionOf, withNumbers } from "./formula.js";
import { icon } from "./icons.js";
import { formula, rows, signature } from "./mathml.js";
import { withProblem } from "./recipe.js";
import { firstParagraph, words } from "./words.js";

/**
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 */
export function createFormulaBox({ recipe, landscape }, catalogue) {
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
    el("label", { for: id }, "f ="),
    text,
    error,
    hint,
  );
  const edit = el("button", { type: "button", class: "quiet", onclick: startEditing }, icon("edit"), words.editFormula);

  /** The set-up's formula with its numbers in it, as the text of a formula of one's own. */
  function startEditing() {
    const now = recipe.get();
    const entry = catalogue.problems.find(({ kind }) => kind === now.problem.kind);
    const source = landscape.get()?.kind === now.problem.kind ? landscape.get()?.text : null;
    const plain = withNumbers(source ?? entry?.formula ?? "x**2", { ...entry?.defaults, ...now.problem });
    const start = now.runs[0]?.start ?? landscape.get()?.start ?? entry?.start ?? undefined;
    const domain = landscape.get()?.domain ?? entry?.domain ?? null;
    recipe.update((old) => ({
      ...old,
      problem: { kind: "formula", text: plain, ...(domain ? { domain } : {}) },
      runs: old.runs.map((run) => (start ? { ...run, start: [...(run.start ?? start)] } : run)),
    }));
    text.focus();
  }

  text.addEventListener("input", () => recipe.update((now) => withText(now, text.value)));

  /** @param {Recipe} now */
  function show(now) {
    const own = now.problem.kind === "formula";
    const entry = catalogue.problems.find(({ kind }) => kind === now.problem.kind);
    const drawn = landscape.get();
    const seen = drawn?.kind === now.problem.kind ? drawn : own ? null : entry;
    editor.hidden = !own;
    edit.hidden = own || !entry?.formula;
    if (own && text !== document.activeElement) text.value = String(now.problem.text ?? entry?.defaults.text ?? "");
    if (seen?.mathml) fill(typeset, formula([...signature(seen.variables ?? []), ...rows(seen.mathml)]));
    else if (!own) fill(typeset, el("p", { class: "help" }, firstParagraph(entry?.help ?? "")));
  }

  recipe.watch(show);
  landscape.watch(() => show(recipe.get()));
  return el("div", { class: "formula-box" }, typeset, edit, editor);
}

/**
 * Change the text; a start with another number of coordinates is given up, and so is a domain.
 *
 * @param {Recipe} recipe
 * @param {string} text
 * @returns {Recipe}
 */
export function withText(recipe, text) {
  const { domain: _, ...rest } = recipe.problem;
  const same = dimensionOf(String(recipe.problem.text ?? "")) === dimensionOf(text);
  return same ? { ...recipe, problem: { ...recipe.problem, text } } : withProblem(recipe, { ...rest, text });
}

/**
 * Mark the place of a mistake below the formula; showProblem has put the message there already.
 *
 * @param {ParentNode} root
 * @param {ServerProblem | null} problem
 * @param {Recipe} recipe
 */
export function markMistake(root, problem, recipe) {
  const place = root.querySelector('[data-loc="problem.text"] > .error');
  const position = problem?.errors?.find((error) => error.position !== undefined)?.position;
  if (!place || position === undefined || place.textContent === "") return;
  const [before, wrong, after] = around(String(recipe.problem.text ?? ""), position);
  place.append(el("code", {}, before, el("mark", {}, wrong), after));
}
