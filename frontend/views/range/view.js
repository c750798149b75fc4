/** The range test: the rate climbs in one run, its curve appears, and the recommended rate can be taken along. */

/** @import { ExperimentRecord, ExperimentView, RunSpec, RunView, Spec, ViewHost } from "../../types/page.js" */
/** @import { RangeFindings } from "../../types/wire.js" */
/** @import { Picture } from "../life.js" */
/** @import { Climb } from "./form.js" */

import { getRange } from "../../server/api.js";
import { isRunning } from "../../server/live-experiment.js";
import { appendBlock, createRunView, lastStep } from "../../state/run-data.js";
import { chosenRun, isNetwork, tidy, withRun } from "../../state/spec.js";
import { setUpOf } from "../../state/spec-paths.js";
import { el, fill } from "../../ui/dom.js";
import { createNumbers } from "../../ui/table.js";
import { watchTheme } from "../../ui/theme.js";
import { range as text } from "../../words/range.js";
import { createFirstLook, firstLookOf } from "../first-look.js";
import { createLife } from "../life.js";
import { createProgress } from "../progress.js";
import { createRangeForm } from "./form.js";
import { createRangePlot } from "./plot.js";
import { curveTable, showChoice, showRules } from "./table.js";

const VARIED = ["run.optimizer.lr", "run.schedule"];
/** Steps of a first look. */
const MOST_STEPS = { surface: 300, network: 200 };
/** Steps of a set-up whose own are not known. */
const STEPS = { surface: 300, network: 500 };
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
  const life = createLife(host, "range_test", { adopt, picture: pictureOf, clear, wait });
  const form = createRangeForm((climb) => {
    first.begin();
    void life.start(rangeTestOf(spec.get(), view.get().selected, climb));
  });
  const first = createFirstLook(host, life, {
    wanted: () => firstLookOf(rangeTestOf(spec.get(), view.get().selected, form.wanted()), MOST_STEPS),
    fields: () => VARIED,
    part({ steps: _, ...now }) {
      const { label: __, ...run } = chosenRun({ ...now, steps: 0 }, view.get().selected);
      return [{ ...now, runs: [] }, run];
    },
  });
  /** @param {(run: RunSpec) => RunSpec} change */
  const use = (change) => host.use((now, selected) => withRun(now, selected, change));
  const progress = createProgress(text.updates, () => void life.stop());
  progress.text.id = "notes";
  progress.text.className = "help";
  const drawing = createRangePlot(() => view.get().theme);
  const plot = drawing.element;
  const chosen = el("div", { id: "chosen", "aria-live": "polite" });
  const rules = el("div", { id: "rules", class: "scroll" });
  const numbers = createNumbers(text.table);
  const picture = el(
    "section",
    { class: "card range", "aria-labelledby": "plot-title" },
    el("div", { class: "card-head" }, el("h2", { id: "plot-title" }, text.curveTitle), progress.bar, progress.button),
    first.element,
    plot,
    progress.text,
    numbers.element,
  );
  const table = el(
    "section",
    { class: "card", "aria-labelledby": "rules-title" },
    el("h2", { id: "rules-title" }, text.rulesTitle),
    rules,
  );
  const choice = el(
    "section",
    { class: "card", "aria-labelledby": "chosen-title" },
    el("h2", { id: "chosen-title" }, text.chosenTitle),
    chosen,
  );
  let curve = NOTHING;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const unwatch = watchTheme(view, draw);

  function draw() {
    clearTimeout(timer);
    timer = undefined;
    if (plot.isConnected) drawing.show(curve);
  }

  function drawSoon() {
    timer ??= setTimeout(draw, REDRAW);
  }

  /** @param {boolean} busy */
  function wait(busy) {
    form.wait(busy);
    if (!busy) first.settled();
  }

  /** @param {ExperimentRecord} record @returns {Picture} */
  function pictureOf(record) {
    first.made(record, VARIED);
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
        showFound(own.found);
        draw();
      },
      leave: () => clearTimeout(timer),
    };
  }

  /** @param {RangeFindings | null} found */
  function showFound(found) {
    numbers.show(found && (() => curveTable(found)));
    fill(rules);
    fill(chosen, el("p", { class: "help" }, text.before));
    plot.setAttribute("aria-label", found ? `${text.loss}: ${found.recommended.because}` : text.plot);
    if (!found) return;
    showRules(rules, found, use);
    showChoice(chosen, found, use);
  }

  function clear() {
    curve = NOTHING;
    showFound(null);
    progress.clear();
    progress.text.textContent = text.empty;
    draw();
    first.look();
  }

  /** The climb's updates are its own, and the set-up's steps stay. @param {ExperimentRecord} record */
  function adopt(record) {
    const stored = storedIn(record);
    spec.update(({ problem, steps }) => {
      const now = setUpOf(record.spec, [stored.run]);
      const network = isNetwork(now.problem);
      return { ...now, steps: network === isNetwork(problem) ? steps : network ? STEPS.network : STEPS.surface };
    });
    form.open(stored);
  }

  return {
    form: () => form.element,
    mount(place, beside) {
      fill(place, picture, table);
      fill(beside, choice);
      clear();
    },
    show: (id) => life.show(id),
    seen: first.seen,
    address: life.address,
    shown: () => life.record?.id ?? null,
    unmount() {
      unwatch();
      first.close();
      life.close();
      clearTimeout(timer);
      drawing.stop();
      for (const element of [picture, table, choice]) element.remove();
    },
  };
}

/** @param {ExperimentRecord} record */
function storedIn({ spec }) {
  return /** @type {RangeSpec} */ (/** @type {unknown} */ (spec));
}

/**
 * @param {Spec} spec
 * @param {number} selected
 * @param {Climb} climb
 */
function rangeTestOf(spec, selected, climb) {
  const { runs: _, ...rest } = spec;
  const { schedule: __, ...run } = tidy(chosenRun(spec, selected));
  return { kind: "range_test", ...rest, ...climb, run };
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
