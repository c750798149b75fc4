/** The settings of a choice from the catalogue, as a form that follows its kind. */

/** @import { CatalogueEntry, Choice } from "../types/page.js" */

import { fieldsOf } from "../state/json-schema.js";
import { el, fill } from "../ui/dom.js";
import { createForm } from "../ui/form.js";
import { firstParagraph } from "../words/workbench.js";

/**
 * Keep a place showing the settings of a choice; the form is made anew when the kind changes.
 *
 * @param {object} options
 * @param {Element} options.place
 * @param {readonly CatalogueEntry[]} options.entries
 * @param {string} options.loc Dotted path of the choice, as the server names it.
 * @param {readonly string[]} options.without Fields that have a place of their own on the page.
 * @param {boolean} [options.help] Whether the choice's own help stands above.
 * @param {(choice: Choice) => void} options.change Called with the choice and its new value.
 * @returns {(choice: Choice) => void} Show a choice.
 */
export function createChoiceForm({ place, entries, loc, without, change, help = true }) {
  let shown = "";
  let form = createForm([], "", () => {});
  /** @type {Choice} */
  let now = { kind: "" };

  return (choice) => {
    now = choice;
    const entry = entries.find(({ kind }) => kind === choice.kind);
    if (choice.kind !== shown) {
      shown = choice.kind;
      const fields = entry ? fieldsOf(entry.schema, without) : [];
      form = createForm(fields, loc, (name, value) => change({ ...now, [name]: value }));
      const text = help && entry?.help ? el("p", { class: "help" }, firstParagraph(entry.help)) : null;
      fill(place, text, form.element);
    }
    form.update({ ...entry?.defaults, ...choice });
  };
}
