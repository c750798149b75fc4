/** The range test: the rate climbs in one run, its curve appears, and the recommended rate can be taken along. */

/** @import { ExperimentRecord, ExperimentView, RunSpec, RunView, Spec, ViewHost } from "../../types/page.js" */
/** @import { RangeFindings } from "../../types/wire.js" */
/** @import { Picture } from "../life.js" */
/** @import { Climb } from "./form.js" */

import { getRange } from "../../server/api.js";
import { isRunning } from "../../server/live-experiment.js";
import { appendBlock, createRunView, lastStep } from "../../state/run-data.js";
import { tidy } from "../../state/spec.js";
import { setUpOf } from "../../state/spec-paths.js";
import { el, fill } from "../../ui/dom.js";
import { createNumbers } from "../../ui/table.js";
import { watchTheme } from "../../ui/theme.js";
import { range as text } from "../../words/range.js";
import { createLife } from "../life.js";
import { createProgress } from "../progress.js";
import { createRangeForm } from "./form.js";
import { createRangePlot } from "./plot.js";
import { curveTable, showChoice, showRules } from "./table.js";

const REDRAW = 120; // ms between two pictures while the curve grows

/** @typedef {Omit<ExperimentRecord["spec"], "runs"> & Climb & { kind: "range_test", run: RunSpec }} RangeSpec */
/** @typedef {{ runs: RunView[], found: RangeFindings | null, rates: [number, number] }} Curve */

/** @type {Curve} */
const NOTHING = { runs: [], found: null, rates: [1e-5, 1] };

/**
 * @param {ViewHost} host
 * @returns {ExperimentView}
 */
export function createRangeView(host) {
  const { spec, view } = host.stores;
  const life = createLife(host, "range_test", { adopt, picture: pictureOf, clear, wait: (busy) => form.wait(busy) });
  const form = createRangeForm((climb) => void life.start(rangeTestOf(spec.get(), climb)));
  const progress = createProgress(text.updates, () => void life.stop());
  progress.text.id = "notes";
  progress.text.className = "help";
  const picture = createRangePlot(() => view.get().theme);
  const plot = picture.element;
  const chosen = el("div", { id: "chosen", "aria-live": "polite" });
  const rules = el("div", { id: "rules", class: "scroll" });
  const numbers = createNumbers(text.table);
  const elements = [
    el(
      "section",
      { class: "card", "aria-labelledby": "plot-title" },
      el("div", { class: "card-head" }, el("h2", { id: "plot-title" }, text.curveTitle), progress.bar, progress.button),
      plot,
      progress.text,
      numbers.element,
    ),
    el(
      "section",
      { class: "card", "aria-labelledby": "chosen-title" },
      el("h2", { id: "chosen-title" }, text.chosenTitle),
      chosen,
    ),
    el(
      "section",
      { class: "card wide-card", "aria-labelledby": "rules-title" },
      el("h2", { id: "rules-title" }, text.rulesTitle),
      rules,
    ),
  ];
  let curve = NOTHING;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const unwatch = watchTheme(view, draw);

  function draw() {
    clearTimeout(timer);
    timer = undefined;
    if (plot.isConnected) picture.show(curve);
  }

  function drawSoon() {
    timer ??= setTimeout(draw, REDRAW);
  }

  /** @param {ExperimentRecord} record @returns {Picture} */
  function pictureOf(record) {
    const { lr_from, lr_to, steps, seeds } = storedIn(record);
    const runs = Array.from({ length: seeds }, (_, i) => createRunView(i, ""));
    /** @type {Curve} */
    let own = { runs, found: null, rates: [lr_from, lr_to] };
    return {
      entries: steps * seeds,
      block: (block) => appendBlock(runs, block),
      async ended({ status }) {
        if (status === "done") own = { ...own, found: await getRange(record.id) };
      },
      show(now) {
        const done = lastStep(runs);
        progress.show(now, done, steps, (left) => sentenceOf(now, own.found, done, left));
        if (curve === own) return drawSoon();
        curve = own;
        showFound(own.found, record);
        draw();
      },
      leave: () => clearTimeout(timer),
    };
  }

  /**
   * @param {RangeFindings | null} found
   * @param {ExperimentRecord | null} record
   */
  function showFound(found, record) {
    numbers.show(found && (() => curveTable(found)));
    fill(rules);
    fill(chosen, el("p", { class: "help" }, text.before));
    plot.setAttribute("aria-label", found ? `${text.loss}: ${found.recommended.because}` : text.plot);
    if (!found || !record) return;
    showRules(rules, found);
    showChoice(chosen, found, setUpOf(record.spec, [storedIn(record).run]));
  }

  function clear() {
    curve = NOTHING;
    showFound(null, null);
    progress.clear();
    progress.text.textContent = text.empty;
    draw();
  }

  /** @param {ExperimentRecord} record */
  function adopt(record) {
    const stored = storedIn(record);
    spec.update(() => setUpOf(record.spec, [stored.run]));
    form.open(stored);
  }

  return {
    form: () => form.element,
    mount(place) {
      fill(place, ...elements);
      clear();
    },
    show: (id) => life.show(id),
    unmount() {
      unwatch();
      life.close();
      clearTimeout(timer);
      picture.stop();
      for (const element of elements) element.remove();
    },
  };
}

/** @param {ExperimentRecord} record */
function storedIn({ spec }) {
  return /** @type {RangeSpec} */ (/** @type {unknown} */ (spec));
}

/**
 * @param {Spec} spec
 * @param {Climb} climb
 */
function rangeTestOf({ runs: [run], ...spec }, climb) {
  const { schedule: _, ...rest } = tidy(run ?? { optimizer: { kind: "sgd" } });
  return { kind: "range_test", ...spec, ...climb, run: rest };
}

/**
 * How far the climb is, and what it found.
 *
 * @param {ExperimentRecord} record
 * @param {RangeFindings | null} found
 * @param {number} done Updates.
 * @param {number} left Seconds.
 */
function sentenceOf({ status, error, spec: { steps } }, found, done, left) {
  if (isRunning({ status })) return done >= steps ? text.verifying : text.climbing(done, steps, left);
  if (status !== "done") return error ?? text.status[/** @type {keyof typeof text.status} */ (status)] ?? status;
  return [found?.blow_up?.because, found?.limit?.because, ...(found?.range.because ?? [])].filter(Boolean).join(" ");
}
