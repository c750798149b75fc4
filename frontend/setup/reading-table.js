/** A table as the server understood it: first rows, what each column is taken for and why, and choosing otherwise. */

/** @import { ColumnKind, DataTable, TableColumn, TableReading } from "../types/page.js" */

import { el, fill, newId } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { understood, reading as words } from "../words/reading.js";
import { words as common } from "../words/workbench.js";
import {
  chosenByHand,
  knownByHand,
  readingOf,
  withDecimal,
  withHeader,
  withKind,
  withMissing,
  withTarget,
} from "./reading.js";

/** @typedef {(change: (reading: TableReading, byHand: import("./reading.js").ByHand) => TableReading) => void} Choose */

/**
 * @param {(reading: TableReading) => void} chosen Called with all that is shown after a change.
 */
export function createReadingTable(chosen) {
  const said = el("p", { class: "help" });
  const warnings = el("ul", { class: "reading-warnings" });
  const dialect = el("div", { class: "reading-dialect" });
  const error = el("p", { class: "error", role: "alert", hidden: true });
  const scroll = el("div", { class: "reading-scroll", role: "region", tabindex: 0 });
  const element = createFrame(said, warnings, dialect, scroll, error);
  const group = newId();
  /** @type {TableReading} */
  let wish = {};
  let byHand = /** @type {import("./reading.js").ByHand} */ ({});
  let shown = "";

  /** @type {Choose} */
  const choose = (change) => {
    const before = wish;
    wish = change(wish, byHand);
    byHand = chosenByHand(byHand, before, wish);
    chosen(wish);
  };

  return {
    element,
    /**
     * @param {DataTable | null} table
     * @param {string} [file] Which file it is in.
     */
    show(table, file = "") {
      this.wait(false);
      element.hidden = table === null;
      if (!table) return;
      byHand = { ...knownByHand(table), ...(file === shown ? byHand : {}) };
      shown = file;
      const [inside, left] = [scroll.contains(document.activeElement), scroll.scrollLeft];
      wish = readingOf(table);
      said.textContent = understood(table);
      fill(warnings, ...table.warnings.map((text) => el("li", {}, text)));
      warnings.hidden = table.warnings.length === 0;
      scroll.setAttribute("aria-label", words.rows(table.rows.length));
      keepFocus(element, () => {
        fill(dialect, ...dialectFields(table, choose));
        fill(scroll, tableOf(table, group, choose));
      });
      this.refuse(new Map(), []);
      if (inside) scroll.scrollLeft = left;
      else showTarget(scroll);
    },
    /**
     * Say below the columns what is wrong with them, and below the table what is wrong with none of them.
     *
     * @param {ReadonlyMap<string, string>} columns
     * @param {readonly string[]} rest
     */
    refuse(columns, rest) {
      const places = new Set();
      for (const place of element.querySelectorAll("[data-column]")) {
        const name = place.getAttribute("data-column") ?? "";
        places.add(name);
        showFault(place, columns.get(name) ?? "");
      }
      const others = [...columns].filter(([name]) => !places.has(name)).map(([, text]) => text);
      error.textContent = [...rest, ...others].join("\n");
      error.hidden = error.textContent === "";
    },
    /** @param {boolean} busy Whether another reading is on its way. */
    wait(busy) {
      element.setAttribute("aria-busy", String(busy));
    },
  };
}

/**
 * The place of the table, which is narrow, and a dialog that it can be taken into.
 * @param {...HTMLElement} parts
 */
function createFrame(...parts) {
  const id = newId();
  const body = el("div", { class: "reading-body" }, ...parts);
  const close = { class: "tool", type: "button", "aria-label": common.close, onclick: () => dialog.close() };
  const heading = el("div", { class: "card-head" }, el("h2", { id }, words.title), el("button", close, icon("close")));
  const dialog = el("dialog", { class: "reading-dialog", "aria-labelledby": id }, heading);
  const open = { class: "tool", type: "button", "aria-label": words.enlarge, title: words.enlarge };
  const enlarge = el("button", { ...open, onclick: () => show() }, icon("full"));
  const head = el("div", { class: "reading-head" }, el("h3", {}, words.title), enlarge);
  const element = el("section", { class: "reading", "aria-label": words.title, hidden: true }, head, body, dialog);

  function show() {
    dialog.append(body);
    dialog.showModal();
  }

  dialog.addEventListener("close", () => head.after(body));
  return element;
}

/**
 * @param {Element} place
 * @param {string} text
 */
function showFault(place, text) {
  const error = place.querySelector(".error");
  if (error instanceof HTMLElement) {
    error.textContent = text;
    error.hidden = text === "";
  }
  place.querySelector("select")?.setAttribute("aria-invalid", String(text !== ""));
}

