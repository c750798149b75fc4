/** The card that says why a run did what it did, in the run's own numbers. */

/** @import { Extended, Outcome, RunEvent, RunSpec, Stores } from "./types.js" */

import { el, fill } from "./dom.js";
import { isNetwork, withLr, withRun } from "./recipe.js";
import { sample } from "./sample.js";
import { number, question, toNumber, words } from "./words.js";
import { training } from "./words-training.js";

const BEYOND = 1.25; // the bar ends at least this far beyond the limit

/**
 * Where things lie on the bar, as shares of its length; null where there is no positive, finite limit.
 *
 * @param {Outcome} outcome
 * @returns {{limit: number, exact: number | null, lr: number, beyond: boolean} | null}
 */
export function barOf({ evidence }) {
  const limit = toNumber(evidence.limit);
  const lr = toNumber(evidence.lr);
  if (!(limit > 0 && Number.isFinite(limit)) || Number.isNaN(lr)) return null;
  const end = limit * BEYOND;
  const exact = 1 / toNumber(evidence.sharpness);
  return {
    limit: limit / end,
    exact: exact > 0 && exact < 0.9 * limit ? exact / end : null,
    lr: Math.min(1, lr / end),
    beyond: lr > end,
  };
}

/**
 * The rows of the evidence: what, and its value; what is unknown is left out.
 *
 * @param {Outcome} outcome
 * @returns {[name: string, value: string][]}
 */
export function evidenceRows({ evidence }) {
  const { why } = words;
  const growths = [evidence.predicted_growth, evidence.measured_growth];
  /** @type {[string, (Extended | null)[]][]} */
  const rows = [
    [why.sharpness, [evidence.sharpness]],
    [why.stable, [evidence.limit]],
    [why.lr, [evidence.lr]],
    [why.growth, growths],
  ];
  return rows
    .filter(([, values]) => values.some((value) => value !== null && value !== undefined))
    .map(([name, values]) => [name, values.map(written).join(" / ")]);
}

/** @param {Extended | null} value */
function written(value) {
  return value === null || value === undefined ? "–" : number(toNumber(value));
}

/**
 * @param {HTMLElement} card
 * @param {Stores} stores
 * @param {(run: RunSpec) => string} ruleName
 */
export function startExplanation(card, stores, ruleName) {
  const { recipe, runs, view, events } = stores;
  const title = el("h2", {}, question(null));
  const body = el("div", { class: "why" });
  card.classList.remove("wait");
  fill(card, el("div", { class: "card-head" }, title), body);
  card.tabIndex = 0; // It can scroll, so the keyboard must reach it.
  let shown = "";

  function show() {
    const { selected, theme } = view.get();
    const run = recipe.get().runs[selected];
    const seen = runs.get().find((one) => one.index === selected);
    const outcome = seen?.outcome ?? null;
    const network = isNetwork(recipe.get().problem);
    const told = toldOf(events.get(), selected);
    const key = JSON.stringify([selected, theme, run, seen?.label, outcome, told, network]);
    if (key === shown) return;
    shown = key;
    title.textContent = question(outcome, network);
    if (!run || !outcome) return fill(body, ...soFar(told));
    const name = run.label || ruleName(run);
    const held = network && (outcome.kind === "unfinished" || outcome.kind === "converged");
    const safe = held ? null : safeLr(run, outcome);
    const act = (/** @type {number} */ lr) => recipe.update((now) => withRun(now, selected, (one) => withLr(one, lr)));
    fill(
      body,
      heading(selected, name, run, theme),
      bar(outcome),
      evidence(outcome),
      ...sentences(outcome),
      safe !== null && useButton(safe, () => act(safe)),
    );
  }

  for (const store of [recipe, runs, view, events]) store.watch(show);
}

/** Events about the whole experiment; the others say what a run did. */
const GENERAL = new Set(["device", "data", "timing", "plane"]);

/**
 * What a run has been told to have done so far.
 *
 * @param {readonly RunEvent[]} events
 * @param {number} run
 */
