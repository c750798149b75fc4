/** A schedule, or an average: its kind from a menu, its settings, and where it is made of others, those too. */

/** @import { CatalogueEntry, Choice } from "../types/page.js" */

import { el, newId } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { words } from "../words/workbench.js";
import { createChoiceForm } from "./choice-form.js";

/**
 * @param {object} options
 * @param {readonly CatalogueEntry[]} options.entries What can be chosen.
 * @param {string} options.label What stands before the menu.
 * @param {string} options.loc Dotted path of the choice, as the server names it.
 * @param {(choice: Choice) => void} options.change Called with every new value.
 */
export function createKindForm({ entries, label, loc, change }) {
  const menu = el("select", { id: newId() }, ...entries.map(({ kind, title }) => el("option", { value: kind }, title)));
  menu.addEventListener("change", () => change({ kind: menu.value }));
  const place = el("div");
  const parts = el("div");
  const form = createChoiceForm({ place, entries, loc, without: [], change });
  /** @type {ReturnType<typeof createParts> | null} */
  let list = null;
  let shown = "";

  return {
    element: el(
      "div",
      { class: "schedule" },
      el("div", { class: "field" }, el("label", { for: menu.id }, label), menu),
      place,
      parts,
    ),
    /** @param {Choice} choice */
    show(choice) {
      menu.value = choice.kind;
      form(choice);
      const entry = entries.find(({ kind }) => kind === choice.kind);
      if (choice.kind !== shown) {
        shown = choice.kind;
        list = entry?.schema?.properties?.parts ? createParts(entry, entries, loc, change) : null;
        parts.replaceChildren(...(list ? [list.element] : []));
      }
      list?.show({ ...entry?.defaults, ...choice });
    },
  };
}

/**
 * The schedules that one is made of.
 *
 * @param {CatalogueEntry} whole
 * @param {readonly CatalogueEntry[]} entries
 * @param {string} loc
 * @param {(schedule: Choice) => void} change
 */
function createParts(whole, entries, loc, change) {
  const { items, maxItems = Infinity } = whole.schema?.properties?.parts ?? {};
  const allowed = entries.filter(({ kind }) => Object.hasOwn(items?.discriminator?.mapping ?? {}, kind));
  const list = el("ol", { class: "schedule-parts" });
  const more = el("button", { type: "button", onclick: () => replace(now.length, 0, { kind: "constant" }) });
  more.append(icon("add"), words.addPart);
  /** @type {Choice} */
  let schedule = { kind: whole.kind };
  /** @type {Choice[]} */
  let now = [];
  /** @type {ReturnType<typeof createKindForm>[]} */
  let forms = [];

  /**
   * Put other parts in the place of some; where their number changes, all are equally long again.
   *
   * @param {number} at
   * @param {number} count
   * @param {Choice[]} others
   */
  function replace(at, count, ...others) {
    const { milestones: _, ...rest } = schedule;
    const kept = others.length === count ? schedule : rest;
    change({ ...kept, kind: whole.kind, parts: now.toSpliced(at, count, ...others) });
  }

  function build() {
    forms = now.map((_, i) =>
      createKindForm({
        entries: allowed,
        label: words.part(i),
        loc: `${loc}.parts.${i}`,
        change: (part) => replace(i, 1, part),
      }),
    );
    list.replaceChildren(...forms.map(({ element }, i) => el("li", {}, element, removal(i))));
  }

  /** @param {number} i */
  function removal(i) {
    const name = words.removePart(i);
    const act = { disabled: now.length === 1, onclick: () => replace(i, 1) };
    return el("button", { type: "button", class: "tool", "aria-label": name, title: name, ...act }, icon("close"));
  }

  return {
    element: el("div", {}, list, more),
    /** @param {Choice} chosen */
    show(chosen) {
      const { parts, ...rest } = chosen;
      schedule = /** @type {Choice} */ (rest);
      now = /** @type {Choice[]} */ (parts);
      if (now.length !== forms.length) build();
      forms.forEach((form, i) => {
        form.show(now[i] ?? { kind: "constant" });
      });
      more.disabled = now.length >= maxItems;
    },
  };
}
