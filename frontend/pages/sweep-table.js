/** All numbers of a sweep, one row for every value. */

import { el, fill } from "../dom.js";
import { sweep } from "../words-sweep.js";

export function createTable() {
  const body = el("tbody", {});
  const head = el("tr", {}, ...sweep.columns.map((column) => el("th", { scope: "col" }, column)));
  const scroll = el("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": sweep.table });
  scroll.append(el("table", {}, el("thead", {}, head), body));
  const element = el("details", { class: "more", hidden: true }, el("summary", {}, sweep.table), scroll);
  return {
    element,
    /** @param {readonly (readonly string[])[]} rows */
    show(rows) {
      element.hidden = rows.length === 0;
      fill(
        body,
        ...rows.map(([value = "", ...cells]) =>
          el("tr", {}, el("th", { scope: "row" }, value), ...cells.map((cell) => el("td", {}, cell))),
        ),
      );
    },
  };
}