export function toldOf(events, run) {
  return events.filter((one) => one.run === run && !GENERAL.has(one.kind)).map(({ sentence }) => sentence);
}

/**
 * Before there is an outcome.
 * @param {readonly string[]} told
 */
function soFar(told) {
  const head = el("p", { class: "help" }, told.length > 0 ? training.soFar : words.why.waiting);
  return [head, ...told.map((text) => el("p", {}, text))];
}

/**
 * Half the limit with 3 digits, where that is not the rate already.
 *
 * @param {RunSpec} run
 * @param {Outcome} outcome
 */
export function safeLr(run, outcome) {
  const safe = toNumber(outcome.evidence.safe_lr);
  if (!(safe > 0 && Number.isFinite(safe))) return null;
  const rounded = Number(safe.toPrecision(3));
  return rounded === run.optimizer.lr ? null : rounded;
}

/**
 * @param {number} index
 * @param {string} name
 * @param {RunSpec} run
 * @param {"light" | "dark"} theme
 */
function heading(index, name, run, theme) {
  const lr = typeof run.optimizer.lr === "number" ? `lr ${number(run.optimizer.lr)}` : "";
  return el("p", { class: "why-run" }, sample(index, theme), el("strong", {}, name), el("span", {}, lr));
}

/** @param {Outcome} outcome */
function bar(outcome) {
  const { why } = words;
  const place = barOf(outcome);
  if (!place) return el("p", { class: "help" }, outcome.evidence.limit === null ? why.noTheory : why.flat);
  const { limit, exact, lr, beyond } = place;
  const name = why.bar(number(toNumber(outcome.evidence.lr)), number(toNumber(outcome.evidence.limit)));
  const scale = el("div", {
    class: "bar-track",
    style: `--limit:${percent(limit)};--exact:${percent(exact ?? limit)}`,
  });
  scale.append(el("span", { class: "bar-lr", "data-beyond": beyond, style: `left:${percent(lr)}` }));
  const marks = [el("span", { style: "left:0" }, "0"), el("span", { style: `left:${percent(limit)}` }, why.limit)];
  if (exact !== null) marks.push(el("span", { style: `left:${percent(exact)}` }, why.exact));
  return el(
    "div",
    { class: "bar", role: "img", "aria-label": name },
    scale,
    el("div", { class: "bar-marks" }, ...marks),
  );
}

/** @param {number} share */
function percent(share) {
  return `${Number((100 * share).toFixed(2))}%`;
}

/**
 * The reason, two sentences a paragraph, with the numbers that decide in bold.
 * @param {Outcome} outcome
 */
function sentences({ because }) {
  const parts = because.split(/(?<=[.?!]) (?=[A-ZΑ-Ωα-ω])/);
  const paragraphs = parts.flatMap((part, i) => (i % 2 === 0 ? [[part, parts[i + 1] ?? ""].join(" ").trim()] : []));
  return paragraphs.map((text) =>
    el("p", {}, ...emphasised(text).map(([bold, part]) => (bold ? el("strong", {}, part) : part))),
  );
}

const DECISIVE = /(η?λ̃? = [\d.e+-]*\d|[\d.e+-]+-fold|[\d.e+-]*\d times|try [\d.e+-]*\d)/;

/**
 * A text in pieces, each with whether it is a number that decides.
 *
 * @param {string} text
 * @returns {[bold: boolean, part: string][]}
 */
export function emphasised(text) {
  return text.split(DECISIVE).flatMap((part, i) => (part === "" ? [] : [[i % 2 === 1, part]]));
}

/** @param {Outcome} outcome */
function evidence(outcome) {
  const tiles = evidenceRows(outcome).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  return tiles.length > 0 ? el("dl", { class: "evidence" }, ...tiles) : null;
}

/**
 * @param {number} lr
 * @param {() => void} act
 */
function useButton(lr, act) {
  return el("button", { type: "button", class: "use", onclick: act }, words.why.use(number(lr)));
}
