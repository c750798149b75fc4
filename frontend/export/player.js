/** What runs inside a saved replay: the picture, its controls, and what came of every run. */

/** @import { Clock, Landscape, Outcome, Spec, RunEvent, RunView, Stores, View, Views } from "../types/page.js" */
/** @import { Squeezed } from "./squeeze.js" */

import { createLayers } from "../panels/frame/layers.js";
import { startAnnouncements } from "../playback/announce.js";
import { createKeyActs, toggleLog } from "../playback/keys.js";
import { startTransport } from "../playback/transport.js";
import { createClock } from "../state/clock.js";
import { isNetwork } from "../state/spec.js";
import { createStore, watchAll } from "../state/store.js";
import { el, find } from "../ui/dom.js";
import { startThemeButton } from "../ui/header.js";
import { startKeys } from "../ui/keys.js";
import { lineSample } from "../ui/line-sample.js";
import { saving } from "../words/export.js";
import { verdict, words } from "../words/workbench.js";
import { unpack } from "./pack.js";
import { Picture, shownBy } from "./picture.js";
import { released } from "./squeeze.js";

/**
 * @typedef {object} Recorded
 * @property {string} title
 * @property {{ index: number, label: string, n: number, outcome: Outcome | null, columns: Record<string, Float64Array | Float32Array | Squeezed> }[]} runs
 * @property {Landscape | null} landscape
 * @property {Landscape | null} field What the landscape is drawn from, where that is something else.
 * @property {Spec} spec
 * @property {Clock} clock
 * @property {View} view
 * @property {Views} views
 * @property {RunEvent[]} events
 */

void start();

async function start() {
  if (typeof DecompressionStream !== "function") {
    document.body.append(el("p", { role: "alert" }, saving.tooOld));
    return;
  }
  const packed = /** @type {string} */ (JSON.parse(find(document, "#data", HTMLElement).textContent ?? ""));
  const recorded = /** @type {Recorded} */ (await unpack(packed));
  show(recorded, storesOf(recorded));
}

/**
 * @param {Recorded} recorded
 * @returns {Stores}
 */
function storesOf({ runs, landscape, spec, clock, view, views, events }) {
  return {
    spec: createStore(spec),
    runs: createStore(
      runs.map(({ columns, ...run }) => ({
        ...run,
        columns: new Map(
          Object.entries(columns).map(([name, column]) => [
            name,
            Array.isArray(column) ? released(column) : Float64Array.from(column),
          ]),
        ),
      })),
    ),
    landscape: createStore(landscape),
    clock: createStore(clock),
    view: createStore(view),
    events: createStore(events),
    experiment: createStore(/** @type {Stores["experiment"] extends { get(): infer T } ? T : never} */ (null)),
    views: createStore(views),
    update: createStore(/** @type {Stores["update"] extends { get(): infer T } ? T : never} */ (null)),
    closely: createStore(/** @type {{ first: number, last: number } | null} */ (null)),
    axes: createStore({}),
  };
}

/**
 * @param {Recorded} recorded
 * @param {Stores} stores
 */
function show({ title, field }, stores) {
  const { clock, view } = stores;
  const clockwork = createClock(clock);
  const log = el(
    "button",
    { type: "button", title: `${words.toggleLog} (L)`, onclick: () => toggleLog(view) },
    words.log,
  );
  const theme = el("button", { type: "button", class: "square" });
  const picture = el("div", { id: "picture" });
  const transport = el("section", { id: "transport", class: "card", "aria-label": words.play });
  const announcer = el("p", { class: "unseen", "aria-live": "polite" });
  document.body.append(
    el("header", {}, el("h1", {}, title), log, theme),
    el("main", {}, picture, outcomesOf(stores)),
    transport,
    announcer,
  );
  watchAll({ view }, (now) => log.setAttribute("aria-pressed", String(now.view.log)));
  startThemeButton(theme, view);
  startTransport(transport, stores, clockwork);
  startAnnouncements(announcer, stores);
  const restart = () => {
    clockwork.restart();
    clockwork.play();
  };
  startKeys(createKeyActs(stores, clockwork, { restart, help() {} }));
  new Screen(picture, title, stores, field);
}

/** The picture, as large as there is room, following the clock. */
class Screen {
  #stores;
  #field;
  #layers;
  /** @type {Picture | null} */
  #picture = null;
  #drawn = -1;
  #stale = true;
  #frame = 0;

  /**
   * @param {HTMLElement} element
   * @param {string} title
   * @param {Stores} stores
   * @param {Landscape | null} field
   */
  constructor(element, title, stores, field) {
    this.#stores = stores;
    this.#field = field;
    this.#layers = createLayers(element, title, () => this.#ask(true));
    stores.clock.watch(() => this.#ask());
    stores.view.watch(() => this.#ask(true));
    stores.runs.watch(() => this.#ask(true));
  }

  #ask(all = false) {
    this.#stale ||= all;
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  /** @param {number} now */
  #draw(now) {
    this.#frame = 0;
    const { base, trails, markers, width, height } = this.#layers;
    const clock = this.#stores.clock.get();
    if (this.#stale || !this.#picture) {
      const shown = shownBy(this.#stores);
      this.#picture = new Picture({ ...shown, field: this.#field ?? shown.field }, { title: "", width, height }, base);
      this.#picture.still(base, height);
    }
    if (this.#stale || clock.step < this.#drawn) {
      trails.clearRect(0, 0, width, height);
      this.#picture.forget();
    }
    this.#stale = false;
    this.#drawn = clock.step;
    this.#picture.trails(trails, clock.step);
    markers.clearRect(0, 0, width, height);
    this.#picture.markers(markers, clock, now);
  }
}

/**
 * What came of every run, and why.
 * @param {Stores} stores
 */
function outcomesOf({ runs, spec, view }) {
  const network = isNetwork(spec.get().problem);
  const list = el("ul", {});
  const show = (/** @type {Pick<View, "theme">} */ { theme }) => {
    list.replaceChildren(...runs.get().map((run) => outcomeOf(run, network, theme)));
  };
  watchAll({ view }, show, ({ view: { theme } }) => ({ theme }));
  return el("section", { id: "outcomes", class: "card" }, el("h2", {}, saving.outcomes), list);
}

/**
 * @param {RunView} run
 * @param {boolean} network
 * @param {View["theme"]} theme
 */
function outcomeOf({ index, label, outcome }, network, theme) {
  const head = el("p", { class: "why-run" }, lineSample(index, theme), el("strong", {}, label));
  if (!outcome) return el("li", {}, head);
  const { word, tone } = verdict(outcome, network);
  head.append(el("span", { class: "tone", "data-tone": tone }, saving.outcome(word, outcome.step)));
  return el("li", {}, head, el("p", {}, outcome.because));
}
