/** The data sets of a server that others use, too: whose they are, and whether everybody may use them. */

/** @import { DatasetListed } from "../types/page.js" */

import { getDatasets, shareDataset } from "../server/api.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { library } from "../words/library.js";
import { count } from "../words/workbench.js";

const words = library.data;

/**
 * Show them below the experiments, where there are any.
 *
 * @param {HTMLElement} place
 * @param {(error: unknown) => void} tell
 */
export async function showDatasets(place, tell) {
  const items = await getDatasets();
  place.hidden = items.length === 0;
  const rows = items.map((item) => rowOf(item, tell));
  fill(
    place,
    el("h2", {}, words.title),
    el("p", { class: "help" }, words.help),
    el("ul", { class: "data-sets" }, ...rows),
  );
}

/**
 * @param {DatasetListed} given
 * @param {(error: unknown) => void} tell
 */
function rowOf(given, tell) {
  let dataset = given;
  const about = el("span", { class: "help" });
  const button = el("button", { type: "button", class: "tool", onclick: () => void turn() }, icon("people"));
  const name = el("strong", {}, given.name);

  async function turn() {
    try {
      dataset = await shareDataset(dataset.id, !dataset.shared);
      show();
    } catch (error) {
      tell(error);
    }
  }

  function show() {
    const { kind, rows, shared, mine, may_change: mayChange } = dataset;
    const label = library.share(dataset.name);
    button.title = label;
    button.setAttribute("aria-label", label);
    button.setAttribute("aria-pressed", String(shared === true));
    button.hidden = mayChange === false;
    const marks = [shared && library.shared, mine === false && library.anothers].filter(Boolean);
    fill(about, words.about(kind, count(rows)), ...marks.map((mark) => el("span", { class: "kind" }, mark)));
  }

  show();
  return el("li", {}, name, about, button);
}
