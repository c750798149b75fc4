/** The card that says why a run did what it did, in the run's own numbers. */

/** @import { Advice, Extended, Note, Outcome, Spec, RunEvent, RunSpec, Stores } from "../types/page.js" */

import { isNetwork } from "../state/spec.js";
import { adviceOf, set } from "../state/spec-paths.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { lineSample } from "../ui/line-sample.js";
import { adviceWords, NOTES, VALUES, valueWords } from "../words/explanation.js";
import { training } from "../words/training.js";
import { number, question, toNumber, words } from "../words/workbench.js";

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
    exact: exact > 0.1 * limit && exact < 0.9 * limit ? exact / end : null,
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
  const { explanation } = words;
  const growths = [evidence.predicted_growth, evidence.measured_growth];
  /** @type {[string, (Extended | null)[]][]} */
  const rows = [
    [explanation.sharpness, [evidence.sharpness]],
    [explanation.stable, [evidence.limit]],
    [explanation.lr, [evidence.lr]],
    [explanation.growth, growths],
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
 * @param {(run: RunSpec) => string} optimizerName
 */
export function startExplanation(card, stores, optimizerName) {
  const { spec, runs, view, events } = stores;
  const title = el("h2", {}, question(null));
  const body = el("div", { class: "why" });
  card.classList.remove("wait");
  fill(card, el("div", { class: "card-head" }, title), body);
  card.tabIndex = 0; // It can scroll, so the keyboard must reach it.

  function now() {
    const { selected, theme } = view.get();
    const run = spec.get().runs[selected];
    const seen = runs.get().find((one) => one.index === selected);
    const network = isNetwork(spec.get().problem);
    const told = toldOf(events.get(), selected);
    return { selected, theme, run, label: seen?.label, outcome: seen?.outcome ?? null, network, told };
  }

  function show() {
    const { selected, theme, run, outcome, network, told } = now();
    title.textContent = question(outcome, network);
    if (!run || !outcome) return fill(body, ...soFar(told));
    const name = run.label || optimizerName(run);
    const act = (/** @type {Advice} */ one) => spec.update((now) => set(now, one.field, one.value, selected));
    fill(
      body,
      heading(selected, name, run, theme),
      el("p", { class: "why-headline" }, headlineOf(outcome)),
      bar(outcome),
      ...mainReason(outcome),
      buttons(advice(spec.get(), selected, outcome, network), toNumber(outcome.evidence.safe_lr), act),
      tiles([...evidenceRows(outcome), ...valueRows(outcome.notes?.[0])]),
      ...(outcome.notes ?? []).slice(1).map(observation),
    );
  }

  watchAll({ spec, runs, view, events }, show, () => [JSON.stringify(now())]);
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
  const head = el("p", { class: "help" }, told.length > 0 ? training.soFar : words.explanation.waiting);
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
  return el("p", { class: "why-run" }, lineSample(index, theme), el("strong", {}, name), el("span", {}, lr));
}

/** @param {Outcome} outcome */
function bar(outcome) {
  const { explanation } = words;
  const place = barOf(outcome);
  if (!place)
    return el("p", { class: "help" }, outcome.evidence.limit === null ? explanation.noTheory : explanation.flat);
  const { limit, exact, lr, beyond } = place;
  const name = explanation.bar(number(toNumber(outcome.evidence.lr)), number(toNumber(outcome.evidence.limit)));
  const scale = el("div", {
    class: "bar-track",
    style: `--limit:${percent(limit)};--exact:${percent(exact ?? limit)}`,
  });
  scale.append(el("span", { class: "bar-lr", "data-beyond": beyond, style: `left:${percent(lr)}` }));
  const marks = [
    el("span", { style: "left:0" }, "0"),
    el("span", { style: `left:${percent(limit)}` }, explanation.limit),
  ];
  if (exact !== null) marks.push(el("span", { style: `left:${percent(exact)}` }, explanation.exact));
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

const SENTENCE = /(?<=[.?!]) (?=[A-ZΑ-Ωα-ω])/;

/**
 * The first sentence of the reason.
 * @param {Outcome} outcome
 */
export function headlineOf({ because }) {
  return because.split(SENTENCE)[0] ?? "";
}

/**
 * Why: the formula of the main note, and the rest of the reason, two sentences a paragraph.
 * @param {Outcome} outcome
 */
function mainReason({ because, notes: [main] = [] }) {
  const formula = main ? formulaOf(main) : null;
  if (main && main.sentence !== because) return [formula, el("p", {}, ...bold(main.sentence))]; // An older server's.
  const parts = because.split(SENTENCE).slice(1);
  const paragraphs = parts.flatMap((part, i) => (i % 2 === 0 ? [[part, parts[i + 1] ?? ""].join(" ").trim()] : []));
  return [formula, ...paragraphs.map((text) => el("p", {}, ...bold(text)))];
}

/**
 * One more note: its formula, its sentence, its numbers.
 * @param {Note} note
 */
function observation(note) {
  const name = el("h3", {}, NOTES[note.kind] ?? note.kind);
  return el(
    "section",
    { class: "note" },
    name,
    formulaOf(note),
    el("p", {}, ...bold(note.sentence)),
    tiles(valueRows(note)),
  );
}

/** @param {Note} note */
function formulaOf({ formula }) {
  return formula ? el("p", { class: "note-formula" }, formula.replaceAll("-", "−")) : null;
}

/**
 * The numbers of a note that have a name, and are numbers.
 *
 * @param {Note} [note]
 * @returns {[name: string, value: string][]}
 */
export function valueRows({ values = {} } = { kind: "slow", sentence: "" }) {
  return Object.entries(values).flatMap(([name, value]) => {
    const known = VALUES[name];
    const read = toNumber(value);
    return known === undefined || Number.isNaN(read) ? [] : [[known, valueWords(name, read)]];
  });
}

/** @param {string} text */
function bold(text) {
  return emphasised(text).map(([strong, part]) => (strong ? el("strong", {}, part) : part));
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

/** @param {[name: string, value: string][]} rows */
function tiles(rows) {
  if (rows.length === 0) return null;
  return el(
    "dl",
    { class: "evidence" },
    ...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

/**
 * What can be tried; without notes half of the limit, unless the run has done well with its rate.
 *
 * @param {Spec} spec
 * @param {number} index
 * @param {Outcome} outcome
 * @param {boolean} network
 * @returns {Advice[]}
 */
function advice(spec, index, outcome, network) {
  if (outcome.notes?.length) return adviceOf(spec, index, outcome);
  const run = spec.runs[index];
  const held = network && (outcome.kind === "unfinished" || outcome.kind === "converged");
  const safe = run && !held ? safeLr(run, outcome) : null;
  return safe === null ? [] : [{ field: "run.optimizer.lr", value: safe }];
}

/**
 * @param {Advice[]} advice
 * @param {number} safe Half of the limit.
 * @param {(advice: Advice) => void} act
 */
function buttons(advice, safe, act) {
  const made = advice.flatMap((one) => {
    const text = adviceWords(one, safe);
    return text === null ? [] : [el("button", { type: "button", class: "use", onclick: () => act(one) }, text)];
  });
  return (
    made.length > 0 && el("div", { class: "advice", role: "group", "aria-label": words.explanation.advice }, ...made)
  );
}
