/** The workbench: stores, and who watches what. */

/** @import { Clock, ExperimentRecord, Landscape, Recipe, RunEvent, RunView, ServerProblem, Stores, View } from "./types.js" */

import { readAddress, showExperiment, startAddress } from "./address.js";
import { startAnnouncements } from "./announce.js";
import { ApiError, getCatalogue, Unreachable } from "./api.js";
import { axisMenu } from "./axis.js";
import { createClock } from "./clock.js";
import { fill, find } from "./dom.js";
import { inWords } from "./experiment.js";
import { createFoot, createTraining } from "./experiment-card.js";
import { startExplanation } from "./explain.js";
import { createFork } from "./fork.js";
import { showProblem } from "./form.js";
import { markMistake } from "./formula-box.js";
import { createStatus, startThemeButton } from "./header.js";
import { createHelp } from "./help.js";
import { icon } from "./icons.js";
import { startKeys } from "./keys.js";
import { followLandscape } from "./landscape.js";
import { withDataset } from "./network-card.js";
import { createNotice, followButton, framePanel, fullButton, logButton, toggleFull, toggleLog } from "./page.js";
import { pictureFor } from "./panels/centre.js";
import { factOf } from "./panels/facts.js";
import { panels } from "./panels/index.js";
import { startNetworkPictures } from "./pictures.js";
import { createPreview } from "./preview.js";
import { beginning, createProblemCard } from "./problem.js";
import { isNetwork, withProblem } from "./recipe.js";
import { ruleName } from "./rule-menu.js";
import { createRunsCard } from "./runs.js";
import { copy } from "./share.js";
import { createStore } from "./store.js";
import { startTabs } from "./tabs.js";
import { Experiments } from "./training.js";
import { nextSpeed, startTransport } from "./transport.js";
import { takeDroppedFiles } from "./upload.js";
import { followViews, noViews } from "./views.js";
import { words } from "./words.js";

/** @typedef {"page" | "preview" | "landscape"} Source Where a refusal came from; each takes back its own. */

const RETRY = 2000; // ms between two attempts to reach the server
const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const address = readAddress(location);

/** @type {Stores} */
const stores = {
  recipe: createStore(/** @type {Recipe} */ (address.shared.recipe)),
  runs: createStore(/** @type {RunView[]} */ ([])),
  landscape: createStore(/** @type {Landscape | null} */ (null)),
  clock: createStore(
    /** @type {Clock} */ ({ step: 0, last: address.shared.recipe.steps, playing: !still, speed: 1, live: false }),
  ),
  view: createStore(
    /** @type {View} */ ({ ...address.shared.view, hovered: null, theme: "light", picture: "data", fact: "limit" }),
  ),
  events: createStore(/** @type {RunEvent[]} */ ([])),
  experiment: createStore(/** @type {ExperimentRecord | null} */ (null)),
  views: createStore(noViews),
};
const { recipe, runs, clock, view } = stores;
const clockwork = createClock(clock);
const status = createStatus(place("status"));
const notice = createNotice(place("notice"));
const refusals = createStore(
  /** @type {Record<Source, ServerProblem | null>} */ ({ page: null, preview: null, landscape: null }),
);

const preview = createPreview(stores, (problem) => refuse("preview", problem && inWords(problem)));
const experiments = new Experiments(stores, { failed: report, opened: showOpened });
const foot = createFoot(stores, experiments);
const [centre, loss, edge] = panels;
let ground = groundOf(recipe.get());
let refused = false;

startPage();
startData();
void startControls();

/** What is there from the first moment, with or without a server. */
function startPage() {
  startTransport(place("transport"), stores, clockwork);
  startTabs(find(document, "#tabs > [role=tablist]", HTMLElement));
  startThemeButton(find(document, "#theme", HTMLButtonElement), stores);
  if (centre) framePanel(place("stage"), centre, stores, followButton(stores), fullButton()).follow(pictureFor);
  if (loss) framePanel(place("loss"), loss, stores, axisMenu(stores), logButton(stores));
  if (edge) framePanel(place("edge"), edge, stores).follow(factOf);
  startNetworkPictures(place("stage"), place("edge"), stores);
  startAnnouncements(place("announcer"), stores);
  const share = place("share");
  share.addEventListener(
    "click",
    () => void copy(location.href, place("notice").parentElement ?? document.body, (text) => notice(text, false)),
  );
  const help = createHelp(find(document, "#help", HTMLDialogElement));
  fill(place("help-button"), icon("help"));
  place("help-button").addEventListener("click", help);
  startKeys((action) => actions(help)[action]());
  if (address.damaged) notice(words.notices.damagedLink);
}

/**
 * What the keys do.
 * @param {() => void} help
 */
function actions(help) {
  const { last, speed } = clock.get();
  return {
    toggle: () => clockwork.toggle(),
    back: () => clockwork.step(-1),
    forward: () => clockwork.step(1),
    back10: () => clockwork.step(-10),
    forward10: () => clockwork.step(10),
    first: () => clockwork.seek(0),
    last: () => clockwork.seek(last),
    slower: () => clockwork.speed(nextSpeed(speed, -1)),
    faster: () => clockwork.speed(nextSpeed(speed, 1)),
    restart: replay,
    log: () => toggleLog(view),
    full: toggleFull,
    help,
  };
}

/** From the first step on; without motion, its last picture. */
function replay() {
  const last = recipe.get().steps;
  clock.update((now) => ({ ...now, last, step: still ? last : 0 }));
  if (!still) clockwork.play();
}

