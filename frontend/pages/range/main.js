/** The range test: choose, start, watch the curve appear, and take the recommended rate along. */

/** @import { Block, ExperimentRecord, Spec, RunView } from "../../types/page.js" */
/** @import { RangeFindings } from "../../types/wire.js" */
/** @import { Range } from "./controls.js" */

import {
  ApiError,
  createRangeTest,
  getCatalogue,
  getExperiment,
  getRange,
  isGone,
  sentenceOf,
  tellExperiment,
} from "../../server/api.js";
import { isRunning } from "../../server/live-experiment.js";
import { followExperiment } from "../../server/stream.js";
import { readAddress, showExperiment } from "../../state/address.js";
import { createEta } from "../../state/eta.js";
import { appendBlock, createRunView, lastStep } from "../../state/run-data.js";
import { tidy } from "../../state/spec.js";
import { specOf } from "../../state/spec-paths.js";
import { createStore } from "../../state/store.js";
import { createStores } from "../../state/workbench.js";
import { el, fill, find } from "../../ui/dom.js";
import { showProblem } from "../../ui/form.js";
import { startShell } from "../../ui/shell.js";
import { createNumbers } from "../../ui/table.js";
import { range as text } from "../../words/range.js";
import { words } from "../../words/workbench.js";
import { createControls } from "./controls.js";
import { figure } from "./figure.js";
import { curveTable, showChoice, showRules } from "./table.js";

const FIRST = /** @type {Spec} */ ({
  problem: { kind: "regression", data: "thermometer", scaling: "tenth" },
  runs: [{ optimizer: { kind: "sgd", lr: 0.01 } }],
  steps: 1000,
  seed: 0,
  dtype: "float64",
});
const MOST_ENTRIES = 20_000; // up to here every entry is drawn
const REDRAW = 120; // ms between two pictures while the curve grows

const shell = startShell({ link: () => location.href });
const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const [plot, notes, chosen, rules] = ["plot", "notes", "chosen", "rules"].map(place);
const progress = find(document, "#progress", HTMLProgressElement);
const cancel = find(document, "#cancel", HTMLButtonElement);
const address = readAddress(location);
const stores = createStores({ ...address.shared, spec: location.hash.length > 1 ? address.shared.spec : FIRST }, false);
const range = createStore(/** @type {Range} */ ({ lr_from: 1e-5, lr_to: 1, seeds: 1 }));

/** What is shown: the test that was asked for, its curve so far, and what was found. */
const shown = {
  /** @type {ExperimentRecord | null} */
  record: null,
  /** @type {RunView[]} */
  runs: [],
  /** @type {RangeFindings | null} */
  found: null,
  spec: FIRST,
  /** @type {[number, number]} */
  rates: [1e-5, 1],
};
const pace = createEta();
let stop = () => {};
let turn = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function draw() {
  clearTimeout(timer);
  timer = undefined;
  const plotly = window.Plotly;
  if (!plotly || !plot) return;
  const { data, layout } = figure(shown.runs, shown.found, shown.rates, shell.theme.get());
  void plotly.react(plot, /** @type {any} */ (data), /** @type {any} */ (layout), {
    displayModeBar: false,
    responsive: true,
  });
}

function drawSoon() {
  timer ??= setTimeout(draw, REDRAW);
}

/** @param {string} sentence */
function say(sentence) {
  if (notes) notes.textContent = sentence;
}

/** @param {unknown} error */
function fail(error) {
  const problem = error instanceof ApiError ? error.problem : null;
  const left = problem
    ? showProblem(document, problem, rangeTestOf(stores.spec.get(), range.get()))
    : [sentenceOf(error)];
  shell.notice(left.length > 0 ? left.join(" ") : null);
  shell.status("ready");
  button.disabled = false;
}

/**
 * @param {Spec} spec
 * @param {Range} range
 */
function rangeTestOf({ runs: [run], ...spec }, range) {
  const { schedule: _, ...rest } = tidy(run ?? { optimizer: { kind: "sgd" } });
  return { kind: "range_test", ...spec, ...range, run: rest };
}

async function start() {
  button.disabled = true;
  shell.notice(null);
  showProblem(document, null, null);
  try {
    const record = await createRangeTest(rangeTestOf(stores.spec.get(), range.get()));
    showExperiment(record.id);
    await show(record);
  } catch (error) {
    fail(error);
  }
}

