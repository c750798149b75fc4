/** The card that says between which rates a range test climbs, and the button that starts it. */

/** @import { Store } from "../../types/page.js" */

import { fieldsOf } from "../../state/json-schema.js";
import { createStore } from "../../state/store.js";
import { el } from "../../ui/dom.js";
import { createForm } from "../../ui/form.js";
import { range as words } from "../../words/range.js";

const MOST_SEEDS = 64;
const MOST_UPDATES = 1_000_000;
const HIGHEST = 10; // beyond what most problems bear, so that the end is seen

const UPDATES = 300; // of a climb that is smooth, and there at once

/** @typedef {{ lr_from: number, lr_to: number, steps: number, seeds: number }} Climb */

/** @param {(climb: Climb) => void} start */
export function createRangeForm(start) {
  /** @type {Store<Climb>} */
  const climb = createStore({ lr_from: 1e-5, lr_to: HIGHEST, steps: UPDATES, seeds: 1 });
  const rate = { type: "number", exclusiveMinimum: 0 };
  const properties = {
    lr_from: { ...rate, default: 1e-5, description: words.from },
    lr_to: { ...rate, default: HIGHEST, description: words.to },
    steps: { type: "integer", minimum: 1, maximum: MOST_UPDATES, default: UPDATES, description: words.steps },
    seeds: { type: "integer", minimum: 1, maximum: MOST_SEEDS, default: 1, description: words.seeds },
  };
  const form = createForm(fieldsOf({ properties }), "", (name, value) =>
    climb.update((now) => ({ ...now, [name]: value })),
  );
  for (const field of form.element.querySelectorAll("[data-loc]"))
    field.setAttribute("data-loc", field.getAttribute("data-loc")?.slice(1) ?? "");
  climb.watch((now) => form.update({ ...now }));
  const button = el("button", { type: "submit", class: "primary wide" }, words.start);
  const element = el(
    "form",
    { class: "card", "aria-labelledby": "range-title" },
    el("h2", { id: "range-title" }, words.range),
    form.element,
    button,
  );
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    start(climb.get());
  });

  return {
    element,
    /** Say between which rates a stored test climbed. @param {Climb} stored */
    open({ lr_from, lr_to, steps, seeds }) {
      climb.update(() => ({ lr_from, lr_to, steps, seeds }));
    },
    /** @returns {Climb} */
    wanted: climb.get,
    /** @param {boolean} busy */
    wait(busy) {
      button.disabled = busy;
    },
  };
}
