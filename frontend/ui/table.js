/** Tables of the numbers behind a picture, for readers who cannot see it, made only while they are open. */

/** @import { Panel, Stores, Table } from "../types/page.js" */

import { watchAll } from "../state/store.js";
import { words } from "../words/workbench.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

/**
 * The numbers behind a panel.
 *
 * @param {Panel} panel
 * @param {Stores} stores
 */
export function createTable(panel, { runs, clock, landscape, spec, view, views }) {
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
    const seen = { spec: spec.get(), view: view.get(), views: views.get() };
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
  watchAll({ runs, clock, view, views }, show);
  return details;
}

/**
 * All numbers of a page's picture, in a table that is folded away below it.
 * @param {string} title
 */
export function createNumbers(title) {
  const scroll = el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": title });
  const element = el("details", { class: "more numbers", hidden: true }, el("summary", {}, title), scroll);
  /** @type {() => Table} */
  let table = () => ({ columns: [], rows: [] });
  let shown = "";

  function draw() {
    if (!element.open) return;
    const { columns, rows } = table();
    const key = JSON.stringify([columns, rows]);
    if (key === shown) return;
    shown = key;
    const head = el("tr", {}, ...columns.map((column) => el("th", { scope: "col" }, column)));
    const body = rows.map(([first = "", ...cells]) =>
      el("tr", {}, el("th", { scope: "row" }, first), ...cells.map((cell) => el("td", {}, cell))),
    );
    fill(scroll, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
  }

  element.addEventListener("toggle", draw);
  return {
    element,
    /** @param {(() => Table) | null} make Called while the table is open; null where there is nothing to show. */
    show(make) {
      element.hidden = make === null;
      if (make) table = make;
      draw();
    },
  };
}
