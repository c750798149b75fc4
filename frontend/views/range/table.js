/** What the rules say as a table, and the rate to use as a card. */

/** @import { Spec, RunSpec, Table } from "../../types/page.js" */
/** @import { RangeFindings, RangeRule } from "../../types/wire.js" */

import { sampled } from "../../panels/frame/rows.js";
import { encode } from "../../state/link.js";
import { isNetwork } from "../../state/spec.js";
import { el, fill } from "../../ui/dom.js";
import { range as words } from "../../words/range.js";
import { number, toNumber } from "../../words/workbench.js";

const STEPS = { surface: 300, network: 500 };
const DIGITS = 3;
const POINTS = 20; // of the curve in the table

/**
 * @param {HTMLElement} place
 * @param {RangeFindings} found
 */
export function showRules(place, found) {
  const figure = { class: "figure" };
  const head = words.columns.map((title, i) => el("th", { scope: "col", ...(i % 4 === 0 && i ? figure : {}) }, title));
  const rows = found.rules.map((rule) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, rule.title, el("p", { class: "help" }, `${rule.what}; ${rule.source}`)),
      el("td", {}, rule.lr === null ? words.none : number(rule.lr)),
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
 * @param {Spec} spec What was tested.
 */
export function showChoice(place, found, spec) {
  const { lr, because } = found.recommended;
  if (lr === null) {
    fill(place, el("p", {}, because));
    return;
  }
  const links = [
    [words.use, "primary", addressOf(spec, lr, false)],
    [words.decay, "", addressOf(spec, lr, true)],
  ].map(([text, look, href]) => href && el("a", { class: `button ${look}`, href }, text));
  const deeds = links.some(Boolean) ? links : [el("p", { class: "help" }, words.tooLong)];
  fill(place, el("p", { class: "rate" }, number(lr)), el("p", {}, because), el("div", { class: "deeds" }, ...deeds));
}

/**
 * The workbench with a rate, held or decaying along a cosine; null where that is too long for an address.
 *
 * @param {Spec} spec
 * @param {number} lr
 * @param {boolean} decay
 */
export function addressOf(spec, lr, decay) {
  const rate = Number(lr.toPrecision(DIGITS));
  const runs = spec.runs.slice(0, 1).map((run) => withRate(run, rate, decay));
  const steps = isNetwork(spec.problem) ? STEPS.network : STEPS.surface;
  const view = { selected: 0, log: true, follow: false, axis: /** @type {const} */ ("steps") };
  const fragment = encode({ spec: { ...spec, runs, steps }, view });
  return fragment === null ? null : `/#${fragment}`;
}

/**
 * @param {RunSpec} run
 * @param {number} lr
 * @param {boolean} decay
 * @returns {RunSpec}
 */
function withRate({ schedule: _, ...run }, lr, decay) {
  const held = { ...run, optimizer: { ...run.optimizer, lr } };
  return decay ? { ...held, schedule: { kind: "cosine" } } : held;
}
