/** The workbench: who watches what. */

import { exportButton } from "../export/button.js";
import { panels } from "../panels/index.js";
import { pictureFor } from "../panels/main-panel.js";
import { metricOf } from "../panels/metrics.js";
import { startAnnouncements } from "../playback/announce.js";
import { showRun, standAt } from "../playback/deep-link.js";
import { createKeyActs } from "../playback/keys.js";
import { startProjector } from "../playback/projector.js";
import { startTransport } from "../playback/transport.js";
import { loadPlotly } from "../plot/plotly.js";
import { getCatalogue, mayPass, sentenceOf } from "../server/api.js";
import { followClosely } from "../server/closely.js";
import { Experiments } from "../server/experiment-session.js";
import { followLandscape } from "../server/landscape.js";
import { getGlossary, getLesson } from "../server/lessons.js";
import { createPreview } from "../server/preview.js";
import { followUpdates } from "../server/updates.js";
import { followViews } from "../server/views.js";
import { createErrors, inWords, problemOf } from "../setup/errors.js";
import { optimizerName } from "../setup/optimizer-menu.js";
import { withDataset } from "../setup/own-data.js";
import { createProblemCard } from "../setup/problem-card.js";
import { createRunsCard } from "../setup/runs-card.js";
import { takeDroppedFiles } from "../setup/upload.js";
import { LESSON, openAddress, PROJECTOR, pushView, readAddress, startAddress, viewAt } from "../state/address.js";
import { createClock } from "../state/clock.js";
import { isNetwork } from "../state/spec.js";
import { createStore } from "../state/store.js";
import { createStores } from "../state/workbench.js";
import { el, fill, find } from "../ui/dom.js";
import { firstPaint } from "../ui/first-paint.js";
import { startKeys } from "../ui/keys.js";
import { startShell } from "../ui/shell.js";
import { startTabs } from "../ui/tabs.js";
import { training } from "../words/training.js";
import { words } from "../words/workbench.js";
import { createController } from "./controller.js";
import { startExercise } from "./exercise.js";
import { createFoot, createTraining } from "./experiment-card.js";
import { startExplanation } from "./explanation.js";
import { createFork } from "./fork.js";
import { startGallery } from "./gallery.js";
import { WORKBENCH_GROUPS } from "./key-help.js";
import { startNetworkPictures } from "./network-pictures.js";
import { axisMenu, followButton, framePanel, fullButton, logButton } from "./panel-frame.js";
import { startSurfaceView } from "./surface-view.js";
import { startTurnNote } from "./turn-note.js";
import { startUndo } from "./undo.js";
import { createUpdateCard } from "./update-card.js";
import { createViews } from "./views.js";

const RETRY = 2000; // ms between two attempts to reach the server
const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const { room: role, roomPage } = document.documentElement.dataset;
const arrival = { href: location.href, explicit: location.hash.length > 1 || /[?&]experiment=/.test(location.search) };
const glossary = createStore(/** @type {readonly import("../types/lessons.js").Term[]} */ ([]));
const painted = firstPaint();
const guide = LESSON === null ? null : await openGuide(LESSON);
await painted;
/** Whether the runs wait for the class; who follows it waits until the page knows what is on the stage. */
const holds = createStore(role === "student" || roomPage === "projector");
const held = () => holds.get() || (guide?.held() ?? false);
const address = openAddress(guide?.usual);
const first = PROJECTOR ? "play" : viewAt(location.pathname);
const setUp = guide?.setUp ?? (role === undefined ? place("controls") : el("div", { class: "class-set-up" }));
const stores = createStores(address.shared, !still && first === "play" && !held());
const { spec, clock, view } = stores;
const clockwork = createClock(clock, {
  waits: () => !clock.get().live && !stores.runs.get().some((run) => run.n > 0),
});
stores.runs.watch(clockwork.wake);
const { status, notice, help } = startShell({ view, keys: WORKBENCH_GROUPS, link: () => bar.link() });
const { shown, host } = startExercise(stores, address.shared, notice);
const late = createStore(false);
const turn = createStore(/** @type {number | null} */ (null));
const doing = createStore(/** @type {import("./views.js").Doing | null} */ (null));
const errors = createErrors(stores, {
  controls: place("controls"),
  status,
  notice,
  advise: (text) => foot.advise(text),
  late,
  turn,
  held,
  doing,
});
const preview = createPreview(stores, (problem) => errors.refuse("preview", problem && inWords(problem)), {
  late: (is) => late.update(() => is),
  turn: (place) => turn.update(() => place),
});
const experiments = new Experiments(stores, {
  failed: errors.report,
  opened: (id, own) => controller.opened(id, own),
  elsewhere: (record) => views.open(record),
  gone: () => controller.gone(),
  listed: LESSON === null,
});
const bar = startAddress(stores, address.shared, openChanged);
const foot = createFoot(stores, experiments);
const controller = createController(stores, {
  still,
  experiments,
  preview,
  play: () => clockwork.play(),
  seen: () => views.playing(),
  held,
  refuse: (problem) => errors.refuse("page", problem),
  notice,
});
const tabs = startTabs(place("parts"), address.shared.tab, bar.later);
const views = createViews(stores, {
  first,
  doing,
  notice,
  played: () => experiments.record?.id ?? null,
  play: (id) => void controller.turn(id),
  rest: () => clock.update((now) => (now.live ? now : { ...now, playing: false })),
  replay() {
    bar.now();
    if (!isNetwork(spec.get().problem)) controller.replay();
  },
  part: bar.part,
  turn: tabs.show,
});
const undo = startUndo(spec);

