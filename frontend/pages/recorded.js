/** A training loop that was recorded elsewhere: what came of it and why, its curves while it runs, and what happened. */

/** @import { ExperimentRecord, RunView } from "../types/page.js" */

import { onPointer } from "../panels/frame/pointing.js";
import { styleOf } from "../plot/palette.js";
import { chartOf, nearestEntry } from "../recorded/chart.js";
import { shownOf, stepsOf } from "../recorded/columns.js";
import { getExperiment, sentenceOf } from "../server/api.js";
import { followExperiment } from "../server/stream.js";
import { appendBlock, createRunView, stepAt } from "../state/run-data.js";
import { hrefOf } from "../state/site/root.js";
import { el, fill, find } from "../ui/dom.js";
import { lineSample } from "../ui/line-sample.js";
import { startShell } from "../ui/shell.js";
import { number } from "../words/plot.js";
import { recorded as words } from "../words/recorded/page.js";
import { labelsOf, verdict } from "../words/workbench.js";

const SETTLE = 250; // ms in which what comes is drawn together
const MOST_EVENTS = 50;
const id = new URLSearchParams(location.search).get("experiment");
const place = (/** @type {string} */ name) => find(document, `#${name}`, HTMLElement);
const { status, notice, theme } = startShell({});
/** @type {RunView[]} */
let runs = [];
/** @type {ExperimentRecord | null} */
let record = null;
/** @type {{ run: number, sentence: string }[]} */
const events = [];
/** @type {{ title: string, curves: import("../recorded/chart.js").Curve[], chart: import("../recorded/chart.js").Chart, said: HTMLElement }[]} */
let drawn = [];
/** @type {number | null} */
let pointed = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

onPointer(place("charts"), (at) => {
  const { left, top } = place("charts").getBoundingClientRect();
  point(at && stepUnder(at[0] + left, at[1] + top));
});
place("charts").addEventListener("click", ({ clientX, clientY }) => point(stepUnder(clientX, clientY)));

theme.watch(() => {
  draw();
  if (record) tell(record);
});
if (id) void follow(id);
else {
  place("about").textContent = words.missing;
  status("ready");
}

/** Show a loop, while it goes on and afterwards. @param {string} id */
async function follow(id) {
  try {
    record = await getExperiment(id);
  } catch (error) {
    notice(sentenceOf(error));
    return status("ready");
  }
  runs = labelsOf(record.spec.runs).map((label, index) => createRunView(index, label));
  tell(record);
  status("ready");
  followExperiment(id, {
    block(block) {
      appendBlock(runs, block);
      soon();
    },
    event(event) {
      events.push(event);
      soon();
    },
    done: () => void end(id),
    error: (sentence) => notice(sentence),
  });
}

/** Say what came of a loop that has ended. @param {string} id */
async function end(id) {
  try {
    record = await getExperiment(id);
    tell(record);
  } catch (error) {
    notice(sentenceOf(error));
  }
}

/** Draw what is new, a little later: frames come faster than anybody reads. */
function soon() {
  if (timer) return;
  timer = setTimeout(() => {
    timer = undefined;
    draw();
    showEvents();
    if (record && !record.outcomes) count();
  }, SETTLE);
}

/** What was trained. @returns {{ name?: string, parameters?: number, layers?: string[] }} */
function modelOf() {
  return record ? /** @type {object} */ (record.spec.problem) : {};
}

/** Say how much of it is there by now. */
function count() {
  const { name = "", parameters = 0 } = modelOf();
  const last = Math.max(0, ...runs.map((run) => (run.n ? stepAt(run, run.n - 1) + 1 : 0)));
  const entries = last || (record?.steps_done ?? 0) + 1;
  place("about").textContent = words.about(name, number(parameters), number(entries));
}

function draw() {
  const { layers = [] } = modelOf();
  drawn = shownOf(runs, layers).flatMap(({ title, of }) => {
    const curves = runs.map((run) => {
      const { color, dash } = styleOf(run.index, theme.get());
      return { steps: stepsOf(run), values: of(run), color, dash };
    });
    const chart = chartOf(title, curves);
    return chart ? [{ title, curves, chart, said: el("span", { class: "help" }) }] : [];
  });
  const figures = drawn.map(({ title, chart, said }) =>
    el("figure", { class: "card" }, el("figcaption", {}, el("span", {}, title), said), chart.element),
  );
  fill(place("charts"), ...figures);
  point(pointed);
}

/** All charts say what they have at one step: at the one that is pointed at in any of them. @param {number | null} step */
function point(step) {
  pointed = step;
  for (const { curves, chart, said } of drawn) {
    const values = chart.mark(step);
    const texts = values.map((value, i) =>
      value === null
        ? null
        : el("span", curves.length > 1 ? { style: `color:${curves[i]?.color}` } : {}, number(value, 4)),
    );
    if (step !== null) fill(said, words.at(number(stepNear(curves[0]?.steps ?? [], step))), ...texts);
    else fill(said, curves.length === 1 ? last(curves[0]?.values ?? []) : "");
  }
}

/** The update of the entry that is nearest to a step. @param {ArrayLike<number>} steps @param {number} step */
function stepNear(steps, step) {
  return steps[nearestEntry(steps, step)] ?? Math.round(step);
}

/** The step at a place in the window; null where no chart is. @param {number} x @param {number} y */
function stepUnder(x, y) {
  for (const { chart } of drawn) {
    const { left, right, top, bottom, width } = chart.element.getBoundingClientRect();
    if (x >= left && x <= right && y >= top && y <= bottom) return chart.stepAt((x - left) / width);
  }
  return null;
}

/** The last finite value of a curve. @param {ArrayLike<number>} values */
function last(values) {
  const found = Array.from(values).findLast(Number.isFinite);
  return found === undefined ? "" : number(found, 3);
}

/** Say what it is and what came of it. @param {ExperimentRecord} record */
function tell(record) {
  place("name").textContent = record.name;
  document.title = record.name;
  count();
  const outcomes = record.outcomes ?? [];
  place("outcomes").hidden = outcomes.length === 0 && !record.error;
  const told = outcomes.map((outcome, i) => {
    const { word, tone } = verdict(outcome);
    const which = outcomes.length > 1 ? [lineSample(i, theme.get()), ` ${runs[i]?.label ?? ""} `] : [];
    return el("p", {}, ...which, el("span", { class: "badge", "data-tone": tone }, word), ` ${outcome.because}`);
  });
  fill(place("outcomes"), el("h2", {}, words.outcome), ...told, record.error ? el("p", {}, record.error) : null);
  const at = hrefOf(`api/experiments/${encodeURIComponent(record.id)}/trace?spec=true&format=`);
  const links = ["csv", "json", "npz"].map((kind) => el("a", { href: at + kind, download: "" }, kind.toUpperCase()));
  place("downloads").hidden = false;
  fill(place("downloads"), el("span", { class: "help" }, words.download), ...links);
}

function showEvents() {
  place("events").hidden = events.length === 0;
  const rows = events.slice(0, MOST_EVENTS).map(({ run, sentence }) => {
    const which = runs.length > 1 ? `${runs[run]?.label ?? ""}: ` : "";
    return el("li", {}, which + sentence);
  });
  const more = events.length > MOST_EVENTS ? el("p", { class: "help" }, words.more(events.length - MOST_EVENTS)) : null;
  fill(place("events"), el("h2", {}, words.events), el("ul", {}, ...rows), more);
}
