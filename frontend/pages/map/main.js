/** The map: two fields take many values each, every pixel is a run; point to read it, click to play it, drag to zoom. */

/** @import { Catalogue, ExperimentRecord, Spec } from "../../types/page.js" */
/** @import { MapSpec } from "./form.js" */
/** @import { Cells } from "./picture.js" */

import {
  createExperiment,
  getCatalogue,
  getCell,
  getExperiment,
  getMapAbout,
  isGone,
  tellExperiment,
} from "../../server/api.js";
import { followLandscape } from "../../server/landscape.js";
import { isRunning } from "../../server/live-experiment.js";
import { followExperiment } from "../../server/stream.js";
import { problemOf } from "../../setup/errors.js";
import { createProblemCard } from "../../setup/problem-card.js";
import { createRunsCard } from "../../setup/runs-card.js";
import { readAddress } from "../../state/address.js";
import { tidy } from "../../state/spec.js";
import { createStores } from "../../state/workbench.js";
import { el, fill, find } from "../../ui/dom.js";
import { showProblem } from "../../ui/form.js";
import { startShell } from "../../ui/shell.js";
import { createNumbers } from "../../ui/table.js";
import { cellWords, map } from "../../words/map.js";
import { words } from "../../words/workbench.js";
import { createCells, isExhausted, zoomed } from "./cells.js";
import { createMapForm } from "./form.js";
import { createMapHead } from "./head.js";
import { MAP_GROUP } from "./keys.js";
import { createPicture } from "./picture.js";
import { createPlayer } from "./player.js";
import { cellsTable } from "./table.js";

const RETRY = 2000; // ms between two attempts to reach the server
/** @type {Spec} Something to begin with: its border is known, and bends. */
const FIRST = {
  problem: { kind: "bowl" },
  runs: [{ optimizer: { kind: "sgd", lr: 0.1 } }],
  steps: 200,
  seed: 0,
  dtype: "float64",
};

/** @typedef {{ record: ExperimentRecord, cells: Cells, began: number, stop: () => void, seconds: number | null }} Shown */

const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const address = readAddress(location);
const stores = createStores(
  address.damaged || location.hash.length < 2 ? { ...address.shared, spec: FIRST } : address.shared,
  false,
);
const { spec, view } = stores;
const { status, notice } = startShell({ view, keys: [MAP_GROUP] });
const theme = () => view.get().theme;
const picture = createPicture({ read, play: (x, y) => void play(x, y), zoom, back, theme });
const player = createPlayer(theme);
const head = createMapHead({ stop: () => void stop(), back, go: (id) => void show(id, true) });
const readout = el("p", { class: "map-read", "aria-live": "polite" }, map.empty);
const table = createNumbers(map.table);
const form = createMapForm(stores, (spec) => void start(spec, []));
/** @type {Map<string, Shown>} Maps of this visit, by id: going back is immediate. */
const known = new Map();
/** @type {Shown | null} */
let shown = null;
/** @type {string[]} The maps that were zoomed into, the whole one first. */
let trail = [];
let asked = 0;

fill(
  place("result"),
  el("section", { class: "card" }, head.element, picture.element, readout, head.legend, table.element),
  player.element,
);
view.watch(() => {
  picture.redraw();
  player.redraw();
});
followLandscape(stores, (error) => refuse(error));
addEventListener("popstate", () => void reopen());
void begin();

/** The forms need the catalogue: the page asks until it has it. */
async function begin() {
  try {
    /** @type {Catalogue} */
    const catalogue = await getCatalogue();
    fill(
      place("controls"),
      form.element,
      createProblemCard(stores, catalogue, (preset) =>
        spec.update(() => ({ ...preset.spec, runs: preset.spec.runs.slice(0, 1) })),
      ),
      createRunsCard(stores, catalogue, { head: el("div"), beside: el("span", { hidden: true }), foot: [] }),
    );
    notice(null);
    if (address.experiment) await reopen();
    if (!shown || !isRunning(shown.record)) status("ready");
  } catch (error) {
    refuse(error);
    setTimeout(() => void begin(), RETRY);
  }
}

/** Show what the address says: at the beginning, and after "back". */
async function reopen() {
  const { experiment } = readAddress(location);
  trail = Array.isArray(history.state?.trail) ? history.state.trail : experiment ? [experiment] : [];
  if (experiment) await show(experiment, false);
  else if (shown) {
    leave();
    shown = null;
    picture.show(null);
    head.clear();
    table.show(null);
    readout.textContent = map.empty;
  }
}

/**
 * @param {MapSpec} spec
 * @param {string[]} before The maps that this one is a part of.
 */
async function start(spec, before) {
  form.wait(true);
  try {
    const record = await createExperiment(/** @type {any} */ (spec));
    refuse(null);
    trail = [...before, record.id];
    history.pushState({ trail }, "", `?experiment=${record.id}`);
    await show(record.id, false, record);
    if (place("result").getBoundingClientRect().top > innerHeight / 2) place("result").scrollIntoView();
  } catch (error) {
    refuse(error, spec);
  }
  form.wait(false);
}

