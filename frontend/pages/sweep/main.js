/** The sweep: one field takes many values, every value is a run, and a curve over the values says which is best. */

/** @import { Catalogue, ExperimentRecord, Spec, Vary } from "../../types/page.js" */

import { createExperiment, getCatalogue, getExperiment, isGone, tellExperiment } from "../../server/api.js";
import { followLandscape } from "../../server/landscape.js";
import { isRunning } from "../../server/live-experiment.js";
import { problemOf } from "../../setup/errors.js";
import { markMistake } from "../../setup/formula-box.js";
import { createProblemCard } from "../../setup/problem-card.js";
import { createRunsCard } from "../../setup/runs-card.js";
import { readAddress, showExperiment } from "../../state/address.js";
import { tidy } from "../../state/spec.js";
import { createStores } from "../../state/workbench.js";
import { fill, find } from "../../ui/dom.js";
import { showProblem } from "../../ui/form.js";
import { startShell } from "../../ui/shell.js";
import { sweep } from "../../words/sweep.js";
import { words } from "../../words/workbench.js";
import { createSweepForm } from "./form.js";
import { followSweep } from "./live.js";
import { createProgress } from "./progress.js";
import { createResult } from "./result.js";

const RETRY = 2000; // ms between two attempts to reach the server
/** @type {Spec} Something to begin with: on it Ng's series has a best value and two that diverge. */
const FIRST = {
  problem: { kind: "bowl" },
  runs: [{ optimizer: { kind: "sgd", lr: 0.1 } }],
  steps: 120,
  seed: 0,
  dtype: "float64",
};

const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const address = readAddress(location);
const shared = location.hash.length > 1 && !address.damaged ? address.shared : { ...address.shared, spec: FIRST };
const stores = createStores(shared, false);
const { spec, view, landscape } = stores;
const { status, notice } = startShell({ view });
const progress = createProgress(stop);
const result = createResult(
  place("result"),
  () => view.get().theme,
  (target) => live?.aim(target),
);
/** @type {ReturnType<typeof followSweep> | null} */
let live = null;
/** @type {ExperimentRecord | null} */
let shown = null;
/** @type {Catalogue | null} */
let catalogue = null;
let drawn = view.get().theme;

place("result").prepend(progress.element);
view.watch(({ theme }) => {
  if (theme === drawn) return;
  drawn = theme;
  result.redraw();
});
followLandscape(stores, (error) => refuse(error));
if (address.damaged) notice(words.notices.damagedLink);
void begin();

/** The forms need the catalogue: the page asks until it has it. */
async function begin() {
  try {
    catalogue = await getCatalogue();
    const form = createSweepForm(stores, catalogue, (spec) => void start(spec, form));
    fill(
      place("controls"),
      form.element,
      createProblemCard(stores, catalogue, (preset) => spec.update(() => oneRun(preset.spec))),
      createRunsCard(stores, catalogue, { head: document.createElement("div"), beside: progress.spare, foot: [] }),
    );
    if (!address.damaged) notice(null);
    status("ready");
    if (address.experiment) await open(address.experiment, form);
  } catch (error) {
    refuse(error);
    setTimeout(() => void begin(), RETRY);
  }
}

/** A preset compares runs; a sweep begins with the first. @param {Spec} preset */
function oneRun(preset) {
  return { ...preset, runs: preset.runs.slice(0, 1) };
}

/**
 * Show a stored sweep, and its set-up in the form.
 *
 * @param {string} id
 * @param {ReturnType<typeof createSweepForm>} form
 */
async function open(id, form) {
  try {
    const record = await getExperiment(id);
    const [vary] = record.spec.vary ?? [];
    if (!vary) return result.say(sweep.notSwept);
    const { problem, runs, steps, seed, dtype, device } = record.spec;
    const kept = Object.fromEntries(Object.entries(problem).filter(([, value]) => value !== null));
    spec.update(() => ({
      problem: /** @type {Spec["problem"]} */ (kept),
      runs: runs.map(tidy),
      ...{ steps, seed, dtype },
      ...(device && device !== "auto" ? { device } : {}),
    }));
    form.open(vary, record.spec.seeds ?? 1);
    follow(record);
  } catch (error) {
    if (!isGone(error)) throw error;
    notice(words.notices.noSuchExperiment);
    showExperiment(null);
  }
}

/**
 * @param {Spec & { vary: Vary[], seeds: number }} spec
 * @param {ReturnType<typeof createSweepForm>} form
 */
async function start(spec, form) {
  form.wait(true);
  try {
    const record = await createExperiment(spec);
    refuse(null);
    showExperiment(record.id);
    follow(record);
    if (place("result").getBoundingClientRect().top > innerHeight / 2) place("result").scrollIntoView();
  } catch (error) {
    refuse(error, spec);
  }
  form.wait(false);
}

/** @param {ExperimentRecord} record */
function follow(record) {
  live?.stop();
  shown = record;
  live = followSweep(record, {
    show(now, told, runs) {
      shown = { ...now, status: told.status };
      result.show({ record: now, told, runs, origin: originOf(now) });
      progress.show(shown, told.steps_done);
      status(isRunning(shown) ? "live" : "ready");
    },
    failed: (error) => refuse(error),
  });
}

/** Where the problem begins of itself. @param {ExperimentRecord} record */
function originOf({ spec }) {
  const known = landscape.get();
  if (known?.kind === spec.problem.kind) return known.start;
  return catalogue?.problems.find(({ kind }) => kind === spec.problem.kind)?.start ?? [];
}

async function stop() {
  if (!shown) return;
  try {
    await tellExperiment(shown.id, "cancel");
  } catch (error) {
    refuse(error);
  }
}

/**
 * Say what was refused: below its field where it has one, else as a notice.
 *
 * @param {unknown} error
 * @param {unknown} [sent]
 */
function refuse(error, sent = spec.get()) {
  const problem = problemOf(error);
  const rest = showProblem(place("controls"), problem, sent);
  markMistake(place("controls"), problem, spec.get());
  notice(rest[0] ?? null);
}
