/** The numbers behind a panel, for readers who cannot see it, made only while the table is open. */

/** @import { Panel, Stores } from "./types.js" */

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { words } from "./words.js";

/**
 * @param {Panel} panel
 * @param {Stores} stores
 */
export function createTable(panel, { runs, clock, landscape, recipe, view, views }) {
  const place = el("div", {
    class: "table-scroll",
    tabindex: 0,
    role: "region",
    "aria-label": words.tableOf(panel.title),
  });
  const details = el(
    "details",
    { class: "data" },
    el("summary", { "aria-label": words.table, title: words.table }, icon("table")),
    place,
  );

  let shown = "";
  function show() {
    if (!details.open || clock.get().playing) return;
    const seen = { recipe: recipe.get(), view: view.get(), views: views.get() };
    const step = Math.floor(clock.get().step);
    const { columns, rows } = panel.table(runs.get(), step, landscape.get()?.variables ?? [], seen);
    const key = JSON.stringify([columns, rows]);
    if (key === shown) return;
    shown = key;
    const head = el("tr", {}, ...columns.map((column) => el("th", { scope: "col" }, column)));
    const body = rows.map((row) => tableRow(row, runs.get().find(({ label }) => label === row[0])?.index ?? null));
    fill(place, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
  }

  /**
   * The run of a row stands out everywhere while the pointer is on it.
   *
   * @param {string[]} row
   * @param {number | null} hovered
   */
  function tableRow(row, hovered) {
    const cells = row.map((cell) => el("td", {}, cell));
    if (hovered === null) return el("tr", {}, ...cells);
    const hover = (/** @type {number | null} */ which) => view.update((now) => ({ ...now, hovered: which }));
    return el("tr", { onpointerenter: () => hover(hovered), onpointerleave: () => hover(null) }, ...cells);
  }

  details.addEventListener("toggle", show);
  for (const store of [runs, clock, view, views]) store.watch(show);
  return details;
}
