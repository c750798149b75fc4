/** What came of a sweep: the best value in a sentence, two curves over the values, every run small, and all numbers. */

/** @import { ExperimentRecord, RunView, Sweep, SweepValue, View } from "../../types/page.js" */
/** @import { Plan } from "./figure.js" */

import { styleOf } from "../../plot/palette.js";
import { placeIn, watchSize } from "../../plot/sizes.js";
import { isNetwork } from "../../state/spec.js";
import { el, fill } from "../../ui/dom.js";
import { createNumbers } from "../../ui/table.js";
import { sweep } from "../../words/sweep.js";
import { training } from "../../words/training.js";
import { count, number, toNumber } from "../../words/workbench.js";
import { drawFigure } from "./figure.js";
import { labelsOfValues, namesOfRuns } from "./lanes.js";
import { colorsOf, plansOf } from "./plan.js";
import { createTarget } from "./target.js";
import { createTiles, outcomeOf } from "./tiles.js";

/**
 * All there is to show.
 *
 * @typedef {object} Shown
 * @property {ExperimentRecord} record
 * @property {Sweep} told
 * @property {readonly RunView[]} runs
 */

/**
 * @param {object} on
 * @param {() => View["theme"]} on.theme
 * @param {(target: number | null) => void} on.aim
 * @param {(record: ExperimentRecord, value: SweepValue) => void} on.use
 */
export function createResult({ theme, aim, use }) {
  const said = el("p", { class: "sweep-said", role: "status" }, sweep.empty);
  const best = el("button", { type: "button", class: "primary best-value", "data-none": true });
  const target = createTarget(aim);
  const readout = el("p", { class: "help readout" });
  const finals = figure(sweep.finals, sweep.finalsHelp);
  const steps = figure(sweep.steps, sweep.stepsHelp);
  const figures = el("div", { class: "sweep-figures" }, finals.element, steps.element);
  const legend = el("ul", { class: "sweep-legend", hidden: true });
  const tiles = createTiles(point, take);
  const noRuns = el("p", { class: "help" }, sweep.emptyRuns);
  const some = el("p", { class: "help", hidden: true });
  const table = createNumbers(sweep.table);
  /** @type {Shown | null} */
  let shown = null;
  /** @type {number | null} */
  let hovered = null;

  const elements = [
    el(
      "section",
      { class: "card summary", "aria-labelledby": "summary-title" },
      el("div", { class: "card-head" }, el("h2", { id: "summary-title" }, sweep.summary), target.element, best),
      said,
      figures,
      legend,
      readout,
      table.element,
    ),
    el(
      "section",
      { class: "card curves", "aria-labelledby": "curves-title" },
      el("div", { class: "card-head" }, el("h2", { id: "curves-title" }, sweep.curves)),
      noRuns,
      tiles.element,
      some,
    ),
  ];

  for (const { plot, at } of [finals, steps]) {
    plot.addEventListener("pointermove", (event) => point(at(placeIn(plot, event)[0])));
    plot.addEventListener("pointerleave", () => point(null));
    plot.addEventListener("click", () => take(hovered));
  }
  best.addEventListener("click", () => take(shown && bestOf(shown.told)));
  watchSize(figures, () => draw(), true);

  /** @param {number | null} i */
  function take(i) {
    const chosen = i === null ? null : shown?.told.values[i];
    if (shown && chosen) use(shown.record, chosen);
  }

  /** @param {number | null} i */
  function point(i) {
    if (i === hovered) return;
    hovered = i;
    draw();
  }

  /** The pictures of what is shown; the texts are made when it changes. */
  function draw() {
    if (!shown || shown.told.values.length === 0) return;
    const { told } = shown;
    const lowest = bestOf(told);
    const plans = plansOf(shown, theme(), hovered, lowest);
    finals.draw(plans.finals);
    steps.draw(plans.steps);
    tiles.mark(hovered, lowest);
    const value = hovered === null ? null : told.values[hovered];
    const why = told.target_because && sweep.why(told.target_because);
    fill(readout, value ? readoutOf(shown, value) : why);
  }

  /** @param {Shown} now */
  function show(now) {
    shown = now;
    if (hovered !== null && hovered >= now.told.values.length) hovered = null;
    const { record, told, runs } = now;
    const network = isNetwork(record.spec.problem);
    const labels = labelsOfValues(record.spec, told.values);
    showLegend(legend, now, theme());
    const begun = told.runs.some(({ entries }) => entries > 0);
    fill(said, record.status === "queued" ? training.queued : sentenceOf(told, begun));
    showBest(best, now, labels);
    target.show(told.target);
    noRuns.hidden = true;
    tiles.show(
      told.values.map((value, i) => ({
        value,
        label: labels[i]?.value ?? "",
        run: labels[i]?.run ?? "",
        name: labels[i]?.long ?? "",
        color: colorsOf(now, theme())[i] ?? "",
      })),
      runs,
      record.spec.steps,
      network,
    );
    const drawn = tiles.element.childElementCount;
    some.hidden = drawn >= told.values.length;
    some.textContent = sweep.some(drawn, told.values.length);
    const rows = () => told.values.map((value, i) => rowOf(value, labels[i]?.short ?? "", runs, network));
    table.show(begun ? () => ({ columns: sweep.columns, rows: rows() }) : null);
    draw();
  }

  return {
    elements,

    /** The theme has changed. */
    redraw: () => void (shown && show(shown)),

    /** Show what is there before a sweep. */
    clear() {
      shown = hovered = null;
      said.textContent = sweep.empty;
      best.toggleAttribute("data-none", true);
      finals.clear();
      steps.clear();
      legend.hidden = some.hidden = true;
      noRuns.hidden = false;
      readout.textContent = "";
      target.show(null);
      table.show(null);
      tiles.clear();
    },

    show,
  };
}