/**
 * @param {string} id
 * @param {boolean} push Whether this is a step of the reader's, to go back from.
 * @param {ExperimentRecord} [made]
 */
async function show(id, push, made) {
  try {
    if (push) {
      trail = trail.slice(0, trail.indexOf(id) + 1);
      history.pushState({ trail }, "", `?experiment=${id}`);
    }
    leave();
    shown = known.get(id) ?? (await follow(made ?? (await getExperiment(id))));
    if (!shown) return;
    known.set(id, shown);
    picture.show(shown.cells);
    readout.textContent = map.hint;
    tell();
  } catch (error) {
    if (!isGone(error)) return refuse(error);
    notice(words.notices.noSuchExperiment);
    history.replaceState(null, "", location.pathname);
  }
}

/** What belonged to the last map. */
function leave() {
  asked += 1;
  player.hide();
  place("result").toggleAttribute("data-played", false);
}

/** @param {ExperimentRecord} record @returns {Promise<Shown | null>} */
async function follow(record) {
  if (record.kind !== "map") {
    notice(map.notMap);
    return null;
  }
  adopt(record);
  const cells = createCells(await getMapAbout(record.id));
  /** @type {Shown} */
  const mine = { record, cells, began: performance.now(), stop: () => {}, seconds: null };
  mine.stop = followExperiment(
    record.id,
    {
      block(block) {
        cells.take(block);
        if (mine === shown) picture.show(cells);
        if (mine === shown) tell();
      },
      done(message) {
        mine.record = { ...mine.record, status: message.status, error: message.error ?? null };
        if (isRunning(record)) mine.seconds = (performance.now() - mine.began) / 1000;
        if (mine === shown) tell();
      },
      error: (sentence) => notice(sentence),
    },
    { detail: "full" },
  );
  return mine;
}

/** Let the forms say what a stored map is of. @param {ExperimentRecord} record */
function adopt({ spec: stored }) {
  const { problem, steps, seed, dtype } = stored;
  const { run } = /** @type {{ run?: Spec["runs"][number] }} */ (/** @type {unknown} */ (stored));
  const kept = Object.fromEntries(Object.entries(problem).filter(([, value]) => value !== null));
  spec.update(() => ({
    problem: /** @type {Spec["problem"]} */ (kept),
    runs: [tidy(run ?? { optimizer: { kind: "sgd" } })],
    ...{ steps, seed, dtype },
  }));
  const vary = /** @type {Parameters<typeof form.open>[0]} */ (/** @type {unknown} */ (stored.vary ?? []));
  if (trail.length < 2 && vary.every(({ from, to }) => Number.isFinite(from) && Number.isFinite(to))) form.open(vary);
}

function tell() {
  if (!shown) return;
  const { record, cells, began, seconds } = shown;
  const running = isRunning(record);
  const all = cells.width * cells.height;
  const spent = (performance.now() - began) / 1000;
  const left = cells.done() > 0 && spent > 0.5 ? (spent * (all - cells.done())) / cells.done() : null;
  head.show({ record, trail, done: cells.done(), all, left, seconds, about: cells.about, running });
  table.show(() => cellsTable(cells));
  status(running ? "live" : "ready");
}

/**
 * @param {number} x
 * @param {number} y
 */
function read(x, y) {
  readout.textContent = sentence(x, y);
}

/**
 * @param {number} x
 * @param {number} y
 */
function sentence(x, y) {
  if (!shown) return map.empty;
  const { about } = shown.cells;
  return cellWords(about.fields, [about.x[x] ?? NaN, about.y[y] ?? NaN], shown.cells.at(x, y), about);
}

/**
 * @param {number} x
 * @param {number} y
 */
async function play(x, y) {
  if (!shown) return;
  asked += 1;
  const mine = asked;
  place("result").toggleAttribute("data-played", true);
  player.wait(sentence(x, y));
  try {
    const answer = await getCell(shown.record.id, x, y);
    if (mine === asked) player.play(answer);
  } catch (error) {
    if (mine === asked) player.hide();
    refuse(error);
  }
}

/** Out of a part of the map, into what it is a part of. */
function back() {
  if (trail.length > 1) history.back();
}

/** @param {{ x: [number, number], y: [number, number] }} box */
function zoom({ x, y }) {
  if (!shown) return;
  const { about, width, height } = shown.cells;
  const { fields } = about;
  const vary = [
    zoomed(fields[0] ?? "", about.x, x[0], x[1], width),
    zoomed(fields[1] ?? "", about.y, y[0], y[1], height),
  ];
  if (isExhausted(about.x) || isExhausted(about.y)) notice(map.deepest);
  else void start(/** @type {any} */ ({ ...shown.record.spec, vary }), trail);
}

async function stop() {
  if (!shown) return;
  try {
    await tellExperiment(shown.record.id, "cancel");
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
  notice(rest[0] ?? null);
}
