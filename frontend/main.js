/** The workbench: who watches what. */

import { readAddress, startAddress } from "./address.js";
import { startAnnouncements } from "./announce.js";
import { getCatalogue } from "./api.js";
import { showRun, standAt } from "./arrival.js";
import { axisMenu } from "./axis.js";
import { createClock } from "./clock.js";
import { el, fill, find } from "./dom.js";
import { startExercise } from "./exercise.js";
import { inWords } from "./experiment.js";
import { createFoot, createTraining } from "./experiment-card.js";
import { startExplanation } from "./explain.js";
import { exportButton } from "./export/button.js";
import { createFollowing } from "./following.js";
import { createFork } from "./fork.js";
import { startGallery } from "./gallery.js";
import { startGround } from "./ground.js";
import { createKeyActs } from "./key-acts.js";
import { startKeys } from "./keys.js";
import { followLandscape } from "./landscape.js";
import { withDataset } from "./network-card.js";
import { followButton, framePanel, fullButton, logButton } from "./page.js";
import { pictureFor } from "./panels/centre.js";
import { factOf } from "./panels/facts.js";
import { panels } from "./panels/index.js";
import { startNetworkPictures } from "./pictures.js";
import { createPreview } from "./preview.js";
import { beginning, createProblemCard } from "./problem.js";
import { startProjector } from "./projector.js";
import { isNetwork, withProblem } from "./recipe.js";
import { createRefusals, problemOf } from "./refusals.js";
import { ruleName } from "./rule-menu.js";
import { createRunsCard } from "./runs.js";
import { startShell } from "./shell.js";
import { createStepCard } from "./step-card.js";
import { createStore } from "./store.js";
import { createStores } from "./stores.js";
import { startTabs } from "./tabs.js";
import { Experiments } from "./training.js";
import { startTransport } from "./transport.js";
import { followUpdates } from "./updates.js";
import { takeDroppedFiles } from "./upload.js";
import { followViews } from "./views.js";
import { words } from "./words.js";
import { WORKBENCH_GROUPS } from "./workbench-keys.js";

const RETRY = 2000; // ms between two attempts to reach the server
const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const address = readAddress(location);
const stores = createStores(address.shared, !still);
const { recipe, clock, view } = stores;
const clockwork = createClock(clock);
const { status, notice, help } = startShell({ view, keys: WORKBENCH_GROUPS, link: () => bar.link() });
const { shown, host } = startExercise(stores, address.shared, notice);
const late = createStore(false);
const refusals = createRefusals(stores, {
  controls: place("controls"),
  status,
  notice,
  advise: (text) => foot.advise(text),
  late,
});
const preview = createPreview(stores, (problem) => refusals.refuse("preview", problem && inWords(problem)), {
  late: (is) => late.update(() => is),
});
const experiments = new Experiments(stores, {
  failed: refusals.report,
  opened: (id) => following.opened(id),
  gone: () => following.gone(),
});
const bar = startAddress(stores, address.shared, openChanged);
const foot = createFoot(stores, experiments);
const following = createFollowing(stores, {
  still,
  experiments,
  preview,
  play: () => clockwork.play(),
  refuse: (problem) => refusals.refuse("page", problem),
  notice,
});
const openPreset = (/** @type {import("./presets.js").Preset} */ { recipe, view }) => following.open(recipe, view);
const showGallery = startGallery(stores, openPreset);

startPage();
startData();
void startControls();
startPlotly();

/** What is there from the first moment, with or without a server. */
function startPage() {
  startTransport(place("transport"), stores, clockwork);
  startTabs(find(document, "#tabs > [role=tablist]", HTMLElement), address.shared.tab, bar.later);
  const [centre, loss, edge] = panels;
  if (centre)
    framePanel(place("stage"), centre, shown, followButton(stores), fullButton(), exportButton(stores)).follow(
      pictureFor,
    );
  if (loss) framePanel(place("loss"), loss, stores, axisMenu(stores), logButton(stores));
  if (edge) framePanel(place("edge"), edge, stores).follow(factOf);
  startGround(place("stage"), stores);
  startProjector(place("stage"), stores);
  startNetworkPictures(place("stage"), place("edge"), stores);
  startAnnouncements(place("announcer"), stores);
  startKeys(createKeyActs(stores, clockwork, { restart: following.replay, help }));
  if (address.damaged) notice(words.notices.damagedLink);
}

/** Plotly is larger than all the rest: it is asked for once the page has been painted. */
function startPlotly() {
  const src = document.documentElement.dataset.plotly;
  requestAnimationFrame(() => setTimeout(() => document.head.append(el("script", { src }))));
}

/** What follows the recipe: runs and ground. */
function startData() {
  if (still && address.shared.step === undefined) clock.update((now) => ({ ...now, step: now.last }));
  followLandscape(stores, (error) => refusals.refuse("landscape", problemOf(error)));
  if (address.shared.step !== undefined) standAt(clock, address.shared.step, isFollowed(recipe.get()));
  void following.start(address.experiment);
  refusals.start();
  followViews(stores);
}

/** The fragment was changed by hand, or by "back". */
function openChanged() {
  const { shared, damaged } = readAddress(location);
  if (shared.lock || shared.hide || address.shared.lock || address.shared.hide) return location.reload();
  notice(damaged ? words.notices.damagedLink : null);
  following.open(shared.recipe);
  view.update((now) => ({ ...now, ...shared.view }));
  if (shared.step !== undefined) standAt(clock, shared.step, isFollowed(shared.recipe));
}

/** Do its runs come as those of an experiment? @param {import("./types.js").Recipe} now */
function isFollowed({ problem }) {
  return address.experiment !== null || isNetwork(problem);
}

/** The forms need the catalogue: the page asks until it has it. */
async function startControls() {
  try {
    const catalogue = await getCatalogue();
    const fork = createFork(stores, catalogue, experiments);
    fill(
      host(place("controls")),
      createProblemCard(shown, catalogue, openPreset, showGallery),
      createRunsCard(shown, catalogue, {
        head: createTraining(stores, experiments),
        beside: fork.button,
        foot: [fork.panel, foot.element],
      }),
    );
    takeDroppedFiles(
      (given) =>
        shown.recipe.update((now) => withDataset(now, given, (old, kind) => withProblem(old, beginning(kind)))),
      refusals.report,
    );
    place("stage").append(createStepCard(shown));
    followUpdates(shown, catalogue);
    startExplanation(place("why"), shown, (run) => ruleName(catalogue, run));
    refusals.refuse("page", null);
    refusals.show();
    if (address.run !== null) showRun(stores, address.run, () => address.fork && fork.button.click());
  } catch (error) {
    refusals.report(error);
    setTimeout(() => void startControls(), RETRY);
  }
}
