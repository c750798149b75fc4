/** All numbers of a page's picture, in a table that is folded away below it. */

/** @import { Table } from "./types.js" */

import { el, fill } from "./dom.js";

/** @param {string} title */
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
