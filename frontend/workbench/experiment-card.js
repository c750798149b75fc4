/** What the runs card says about the stored experiment: how far it is, its buttons, and what the server told of it. */

/** @import { ExperimentRecord, Origin, RunEvent, Stores } from "../types/page.js" */
/** @import { Experiments } from "../server/experiment-session.js" */

import { isRunning } from "../server/live-experiment.js";
import { createEta } from "../state/eta.js";
import { lastStep } from "../state/run-data.js";
import { hrefOf } from "../state/site/root.js";
import { isNetwork } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { pace, progress, training } from "../words/training.js";
import { experimentSentence, words } from "../words/workbench.js";

const APART = 250; // ms between two times left

/**
 * How far a training is; shown above the runs, for networks.
 *
 * @param {Stores} stores
 * @param {Experiments} experiments
 */
export function createTraining({ spec, runs, experiment, clock, events }, experiments) {
  const hold = tool("pause", training.pause, () => {
    void experiments.tell(experiment.get()?.status === "paused" ? "resume" : "pause");
  });
  const stop = tool("stop", training.stop, () => void experiments.tell("cancel"));
  const again = tool("restart", training.again, () => void experiments.again());
  const text = el("p", {}, training.waiting);
  const said = el("span", { class: "unseen", role: "status" });
  const bar = el("progress", { "aria-label": words.steps, value: 0, max: 1 });
  const row = el("div", { class: "training-row" }, text, said, hold, stop, again);
  const element = el("div", { class: "training" }, bar, row);
  const remaining = createEta();
  let told = -Infinity;
  let status = "";

  function show() {
    const record = experiment.get();
    const network = isNetwork(spec.get().problem);
    element.hidden = !network;
    if (!network) return;
    const { last, live } = clock.get();
    const changed = record?.status !== status;
    if (changed) remaining.reset();
    if (live) remaining.reached(last);
    if (!changed && performance.now() - told < APART && isRunning(record)) return;
    told = performance.now();
    status = record?.status ?? "";
    const done = record?.status === "queued" ? 0 : lastStep(runs.get());
    text.toggleAttribute("data-bad", record?.status === "failed");
    bar.max = Math.max(1, record?.spec.steps ?? 1);
    bar.value = record?.status === "done" ? bar.max : done;
    fill(text, record ? sentenceOf(record, done) : training.waiting);
    if (changed) said.textContent = words.experiment.names[record?.status ?? "queued"];
    if (changed) showHold(hold, record?.status === "paused");
    hold.hidden = stop.hidden = !isRunning(record);
    again.hidden = record === null || isRunning(record) || record.status === "done";
  }

  /**
   * @param {ExperimentRecord} record
   * @param {number} done
   */
  function sentenceOf(record, done) {
    const text = progress(record, done, remaining.left(record.spec.steps));
    if (record.status !== "done" || record.error) return text;
    const timing = events.get().find(({ kind }) => kind === "timing");
    return [text, pace(timing?.value ?? 0)].filter(Boolean).join(", ").concat(".");
  }

  watchAll({ spec, experiment, clock, events }, show);
  return element;
}

/**
 * The button that pauses and resumes: one and the same, so that the keyboard stays on it.
 *
 * @param {HTMLElement} button
 * @param {boolean} paused
 */
function showHold(button, paused) {
  const name = paused ? training.resume : training.pause;
  fill(button, icon(paused ? "play" : "pause"));
  button.title = name;
  button.setAttribute("aria-label", name);
}

/**
 * What stands below the runs: for networks where and on what they train; else running as an experiment.
 *
 * @param {Stores} stores
 * @param {Experiments} experiments
 */
export function createFoot({ spec, runs, experiment, clock, events }, experiments) {
  const start = button(words.experiment.run, "flask", run, "wide");
  const stop = button(words.experiment.cancel, "stop", () => void experiments.tell("cancel"));
  const leave = button(words.experiment.leave, "close", () => experiments.close());
  const note = el("p", { class: "help" }, words.experiment.help);
  const state = el("p", { role: "status" });
  const time = el("p", { class: "help", hidden: true });
  const element = el("div", { class: "experiment" });
  const remaining = createEta();
  let told = -Infinity;
  let shown = "";

  async function run() {
    start.disabled = true;
    await experiments.run();
    start.disabled = false;
  }

  function show() {
    const record = experiment.get();
    const network = isNetwork(spec.get().problem);
    const told = [...(network || !record ? [] : [experimentSentence(record)]), ...toldOf(events.get())];
    const key = JSON.stringify([network, record?.status, told, record?.parent, record?.thinned]);
    if (key === shown) return;
    shown = key;
    const origin = record?.parent ? originOf(record.parent) : sourceOf(record?.source);
    const thin = thinnedOf(record?.thinned);
    if (network) return fill(element, origin, thin, ...told.map((text) => el("p", { class: "help" }, text)));
    state.textContent = told.join(" ");
    stop.hidden = !isRunning(record);
    fill(element, ...(record ? [state, time, origin, thin, el("div", { class: "row" }, stop, leave)] : [start, note]));
  }

  /** How far it is, and how long it still takes; not announced, as it changes all the time. */
  function showTime() {
    const record = experiment.get();
    time.hidden = !isRunning(record) || record?.status === "queued"; // That it waits was said.
    if (!record || time.hidden) return remaining.reset();
    remaining.reached(clock.get().last);
    if (performance.now() - told < APART) return;
    told = performance.now();
    time.textContent = progress(record, lastStep(runs.get()), remaining.left(record.spec.steps));
  }

  watchAll({ spec, experiment, events }, show);
  watchAll({ experiment, clock }, showTime);
  return {
    element,
    /** Say why only an experiment can compute this; null: anything can. @param {string | null} reason */
    advise(reason) {
      note.textContent = reason ?? words.experiment.help;
      note.className = reason ? "error" : "help";
      start.classList.toggle("primary", reason !== null);
    },
  };
}

const OF_ALL = new Set(["device", "data", "resumed"]);

/**
 * What the server said about the whole experiment: where it computes and why, what the data is, and whether another
 * process went on with it.
 * @param {readonly RunEvent[]} events
 */
function toldOf(events) {
  return events.filter(({ kind }) => OF_ALL.has(kind)).map(({ sentence }) => sentence);
}

/** Where a fork goes on from, with the way back. @param {Origin} origin */
function originOf({ id, run, step }) {
  const parent = el("a", { href: hrefOf(`?experiment=${encodeURIComponent(id)}`) }, training.fork.parent);
  return el("p", { class: "help" }, training.fork.of(step, run), " ", parent);
}

/** Whose numbers they are, where they were not computed for it. @param {ExperimentRecord["source"]} source */
function sourceOf(source) {
  if (!source) return null;
  const { imported } = source;
  return el("p", { class: "help" }, imported ? training.fork.imported(imported) : training.fork.joined);
}

/** How much of a trace is left that was thinned out. @param {ExperimentRecord["thinned"]} thinned */
function thinnedOf(thinned) {
  return thinned ? el("p", { class: "help" }, training.fork.thinned(thinned.entries, thinned.of)) : null;
}

/**
 * @param {Parameters<typeof icon>[0]} sign
 * @param {string} name
 * @param {() => void} act
 */
function tool(sign, name, act) {
  return el("button", { type: "button", class: "tool", "aria-label": name, title: name, onclick: act }, icon(sign));
}

/**
 * @param {string} name
 * @param {Parameters<typeof icon>[0]} sign
 * @param {() => void} act
 * @param {string} [look]
 */
function button(name, sign, act, look) {
  return el("button", { type: "button", class: look, onclick: act }, icon(sign), name);
}