/**
 * @param {Sweep} told
 * @param {boolean} begun
 */
function sentenceOf({ best, status, runs }, begun) {
  if (!begun) return sweep.waiting;
  if (!best) return runs.every(({ final }) => final !== null) ? sweep.nothing : sweep.waiting;
  const running = status === "running" || status === "queued" || status === "paused";
  return (running ? sweep.soFar : "") + best.because;
}

/** The position of the best value. @param {Sweep} told */
function bestOf({ best, values }) {
  const i = values.findIndex(({ runs }) => runs[0] === best?.runs[0]);
  return i < 0 ? null : i;
}

/**
 * Which line is which run, where several are listed.
 *
 * @param {HTMLElement} list
 * @param {Shown} shown
 * @param {View["theme"]} theme
 */
function showLegend(list, { record }, theme) {
  const names = namesOfRuns(record.spec);
  list.hidden = names.length < 2;
  const entries = names.map((name, i) => {
    const entry = el("li", {}, name);
    entry.style.setProperty("--color", styleOf(i, theme).color);
    return entry;
  });
  fill(list, ...entries);
}

/**
 * @param {HTMLButtonElement} button
 * @param {Shown} shown
 * @param {readonly { long: string }[]} labels
 */
function showBest(button, { told }, labels) {
  const i = bestOf(told);
  const name = i === null ? "" : (labels[i]?.long ?? "");
  button.toggleAttribute("data-none", i === null);
  button.textContent = sweep.use(name);
  button.title = sweep.useHelp(name);
}

/**
 * @param {Shown} shown
 * @param {SweepValue} value
 */
function readoutOf({ record, told, runs }, value) {
  const i = told.values.indexOf(value);
  const label = labelsOfValues(record.spec, told.values)[i]?.long ?? "";
  const { word } = outcomeOf(value, runs, isNetwork(record.spec.problem));
  return sweep.seen(label, {
    final: number(toNumber(value.final)),
    low: number(toNumber(value.final_low)),
    high: number(toNumber(value.final_high)),
    steps: value.to_target === null ? sweep.notReached : sweep.reachedAt(value.to_target),
    outcome: word || sweep.waiting,
  });
}

/**
 * @param {SweepValue} value
 * @param {string} label
 * @param {readonly RunView[]} runs
 * @param {boolean} network
 */
function rowOf(value, label, runs, network) {
  const steps = value.to_target === null ? sweep.never : count(Math.round(value.to_target));
  const losses = [value.final, value.final_low, value.final_high].map((loss) => number(toNumber(loss)));
  return [label, ...losses, steps, outcomeOf(value, runs, network).word];
}

/**
 * @param {string} title
 * @param {string} help
 */
function figure(title, help) {
  const plot = el("div", { class: "sweep-plot", role: "img", "aria-label": `${title}. ${help}` });
  /** @type {(x: number) => number | null} */
  let nearest = () => null;
  return {
    element: el("figure", {}, el("figcaption", {}, el("h3", {}, title), el("p", { class: "help" }, help)), plot),
    plot,
    at: (/** @type {number} */ x) => nearest(x),
    clear() {
      nearest = () => null;
      fill(plot);
    },
    /** @param {Plan} plan */
    draw(plan) {
      const { clientWidth: width, clientHeight: height } = plot;
      if (width > 0) nearest = drawFigure(plot, plan, width, height);
    },
  };
}
