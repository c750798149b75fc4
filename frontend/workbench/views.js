/** The views of one set-up: tabs over the picture, each view made when it is first wanted, and kept while others are shown. */

/** @import { Catalogue, ExperimentRecord, ExperimentView, ServerProblem, ShownView, Spec, Store, Stores, ViewHost, ViewName } from "../types/page.js" */

import { sentenceOf } from "../server/api.js";
import { problemOf } from "../setup/errors.js";
import { pushView, replaceView, viewAt } from "../state/address.js";
import { kindOf, pageOf, RECORDED, VIEW_OF } from "../state/experiment-kinds.js";
import { createStore } from "../state/store.js";
import { el, fill, find } from "../ui/dom.js";
import { showProblem } from "../ui/form.js";
import { createTabs } from "../ui/tabs.js";
import { views as words } from "../words/views.js";

/** @typedef {Exclude<ViewName, "play">} OtherName */
/** @typedef {Parameters<ViewHost["status"]>[0]} Doing */

const NAMES = /** @type {ViewName[]} */ (Object.keys(words.names));

/** @type {Record<OtherName, () => Promise<(host: ViewHost) => ExperimentView>>} */
const FACTORIES = {
  sweep: async () => (await import("../views/sweep/view.js")).createSweepView,
  map: async () => (await import("../views/map/view.js")).createMapView,
  range: async () => (await import("../views/range/view.js")).createRangeView,
};

/**
 * @param {Stores} stores
 * @param {object} page
 * @param {ViewName} page.first The view to begin with.
 * @param {Store<Doing | null>} page.doing What the view that is shown says it does; null while the runs are played.
 * @param {ViewHost["notice"]} page.notice
 * @param {() => string | null} page.played The experiment that is played.
 * @param {(id: string | null) => void} page.play The runs are played from now on.
 * @param {() => void} page.rest They are not any more.
 * @param {() => void} page.replay Play them from their beginning.
 * @param {() => void} page.part From here on "back" leads to the set-up that is shown now.
 * @param {(part: "plot") => void} page.turn Bring a part of a narrow page into sight.
 */
export function createViews(stores, page) {
  const { spec, view } = stores;
  /** @type {Map<OtherName, Promise<ExperimentView>>} */
  const made = new Map();
  /** @type {Map<OtherName, Doing>} */
  const doing = new Map();
  /** @type {Map<OtherName, ExperimentView>} */
  const there = new Map();
  /** @type {(catalogue: Catalogue) => void} */
  let know = () => {};
  /** @type {Promise<Catalogue>} */
  const catalogue = new Promise((resolve) => {
    know = resolve;
  });
  const tabs = createTabs(
    find(document, "#views", HTMLElement),
    NAMES.map((name) => /** @type {const} */ ([name, words.names[name]])),
    choose,
  );
  let shown = page.first;
  const seen = createStore(/** @type {ShownView} */ ({ name: shown, id: null }));
  tabs.show(shown);
  document.documentElement.dataset.view = shown;

  /** @param {OtherName} name */
  async function make(name) {
    const place = find(document, `#${name}`, HTMLElement);
    const main = el("div", { class: "view-main" });
    const beside = el("div", { class: "view-side" });
    const waiting = el("div", { class: "card wait" }, el("h2", {}, words.varies));
    const rest = el("div", { class: "view-rest" });
    fill(beside, waiting, rest);
    fill(place, main, beside);
    const create = await FACTORIES[name]();
    const one = create(hostOf(name, place));
    one.mount(main, rest);
    there.set(name, one);
    void catalogue.then((known) => waiting.replaceWith(one.form(known)));
    return one;
  }

  /**
   * @param {OtherName} name
   * @param {HTMLElement} place
   * @returns {ViewHost}
   */
  function hostOf(name, place) {
    let refused = false;
    return {
      stores,
      status(status) {
        doing.set(name, status);
        tell();
      },
      notice: page.notice,
      refuse(error, sent = spec.get()) {
        const rest = showProblem(place, /** @type {ServerProblem | null} */ (problemOf(error)), sent);
        if (rest[0] || refused) page.notice(rest[0] ?? null);
        refused = rest.length > 0;
      },
      elsewhere: (record) => void open(record),
      reveal: () => find(place, ".view-main", HTMLElement).scrollIntoView({ block: "nearest" }),
      use(change) {
        page.part();
        go("play");
        spec.update((now) => change(now, view.get().selected));
        page.replay();
      },
    };
  }

  function tell() {
    page.doing.update(() => (shown === "play" ? null : (doing.get(shown) ?? "loading")));
    const id = shown === "play" ? null : (there.get(shown)?.shown() ?? null);
    seen.update((now) => (now.name === shown && now.id === id ? now : { name: shown, id }));
  }

  /** What the reader has chosen: a step to go back from. @param {ViewName} name */
  function choose(name) {
    page.turn("plot");
    if (name !== shown) go(name);
  }

  /** @param {ViewName} name */
  function go(name) {
    const address = name === "play" ? playing() : (there.get(name)?.address() ?? null);
    pushView(name, address?.id ?? null, address?.trail ?? []);
    void show(name, address?.id ?? null);
  }

  function playing() {
    const id = page.played();
    return id === null ? null : { id, trail: [id] };
  }

  /**
   * @param {ViewName} name
   * @param {string | null} id
   */
  async function show(name, id) {
    const before = shown;
    shown = name;
    document.documentElement.dataset.view = name;
    tabs.show(name);
    tell();
    if (before !== name && before !== "play") there.get(before)?.seen(false);
    if (before === "play" && name !== "play") page.rest();
    if (name === "play") return page.play(id);
    if (!made.has(name)) made.set(name, make(name));
    try {
      const one = await made.get(name);
      await one?.show(id);
      if (shown === name) one?.seen(true);
    } catch (error) {
      if (!there.has(name)) made.delete(name); // Its script did not come; it is asked for again next time.
      page.notice(sentenceOf(error));
    }
  }

  /** Show an experiment where it belongs, in place of what the address has named. @param {ExperimentRecord} record */
  function open(record) {
    if (record.kind === RECORDED) return void location.replace(pageOf(record));
    return lead(VIEW_OF[kindOf(record)], record.id);
  }

  /**
   * Show something in place of what is shown.
   *
   * @param {ViewName} name
   * @param {string | null} id
   */
  function lead(name, id) {
    replaceView(name, id);
    return show(name, id);
  }

  addEventListener("pagehide", ({ persisted }) => {
    if (!persisted) for (const one of there.values()) one.unmount();
  });
  return {
    know,
    open,
    lead,
    /** What is shown, and from now on. */
    seen,
    playing: () => shown === "play",

    /** Show what the address names. @param {string | null} id */
    follow: (id) => show(viewAt(location.pathname), id),
  };
}
