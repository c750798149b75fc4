/** What the rules say as a table, and the rate to use as a card. */

/** @import { RunSpec, Table } from "../../types/page.js" */
/** @import { RangeFindings, RangeRule } from "../../types/wire.js" */

import { sampled } from "../../panels/frame/rows.js";
import { el, fill } from "../../ui/dom.js";
import { range as words } from "../../words/range.js";
import { number, toNumber } from "../../words/workbench.js";

const DIGITS = 3;
const POINTS = 20; // of the curve in the table

/** @typedef {(change: (run: RunSpec) => RunSpec) => void} Use Puts a rate into the set-up. */

/**
 * @param {HTMLElement} place
 * @param {RangeFindings} found
 * @param {Use} use
 */
export function showRules(place, found, use) {
  const figure = { class: "figure" };
  const head = words.columns.map((title, i) => el("th", { scope: "col", ...(i % 4 === 0 && i ? figure : {}) }, title));
  const rows = found.rules.map((rule) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, rule.title, el("p", { class: "help" }, `${rule.what}; ${rule.source}`)),
      el("td", {}, rule.lr === null ? words.none : useButton(rule.lr, use)),
      el("td", {}, spread(rule)),
      el("td", {}, ...verified(rule)),
      el("td", figure, rule.verification ? number(toNumber(rule.verification.final)) : ""),
    ),
  );
  place.tabIndex = 0; // It scrolls where the page is narrow.
  place.setAttribute("role", "group");
  place.setAttribute("aria-labelledby", "rules-title");
  fill(place, el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)));
}

/**
 * Some of the curve: its first point, its last, and even steps between them.
 *
 * @param {Pick<RangeFindings, "band" | "seeds">} found
 * @returns {Table}
 */
export function curveTable({ band, seeds }) {
  const columns = [band.lr, band.median, ...(seeds > 1 ? [band.low, band.high] : [])];
  const rows = sampled(band.lr.length - 1, POINTS).map((i) => columns.map((values) => number(toNumber(values[i]))));
  return { columns: words.curve.slice(0, columns.length), rows };
}

/** @param {RangeRule} rule */
function spread({ low, high }) {
  if (low === null || high === null) return "";
  return low === high ? number(low) : `${number(low)} to ${number(high)}`;
}

/** @param {RangeRule} rule */
function verified({ verification }) {
  if (!verification) return [""];
  const { trains, because } = verification;
  const verdict = el("strong", { class: trains ? "good" : "bad" }, trains ? words.trains : words.fails);
  return [verdict, el("p", { class: "help", title: because }, words.outcome(verification))];
}

/**
 * @param {HTMLElement} place
 * @param {RangeFindings} found
 * @param {Use} use
 */
export function showChoice(place, found, use) {
  const { lr, because } = found.recommended;
  if (lr === null) {
    fill(place, el("p", {}, because));
    return;
  }
  const decay = el("button", { type: "button", onclick: () => use((run) => withRate(run, lr, true)) }, words.decay);
  const deeds = el("div", { class: "deeds" }, useButton(lr, use, "primary"), decay);
  fill(place, el("p", { class: "rate" }, number(lr)), el("p", {}, because), deeds);
}

/**
 * @param {number} lr
 * @param {Use} use
 * @param {string} [look]
 */
function useButton(lr, use, look) {
  const act = () => use((run) => withRate(run, lr, false));
  return el("button", { type: "button", class: look, onclick: act }, words.use(number(lr)));
}

/**
 * A run with a rate, held or decaying along a cosine.
 *
 * @param {RunSpec} run
 * @param {number} lr
 * @param {boolean} decay
 * @returns {RunSpec}
 */
export function withRate({ schedule: _, ...run }, lr, decay) {
  const held = { ...run, optimizer: { ...run.optimizer, lr: Number(lr.toPrecision(DIGITS)) } };
  return decay ? { ...held, schedule: { kind: "cosine" } } : held;
}
