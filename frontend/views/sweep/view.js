/** The sweep: one field takes many values, every value is a run, and a curve over the values says which is best. */

/** @import { Catalogue, ExperimentRecord, ExperimentView, RunView, Sweep, Vary, ViewHost } from "../../types/page.js" */
/** @import { Picture } from "../life.js" */

import { isRunning } from "../../server/live-experiment.js";
import { appendBlock, createRunView } from "../../state/run-data.js";
import { setUpOf } from "../../state/spec-paths.js";
import { el, fill } from "../../ui/dom.js";
import { watchTheme } from "../../ui/theme.js";
import { sweep } from "../../words/sweep.js";
import { words } from "../../words/workbench.js";
import { createFirstLook, firstLookOf } from "../first-look.js";
import { createLife } from "../life.js";
import { createProgress } from "../progress.js";
import { createSweepForm } from "./form.js";
import { lanesCount, withValue } from "./lanes.js";
import { createResult } from "./result.js";
import { createSummary } from "./summary.js";

/** Steps of a first look. */
const MOST_STEPS = { surface: 1000, network: 200 };

/**
 * @param {ViewHost} host
 * @returns {ExperimentView}
 */
export function createSweepView(host) {
  const { spec, view, landscape } = host.stores;
  const life = createLife(host, "sweep", {
    adopt,
    picture: pictureOf,
    clear,
    wait(busy) {
      form?.wait(busy);
      if (!busy) first.settled();
    },
  });
  const result = createResult({
    theme: () => view.get().theme,
    aim: (target) => summary?.aim(target),
    use: (record, value) => host.use((now, selected) => withValue(now, record.spec, value, selected, originOf(record))),
  });
  const first = createFirstLook(host, life, {
    wanted: () => form && firstLookOf(form.wanted(), MOST_STEPS),
    fields: () => [form?.field() ?? ""],
    part: (now) => ({ ...now, runs: now.runs.map(({ label: _, ...run }) => run) }),
  });
  const progress = createProgress(words.steps, () => void life.stop());
  const bar = el("div", { class: "card sweep-progress", hidden: true }, progress.text, progress.bar, progress.button);
  /** @type {Catalogue | null} */
  let catalogue = null;
  /** @type {ReturnType<typeof createSweepForm> | null} */
  let form = null;
  /** @type {{ vary: Vary, seeds: number } | null} What the form shows once it is there. */
  let opened = null;
  /** @type {ReturnType<typeof createSummary> | null} Of the sweep that is shown. */
  let summary = null;
  const unwatch = watchTheme(view, result.redraw);

  /** @param {ExperimentRecord} record @returns {Picture} */
  function pictureOf(record) {
    first.made(record, fieldsOf(record));
    const entries = lanesCount(record.spec);
    const runs = Array.from({ length: entries }, (_, i) => createRunView(i, ""));
    /** @type {Sweep | null} */
    let told = null;
    let now = record;
    const own = createSummary(record.id, take, (error) => own === summary && host.refuse(error));

    /** @param {Sweep} answer */
    function take(answer) {
      told = answer;
      for (const { run, outcome } of answer.runs) {
        const seen = runs[run];
        if (seen && outcome) seen.outcome = /** @type {RunView["outcome"]} */ (outcome);
      }
      if (own === summary) draw();
    }

    function draw() {
      if (!told) return;
      const { steps_done: done } = told;
      result.show({ record: now, told, runs });
      bar.hidden = false; // It stays when the sweep is over, so that nothing below it jumps.
      progress.show(now, done, now.spec.steps, (left) => sentenceOf(now, done, left));
    }

    own.update();
    return {
      entries: record.spec.steps * entries,
      block(block) {
        appendBlock(runs, block);
        own.update();
      },
      ended: () => own.finish(),
      show(changed) {
        const drawn = own === summary && changed.status === now.status;
        now = changed;
        summary = own;
        if (!drawn) draw();
        own.wake();
      },
      leave() {
        own.rest();
        summary = null;
      },
    };
  }

  function clear() {
    summary = null;
    result.clear();
    progress.clear();
    bar.hidden = true;
    first.look();
  }

  /** @param {ExperimentRecord} record */
  function adopt({ spec: stored }) {
    const [vary] = stored.vary ?? [];
    spec.update(() => setUpOf(stored, stored.runs));
    opened = vary ? { vary, seeds: stored.seeds ?? 1 } : null;
    openForm();
  }

  /** Let the form say what was opened; it is there as soon as the catalogue is known. */
  function openForm() {
    if (opened) form?.open(opened.vary, opened.seeds);
    if (form) opened = null;
  }

  /** Where the problem begins of itself. @param {ExperimentRecord} record */
  function originOf({ spec: { problem } }) {
    const known = landscape.get();
    if (known?.kind === problem.kind) return known.start;
    return catalogue?.problems.find(({ kind }) => kind === problem.kind)?.start ?? [];
  }

  return {
    form(all) {
      catalogue = all;
      form = createSweepForm(host.stores, all, (wanted) => {
        first.begin();
        void life.start(wanted);
      });
      openForm();
      first.look();
      return form.element;
    },
    mount(place, beside) {
      fill(place, first.element, ...result.elements);
      fill(beside, bar);
    },
    show: (id) => life.show(id),
    seen: first.seen,
    address: life.address,
    shown: () => life.record?.id ?? null,
    unmount() {
      unwatch();
      first.close();
      life.close();
      form?.close();
      for (const element of [first.element, bar, ...result.elements]) element.remove();
    },
  };
}

/** What a sweep varies. @param {ExperimentRecord} record */
function fieldsOf({ spec: { vary = [] } }) {
  return vary.map(({ field }) => field);
}

/**
 * @param {ExperimentRecord} record
 * @param {number} done Steps.
 * @param {number} left Seconds.
 */
function sentenceOf({ status, error, spec }, done, left) {
  const name = words.experiment.names[status] ?? status;
  if (isRunning({ status })) return sweep.progress(name, done, spec.steps, left);
  return [sweep.ended(name), error].filter(Boolean).join(" ");
}