startPage();
const showGallery = startGallery(stores, openPreset);
startData();
if (role !== undefined) void joinRoom(role);
void startControls();
void getGlossary().then(({ items }) => glossary.update(() => items), errors.report);
startPlotly();

/** The lesson that the address names; the script is asked for while the lesson is on its way. @param {string} slug */
async function openGuide(slug) {
  const lesson = getLesson(slug);
  const { createGuide } = await import("../lessons/guide.js");
  return createGuide(await lesson, glossary);
}

/** The page is that of somebody in a room. @param {string} role */
async function joinRoom(role) {
  const { startRoom } = await import("../room/start.js");
  const played = () => (experiments.shows(spec.get()) ? (experiments.record?.id ?? null) : null);
  await startRoom(
    {
      stores,
      holds,
      controller,
      clockwork,
      guide,
      setUp,
      arrival,
      still,
      notice,
      played,
      lesson: LESSON,
      go: () => controller.turn(experiments.record?.id ?? null),
      views,
      turn: tabs.show,
    },
    { role, place: roomPage },
  );
}

/** What is there from the first moment, with or without a server. */
function startPage() {
  startTransport(place("transport"), stores, clockwork);
  const [centre, loss, edge] = panels;
  if (centre)
    framePanel(place("stage"), centre, shown, followButton(stores), fullButton(), exportButton(stores)).follow(
      pictureFor,
    );
  if (loss) framePanel(place("loss"), loss, stores, axisMenu(stores), logButton(stores));
  if (edge) framePanel(place("edge"), edge, stores).follow(metricOf);
  startSurfaceView(place("stage"), stores);
  startTurnNote(place("stage"), turn);
  startProjector(place("stage"), stores);
  startNetworkPictures(place("stage"), place("edge"), stores);
  startAnnouncements(place("announcer"), stores);
  const act = createKeyActs(stores, clockwork, { restart: controller.replay, help });
  startKeys(act, (action) => action === "help" || (views.playing() && !held()));
  guide?.start(stores, { open: controller.open, go: () => controller.turn(null) });
  if (address.damaged) notice(words.notices.damagedLink);
}

/** Plotly is larger than all the rest: it is asked for when a picture is pointed at, and not while one plays. */
function startPlotly() {
  for (const id of ["stage", "loss", "edge"])
    place(id).addEventListener("pointermove", () => clock.get().playing || void loadPlotly());
}

/** What follows the spec: runs and ground. */
function startData() {
  if (still && address.shared.step === undefined) clock.update((now) => ({ ...now, step: now.last }));
  followLandscape(stores, (error) => errors.refuse("landscape", problemOf(error)));
  if (address.shared.step !== undefined) standAt(clock, address.shared.step, isFollowed(spec.get()));
  void begin();
  errors.start();
  followViews(stores);
  followClosely(stores);
}

/** What is there at the beginning is what the first undo leads back to. */
async function begin() {
  await controller.start(first === "play" ? address.experiment : null);
  if (first !== "play") await views.follow(address.experiment);
  undo.begin();
}

/** @param {import("../state/presets.js").Preset} preset */
function openPreset({ spec, view }) {
  bar.part();
  pushView("play", null, []);
  void views.follow(null);
  controller.open(spec, view);
  bar.now();
}

/** The address was changed by hand, or by "back". @param {boolean} other Whether it is that of another set-up. */
function openChanged(other) {
  if (other) openOther();
  void views.follow(readAddress(location).experiment);
}

function openOther() {
  const { shared, damaged } = readAddress(location, guide?.usual);
  if (shared.lock || shared.hide || address.shared.lock || address.shared.hide) return location.reload();
  notice(damaged ? words.notices.damagedLink : null);
  controller.open(shared.spec);
  view.update((now) => ({ ...now, ...shared.view }));
  if (shared.step !== undefined) standAt(clock, shared.step, isFollowed(shared.spec));
}

/** Do its runs come as those of an experiment? @param {import("../types/page.js").Spec} now */
function isFollowed({ problem }) {
  return address.experiment !== null || isNetwork(problem);
}

/**
 * @param {unknown} error
 * @param {() => void} again
 */
function refuseFile(error, again) {
  if (mayPass(error)) notice(sentenceOf(error), true, { label: training.upload.again, act: again });
  else errors.report(error);
}

/** The forms need the catalogue: the page asks until it has it. */
async function startControls() {
  try {
    const catalogue = await getCatalogue();
    const fork = createFork(stores, catalogue, experiments);
    fill(
      host(setUp),
      createProblemCard(shown, catalogue, showGallery),
      createRunsCard(shown, catalogue, {
        head: createTraining(stores, experiments),
        beside: fork.button,
        foot: [fork.panel, foot.element],
      }),
    );
    views.know(catalogue);
    takeDroppedFiles((given) => shown.spec.update((now) => withDataset(now, given)), refuseFile);
    place("stage").append(createUpdateCard(shown));
    followUpdates(shown);
    startExplanation(place("why"), shown, glossary, (run) => optimizerName(catalogue, run));
    errors.refuse("page", null);
    errors.formed();
    if (address.run !== null) showRun(stores, address.run, () => address.fork && fork.open());
  } catch (error) {
    errors.report(error);
    setTimeout(() => void startControls(), RETRY);
  }
}