/**
 * Make something anew, and put the focus on what has its place.
 *
 * @param {HTMLElement} element
 * @param {() => void} make
 */
function keepFocus(element, make) {
  const focused = document.activeElement;
  const key = focused && element.contains(focused) ? focused.getAttribute("data-key") : null;
  make();
  if (key === null) return;
  const again = [...element.querySelectorAll("[data-key]")].find((one) => one.getAttribute("data-key") === key);
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
}

/** The column that is predicted is often the last of many. @param {HTMLElement} scroll */
function showTarget(scroll) {
  const cell = scroll.querySelector("th[data-target]");
  if (!(cell instanceof HTMLElement)) return;
  const hidden = cell.offsetLeft + cell.offsetWidth - scroll.clientWidth;
  scroll.scrollLeft = Math.max(0, hidden);
}

/**
 * Whether the first row holds names, and which sign is the decimal one.
 *
 * @param {DataTable} table
 * @param {Choose} choose
 */
function dialectFields(table, choose) {
  const header = el("input", { type: "checkbox", "data-key": "header" });
  header.checked = table.header;
  header.addEventListener("change", () => choose((now) => withHeader(now, header.checked)));
  const decimal = menu(Object.keys(words.decimals), words.decimals, table.decimal, { "data-key": "decimal" }, (sign) =>
    choose((now, byHand) => withDecimal(now, sign, byHand)),
  );
  return [el("label", {}, header, words.header), el("label", {}, words.decimal, decimal)];
}

/**
 * @param {DataTable} table
 * @param {string} group Name of the radio buttons.
 * @param {Choose} choose
 */
function tableOf(table, group, choose) {
  const facts = (/** @type {TableColumn} */ { name, kind }) => ({
    "data-target": name === table.target,
    "data-ignored": kind === "ignore",
  });
  const names = table.columns.map((one) => el("th", { scope: "col", ...facts(one) }, one.name));
  const choices = table.columns.map((one) => {
    const target = one.name === table.target;
    return el("td", facts(one), columnChoices(one, { target, group, choose }));
  });
  const rows = table.rows.map((row) =>
    el("tr", {}, ...table.columns.map((one, i) => el("td", facts(one), row[i] ?? ""))),
  );
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...names), el("tr", { class: "reading-choices" }, ...choices)),
    el("tbody", {}, ...rows),
  );
}

/**
 * What stands over a column: its kind and why, whether it is predicted, and what becomes of missing values.
 *
 * @param {TableColumn} column
 * @param {{ target: boolean, group: string, choose: Choose }} part
 */
function columnChoices(column, { target, group, choose }) {
  const { name, kind, kinds, missing, because } = column;
  const id = newId();
  const described = {
    "aria-label": words.kindOf(name),
    "aria-describedby": `${id}b ${id}e`,
    "data-key": `kind ${name}`,
  };
  const predict = el("input", { type: "radio", name: group, "aria-label": words.predictOf(name) });
  predict.setAttribute("data-key", `target ${name}`);
  predict.checked = target;
  predict.addEventListener("change", () => choose((now) => withTarget(now, name)));
  return el(
    "div",
    { class: "reading-column", "data-column": name },
    menu(kinds, words.kinds, kind, described, (value) =>
      choose((now) => withKind(now, name, /** @type {ColumnKind} */ (value))),
    ),
    el("label", { class: "reading-predict" }, predict, words.predict),
    missing > 0 && missingChoice(column, choose),
    el("p", { class: "error", id: `${id}e`, role: "alert", hidden: true }),
    el("p", { class: "reading-because", id: `${id}b`, title: because }, because),
  );
}

/**
 * @param {TableColumn} column
 * @param {Choose} choose
 */
function missingChoice({ name, missing, on_missing, on_missing_choices }, choose) {
  const named = { "aria-label": words.missingOf(name), "data-key": `missing ${name}` };
  const treatments = menu(on_missing_choices, words.onMissing, on_missing, named, (value) =>
    choose((now) => withMissing(now, name, value)),
  );
  return el("div", { class: "reading-missing" }, el("span", {}, words.missing(missing)), treatments);
}

/**
 * @param {readonly string[]} options
 * @param {Readonly<Record<string, string>>} names
 * @param {string} value
 * @param {Record<string, unknown>} attributes
 * @param {(value: string) => void} change
 */
function menu(options, names, value, attributes, change) {
  const all = options.includes(value) ? options : [value, ...options];
  const select = el("select", attributes, ...all.map((one) => el("option", { value: one }, names[one] ?? one)));
  select.value = value;
  select.addEventListener("change", () => change(select.value));
  return select;
}