/** What follows the recipe: address, runs and ground. */
function startData() {
  if (still) clock.update((now) => ({ ...now, step: now.last }));
  startAddress(stores, () => {
    const { shared, damaged } = readAddress(location);
    notice(damaged ? words.notices.damagedLink : null);
    open(shared.recipe);
    view.update((now) => ({ ...now, ...shared.view }));
  });
  followLandscape(stores, (error) => refuse("landscape", problemOf(error)));
  if (address.experiment) void openExperiment(address.experiment);
  else recipe.watch(follow);
  clock.watch(() => showStatus());
  runs.watch(() => showStatus());
  stores.experiment.watch(() => showStatus());
  refusals.watch(showRefusals);
  followViews(stores);
}

/**
 * Ask for the runs of a recipe, unless an experiment has them already: networks and forks as experiments.
 * @param {Recipe} now
 */
function follow(now) {
  if (view.get().selected >= now.runs.length) view.update((old) => ({ ...old, selected: now.runs.length - 1 }));
  refuse("page", null);
  const before = ground;
  ground = groundOf(now);
  if (experiments.shows(now)) return;
  const network = isNetwork(now.problem);
  const other = before !== ground;
  if (other && (network || isNetwork({ kind: before.split(" ")[0] ?? "" }))) clear(now);
  if (network || experiments.continues(now)) {
    preview.forget();
    experiments.train(now);
  } else {
    experiments.close();
    if (other) replay();
    preview.ask(now);
  }
}

/** What a picture is about: the problem's kind, and the data's. @param {Recipe} recipe */
function groundOf({ problem: { kind, data } }) {
  return [kind, /** @type {{ kind?: string } | undefined} */ (data)?.kind].filter(Boolean).join(" ");
}

/** Nothing of the old picture holds for another kind of data. @param {Recipe} now */
function clear(now) {
  experiments.close();
  runs.update(() => []);
  clock.update((old) => ({ ...old, step: 0, last: now.steps, playing: false, live: false }));
}

/**
 * Show the experiment that the address names; without it, the set-up beside it.
 * @param {string} id
 */
async function openExperiment(id) {
  try {
    await experiments.open(id);
  } catch (error) {
    notice(error instanceof ApiError && error.problem.status === 404 ? words.notices.noSuchExperiment : String(error));
    showExperiment(null);
  }
  recipe.watch(follow);
}

/** @param {string | null} id */
function showOpened(id) {
  if (id) preview.forget();
  showExperiment(id);
}

/** The forms need the catalogue: the page asks until it has it. */
async function startControls() {
  try {
    const catalogue = await getCatalogue();
    const fork = createFork(stores, catalogue, experiments);
    const explained = (/** @type {import("./types.js").RunSpec} */ run) => ruleName(catalogue, run);
    fill(
      place("controls"),
      createProblemCard(stores, catalogue, (preset) => open(preset.recipe, preset.view)),
      createRunsCard(stores, catalogue, {
        head: createTraining(stores, experiments),
        beside: fork.button,
        foot: [fork.panel, foot.element],
      }),
    );
    takeDroppedFiles(
      (given) => recipe.update((now) => withDataset(now, given, (old, kind) => withProblem(old, beginning(kind)))),
      report,
    );
    startExplanation(place("why"), stores, explained);
    refuse("page", null);
    showRefusals();
  } catch (error) {
    report(error);
    setTimeout(() => void startControls(), RETRY);
  }
}

/**
 * Show another set-up from its beginning.
 * @param {Recipe} other
 * @param {Partial<View>} [seen] How it is looked at, where that matters.
 */
function open(other, seen = {}) {
  view.update((now) => ({ ...now, selected: 0, axis: "steps", ...seen }));
  recipe.update(() => other);
  if (!isNetwork(other.problem)) replay();
}

/**
 * @param {Source} source
 * @param {ServerProblem | null} problem
 */
function refuse(source, problem) {
  refusals.update((now) => (now[source] === problem ? now : { ...now, [source]: problem }));
}

function showRefusals() {
  const { page, preview: asked, landscape: drawn } = refusals.get();
  const problem = page ?? asked ?? drawn;
  const large = problem?.setting?.startsWith("SLALOM_SIMULATE") ?? false;
  const rest = large ? [] : showProblem(place("controls"), problem, recipe.get());
  foot.advise(large ? (problem?.detail ?? null) : null);
  markMistake(place("controls"), drawn ?? problem, recipe.get());
  if (rest[0] || refused) notice(rest[0] ?? null);
  refused = rest.length > 0;
  showStatus();
}

function showStatus() {
  const lost = Object.values(refusals.get()).some((problem) => problem?.type === "connection");
  const waiting = runs.get().length === 0;
  const paused = stores.experiment.get()?.status === "paused";
  const calm = waiting ? (isNetwork(recipe.get().problem) ? "computing" : "loading") : "ready";
  status(lost ? "reconnecting" : paused ? "paused" : clock.get().live ? "live" : calm);
}

/** @param {unknown} error */
function report(error) {
  refuse("page", problemOf(error));
}

/**
 * @param {unknown} error
 * @returns {ServerProblem | null}
 */
function problemOf(error) {
  if (error === null) return null;
  if (error instanceof ApiError) return error.problem;
  const type = error instanceof Unreachable ? "connection" : "about:blank";
  const detail =
    error instanceof Unreachable ? words.notices.unreachable : String(error instanceof Error ? error.message : error);
  return { type, title: detail, detail, status: 0 };
}
