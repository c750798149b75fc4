/** The card that says why a run did what it did, in the run's own numbers. */

/** @import { Advice, Outcome, Spec, RunEvent, RunSpec, Stores, Watchable } from "../types/page.js" */
/** @import { Term } from "../types/lessons.js" */

import { marked } from "../lessons/terms.js";
import { isNetwork } from "../state/spec.js";
import { adviceOf, set } from "../state/spec-paths.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { lineSample } from "../ui/line-sample.js";
import { adviceWords } from "../words/explanation.js";
import { hidesRates, masked } from "../words/hidden.js";
import { training } from "../words/training.js";
import { number, question, toNumber, verdict, words } from "../words/workbench.js";
import { createMaths, headlineOf } from "./maths.js";

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
 * @param {HTMLElement} card
 * @param {Stores} stores
 * @param {Watchable<readonly Term[]>} glossary
 * @param {(run: RunSpec) => string} optimizerName
 */
export function startExplanation(card, stores, glossary, optimizerName) {
  const { spec, runs, view, events } = stores;
  const title = el("h2", {}, question(null));
  const head = el("div", { class: "card-head" }, title);
  const body = el("div", { class: "why" });
  const maths = createMaths(glossary);
  card.classList.remove("wait");
  fill(card, head, body);
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
    fill(head, title, outcome && badge(outcome, network));
    if (!run || !outcome) return fill(body, ...soFar(told));
    const name = run.label || optimizerName(run);
    const act = (/** @type {Advice} */ one) => spec.update((now) => set(now, one.field, one.value, selected));
    const safe = toNumber(outcome.evidence.safe_lr);
    const [first, ...further] = buttons(advice(spec.get(), selected, outcome, network), safe, act);
    maths.show(outcome, [further.length > 0 && group(further)]);
    fill(
      body,
      heading(selected, name, run, theme),
      el("p", { class: "why-headline" }, ...marked(masked(headlineOf(outcome)), glossary.get())),
      averageOf(outcome),
      first !== undefined && group([first]),
      bar(outcome),
      maths.element,
    );
  }

  watchAll({ spec, runs, view, events, glossary }, show, () => [JSON.stringify(now()), glossary.get()]);
}

/**
 * What came of averaged parameters, where they were kept.
 * @param {Outcome} outcome
 */
function averageOf({ notes = [] }) {
  const said = notes.find(({ kind }) => kind === "averaged");
  return said ? el("p", {}, masked(said.sentence)) : null;
}

/** Events about the whole experiment; the others say what a run did. */
const GENERAL = new Set(["device", "data", "timing", "plane", "resumed"]);

/**
 * What a run has been told to have done so far.
 *
 * @param {readonly RunEvent[]} events
 * @param {number} run
 */
export function toldOf(events, run) {
  return events.filter((one) => one.run === run && !GENERAL.has(one.kind)).map(({ sentence }) => masked(sentence));
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
 * Half the limit with 3 digits, where that is not the rate already, nor as large as one that did not hold.
 *
 * @param {RunSpec} run
 * @param {Outcome} outcome
 */
export function safeLr(run, outcome) {
  const safe = toNumber(outcome.evidence.safe_lr);
  const broke = ["diverged", "growing"].includes(outcome.kind) && safe >= toNumber(outcome.evidence.lr);
  if (!(safe > 0 && Number.isFinite(safe)) || broke) return null;
  const rounded = Number(safe.toPrecision(3));
  return rounded === run.optimizer.lr ? null : rounded;
}

/**
 * @param {Outcome} outcome
 * @param {boolean} network
 */
function badge(outcome, network) {
  const { word, tone, icon: shape } = verdict(outcome, network);
  return el("span", { class: "badge", "data-tone": tone }, icon(shape), word);
}

/**
 * @param {number} index
 * @param {string} name
 * @param {RunSpec} run
 * @param {"light" | "dark"} theme
 */
function heading(index, name, run, theme) {
  const lr = typeof run.optimizer.lr === "number" && !hidesRates() ? `lr ${number(run.optimizer.lr, 5)}` : "";
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
  if (outcome.notes?.length) {
    const all = adviceOf(spec, index, outcome);
    const longer = all.filter(({ field }) => field === "steps");
    return [...all.filter((one) => !longer.includes(one)), ...longer]; // A better setting goes before more of the same.
  }
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
  return advice.flatMap((one) => {
    const text = adviceWords(one, safe);
    return text === null ? [] : [el("button", { type: "button", class: "use", onclick: () => act(one) }, text)];
  });
}

/** @param {HTMLElement[]} made */
function group(made) {
  return el("div", { class: "advice", role: "group", "aria-label": words.explanation.advice }, ...made);
}
