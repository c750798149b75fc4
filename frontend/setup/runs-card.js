/** The card that lists the runs. */

/** @import { Catalogue, Stores } from "../types/page.js" */

import { withCopy } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { words } from "../words/workbench.js";
import { createRunCard } from "./run-card.js";

export const MOST_ON_PAGE = 8; // colours, dashes and markers tell so many apart

/**
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 * @param {object} parts
 * @param {HTMLElement} parts.head What stands above the list.
 * @param {HTMLElement} parts.beside What stands beside "Add run".
 * @param {HTMLElement[]} parts.foot What stands below.
 */
export function createRunsCard(stores, catalogue, { head, beside, foot }) {
  const { spec, runs, view } = stores;
  const list = el("ol", { class: "runs" });
  const add = el("button", { type: "button", onclick: addRun }, icon("add"), words.addRun);
  const full = el("p", { class: "help", hidden: true }, words.tooManyOnPage(MOST_ON_PAGE));
  /** @type {ReturnType<typeof createRunCard>[]} */
  let cards = [];

  function addRun() {
    const { length } = spec.get().runs;
    spec.update((now) => withCopy(now, length - 1));
    view.update((now) => ({ ...now, selected: length }));
  }

  function show() {
    const { length } = spec.get().runs;
    if (cards.length !== length) {
      cards = Array.from({ length }, (_, i) => cards[i] ?? createRunCard(i, stores, catalogue));
      fill(list, ...cards.map((card) => card.element));
    }
    for (const card of cards) card.show();
    add.hidden = length >= MOST_ON_PAGE;
    full.hidden = length < MOST_ON_PAGE;
  }

  watchAll({ spec, runs, view }, show);
  return el(
    "section",
    { class: "card grow", "aria-labelledby": "runs-title" },
    el("div", { class: "card-head" }, el("h2", { id: "runs-title" }, words.runs)),
    head,
    list,
    el("div", { class: "row" }, add, beside),
    full,
    ...foot,
  );
}
