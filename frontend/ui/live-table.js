/** A table whose rows stay where they are while their numbers change: what is focused or selected remains so. */

import { el } from "./dom.js";

/**
 * @template T
 * @param {object} about
 * @param {readonly string[]} about.columns
 * @param {(item: T) => string} about.key What tells a row from others.
 * @param {(item: T) => readonly (string | Node)[]} about.cells A cell that is a node stays as it was first given.
 * @returns {{ table: HTMLTableElement, show: (items: readonly T[]) => void }}
 */
export function createLiveTable({ columns, key, cells }) {
  const body = el("tbody");
  const head = el("tr", {}, ...columns.map((column) => el("th", { scope: "col" }, column)));
  const table = el("table", {}, el("thead", {}, head), body);
  /** @type {Map<string, HTMLTableRowElement>} */
  let rows = new Map();

  /** @param {readonly T[]} items */
  function show(items) {
    const shown = new Map(
      items.map((item) => {
        const name = key(item);
        return [name, filled(rows.get(name) ?? el("tr", {}, ...columns.map(() => el("td"))), cells(item))];
      }),
    );
    for (const [name, row] of rows) if (!shown.has(name)) row.remove();
    for (const [place, row] of [...shown.values()].entries())
      if (body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
    rows = shown;
  }

  return { table, show };
}

/**
 * @param {HTMLTableRowElement} row
 * @param {readonly (string | Node)[]} texts
 */
function filled(row, texts) {
  for (const [i, text] of texts.entries()) {
    const cell = row.cells[i];
    if (!cell) continue;
    if (typeof text !== "string") {
      if (cell.childNodes.length === 0) cell.append(text);
    } else if (cell.textContent !== text) cell.textContent = text;
  }
  return row;
}