/** @param {ExperimentRecord} record */
async function show(record) {
  stop();
  const mine = ++turn;
  const spec = /** @type {any} */ (record.spec);
  Object.assign(shown, { record, found: null, rates: [spec.lr_from, spec.lr_to] });
  shown.spec = specOf({ spec: { ...spec, runs: [spec.run] } });
  shown.runs = Array.from({ length: spec.seeds }, (_, i) => createRunView(i, ""));
  pace.reset();
  busy(true);
  if (chosen) fill(chosen, el("p", { class: "help" }, text.before));
  if (rules) fill(rules);
  numbers.show(null);
  say("");
  shell.status(isRunning(record) ? "live" : "loading");
  draw();
  /** @type {import("../../server/stream.js").Listeners} */
  const listeners = {
    block,
    connected: (is) => shell.status(is ? "live" : "reconnecting"),
    error: (sentence) => fail(sentence),
    done: ({ status, error }) => void (mine === turn && ended(record.id, status, error ?? null)),
  };
  const detail = spec.steps * spec.seeds <= MOST_ENTRIES ? "full" : "screen";
  stop = followExperiment(record.id, listeners, { detail });
}

/** @param {Block} block */
function block(block) {
  appendBlock(shown.runs, block);
  const steps = shown.record?.spec.steps ?? 1;
  const done = lastStep(shown.runs);
  pace.reached(done);
  progress.value = done / steps;
  say(done >= steps ? text.verifying : text.climbing(done, steps, pace.left(steps)));
  drawSoon();
}

/**
 * @param {string} id
 * @param {ExperimentRecord["status"]} status
 * @param {string | null} error
 */
async function ended(id, status, error) {
  busy(false);
  if (status !== "done") {
    say(error ?? text.status[/** @type {keyof typeof text.status} */ (status)] ?? status);
    shell.status("ready");
    draw();
    return;
  }
  try {
    const found = await getRange(id);
    shown.found = found;
    const sentences = [found.blow_up?.because, found.limit?.because, ...found.range.because];
    say(sentences.filter(Boolean).join(" "));
    if (rules) showRules(rules, found);
    numbers.show(() => curveTable(found));
    if (chosen) showChoice(chosen, found, shown.spec);
    plot?.setAttribute("aria-label", `${text.loss}: ${found.recommended.because}`);
  } catch (failure) {
    fail(failure);
  }
  draw();
  shell.status("ready");
}

/** @param {boolean} is */
function busy(is) {
  button.disabled = is;
  progress.hidden = !is;
  cancel.hidden = !is;
  progress.value = 0;
}

const numbers = createNumbers(text.table);
place("notes").after(numbers.element);
const button = createControls(place("controls"), stores, range, await catalogue(), () => void start());
cancel.addEventListener("click", () => {
  if (shown.record) void tellExperiment(shown.record.id, "cancel").catch(fail);
});
shell.theme.watch(draw);
find(document, "script[src*=plotly]", HTMLScriptElement).addEventListener("load", draw);

if (address.experiment) {
  try {
    const record = await getExperiment(address.experiment);
    if (record.kind === "range_test") await reopen(record);
    else location.replace(`/?experiment=${record.id}`);
  } catch (error) {
    empty();
    if (isGone(error)) showExperiment(null);
    if (isGone(error)) shell.notice(words.notices.noSuchExperiment);
    else fail(error);
  }
} else empty();

/** @param {ExperimentRecord} record */
async function reopen(record) {
  const spec = /** @type {any} */ (record.spec);
  stores.spec.update(() => specOf({ spec: { ...spec, runs: [spec.run] } }));
  range.update(() => ({ lr_from: spec.lr_from, lr_to: spec.lr_to, seeds: spec.seeds }));
  await show(record);
}

/** What is seen before there is a test. */
function empty() {
  if (chosen) fill(chosen, el("p", { class: "help" }, text.before));
  say(text.empty);
  draw();
  shell.status("ready");
}

/** The forms need it: without it a sentence says why there are none. */
async function catalogue() {
  try {
    return await getCatalogue();
  } catch (error) {
    shell.notice(sentenceOf(error));
    throw error;
  }
}
