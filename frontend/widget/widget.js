/** The workbench's picture in a notebook: paths, losses and a clock, kept equal to what a widget of Python's has. */

/** @import { Landscape, Outcome, Panel, RunView, Span, Spec, Stores } from "../types/page.js" */

import { curve } from "../panels/curve.js";
import { mountPanel } from "../panels/frame/mount.js";
import { landscape } from "../panels/landscape.js";
import { loss } from "../panels/loss.js";
import { profile } from "../panels/profile.js";
import { startTransport } from "../playback/transport.js";
import { createClock } from "../state/clock.js";
import { USUAL } from "../state/link.js";
import { appendBlock, createRunView, decodeEvent, decodeFrame, decodeLandscape, lastStep } from "../state/run-data.js";
import { watchAll } from "../state/store.js";
import { createStores } from "../state/workbench.js";
import { el, fill } from "../ui/dom.js";
import { lineSample } from "../ui/line-sample.js";
import { themeOf } from "../ui/theme.js";

/**
 * What the notebook keeps of a widget, as anywidget gives it.
 *
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(name: string, act: (...args: any[]) => void) => void} on
 * @property {(name: string, act: (...args: any[]) => void) => void} off
 * @property {(content: object) => void} send
 */

/** @typedef {{ label: string, outcome: Outcome | null }} RunHead What is known of a run beside its numbers. */

/**
 * Show a widget in an element; return a function that stops.
 *
 * @param {{ model: Model, el: HTMLElement }} given
 */
export function render({ model, el: place }) {
  const stores = createStores({ ...USUAL, spec: model.get("spec") }, false);
  const clock = createClock(stores.clock);
  const pictures = el("div", { class: "pictures" });
  const bar = el("div", { class: "playback" });
  const said = el("ul", { class: "said" });
  const box = el("div", { class: "slalom-widget" }, pictures, bar, said);
  fill(place, box);
  const asks = createAsks(model);
  /** @type {(() => void)[]} */
  let panels = [];
  let shown = "";

  /** Other runs are shown, from their beginning. */
  function show() {
    const ground = model.get("landscape");
    const runs = runsOf(model);
    stores.spec.update(() => model.get("spec"));
    stores.landscape.update(() => (ground.byteLength > 0 ? decodeLandscape(bufferOf(ground)) : null));
    stores.runs.update(() => runs);
    stores.events.update(() => model.get("events").map(decodeEvent));
    stores.clock.update((now) => ({ ...now, last: lastStep(runs), step: 0, playing: false }));
    mount(panelsFor(stores.landscape.get()));
    clock.seek(model.get("step"));
    if (model.get("playing")) clock.play();
  }

  /** @param {readonly Panel[]} wanted */
  function mount(wanted) {
    const names = wanted.map(({ id }) => id).join();
    if (names === shown) return;
    shown = names;
    close();
    const places = wanted.map(() => el("div", { class: "plot" }));
    fill(pictures, ...places);
    panels = wanted.map((panel, i) => mountPanel(/** @type {HTMLElement} */ (places[i]), panel, stores, asks));
  }

  function close() {
    for (const stop of panels) stop();
    panels = [];
  }

  function paint() {
    const theme = themeOf(model.get("theme"), isDark());
    box.dataset.theme = theme;
    box.style.setProperty("--height", `${model.get("height")}px`);
    stores.view.update((now) => (now.theme === theme ? now : { ...now, theme }));
  }

  startTransport(bar, stores, clock);
  paint();
  show();
  const { runs, view } = stores;
  const stops = [
    ...watchModel(model, {
      frames: show,
      theme: paint,
      height: paint,
      step: (step) => step !== Math.floor(stores.clock.get().step) && clock.seek(step),
      playing: (on) => on !== stores.clock.get().playing && clock.toggle(),
    }),
    watchAll({ runs, view }, ({ runs, view }) => fill(said, ...runs.map((run) => verdictOf(run, view.theme)))),
    keepStep(model, stores),
    asks.close,
    close,
    () => clock.close(),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * The pictures of a problem: its own where it is a surface, and the losses.
 * @param {Landscape | null} seen
 */
function panelsFor(seen) {
  if (!seen) return [loss];
  const own = seen.dim > 2 ? profile : seen.dim === 2 ? landscape : curve;
  return [{ ...own, acts: [] }, loss];
}

/** @param {Model} model @returns {RunView[]} */
function runsOf(model) {
  const { problem } = /** @type {Spec} */ (model.get("spec"));
  const heads = /** @type {RunHead[]} */ (model.get("runs"));
  const runs = heads.map(({ label }, i) => createRunView(i, label, problem));
  for (const frame of model.get("frames")) appendBlock(runs, decodeFrame(bufferOf(frame)));
  for (const [i, run] of runs.entries()) run.outcome = heads[i]?.outcome ?? null;
  return runs;
}

/**
 * What came of a run, in a line.
 *
 * @param {RunView} run
 * @param {"light" | "dark"} theme
 */
function verdictOf({ index, label, outcome }, theme) {
  const text = outcome ? `${label}: ${outcome.because}` : label;
  return el("li", {}, /** @type {any} */ (lineSample(index, theme)), text);
}

/**
 * Tell Python where the clock is: when it starts, when it stops, and wherever it is set.
 *
 * @param {Model} model
 * @param {Stores} stores
 */
function keepStep(model, { clock }) {
  return watchAll({ clock }, ({ clock: { step, playing } }) => {
    const now = playing ? model.get("step") : Math.floor(step + 1e-9);
    if (model.get("playing") === playing && model.get("step") === now) return;
    model.set("playing", playing);
    model.set("step", now);
    model.save_changes();
  });
}

/**
 * What a picture asks of Python: the surface where its axes go beyond what is there.
 * @param {Model} model
 */
function createAsks(model) {
  /** @type {Map<number, { arrived: (field: Landscape) => void, refused: (error: Error) => void }>} */
  const waiting = new Map();
  let asked = 0;
  const stop = watchCustom(model, ({ field, refused }, [buffer]) => {
    const question = waiting.get(field);
    waiting.delete(field);
    if (buffer) question?.arrived(decodeLandscape(bufferOf(buffer)));
    else question?.refused(new Error(refused));
  });
  return {
    close() {
      stop();
      for (const question of waiting.values()) question.refused(new Error("closed"));
      waiting.clear();
    },
    /** @param {{ domain: Span[], shape: number[] }} question @returns {Promise<Landscape>} */
    field({ domain, shape }) {
      asked += 1;
      const id = asked;
      return new Promise((arrived, refused) => {
        waiting.set(id, { arrived, refused });
        model.send({ field: id, domain, shape });
      });
    },
  };
}

/**
 * @param {Model} model
 * @param {(content: { field: number, refused?: string }, buffers: DataView[]) => void} act
 */
function watchCustom(model, act) {
  model.on("msg:custom", act);
  return () => model.off("msg:custom", act);
}

/**
 * @param {Model} model
 * @param {Record<string, (value: any) => void>} acts By what has changed.
 */
function watchModel(model, acts) {
  return Object.entries(acts).map(([name, act]) => {
    const changed = () => act(model.get(name));
    model.on(`change:${name}`, changed);
    return () => model.off(`change:${name}`, changed);
  });
}

/** The bytes of a trait, which come as a view of a whole message. @param {DataView} view */
function bufferOf({ buffer, byteOffset, byteLength }) {
  return /** @type {ArrayBuffer} */ (buffer.slice(byteOffset, byteOffset + byteLength));
}

/** Whether the notebook is dark: JupyterLab and VS Code say so, elsewhere the system does. */
function isDark() {
  const { dataset, classList } = document.body;
  if (dataset.jpThemeLight) return dataset.jpThemeLight === "false";
  if (dataset.vscodeThemeKind) return dataset.vscodeThemeKind.includes("dark");
  return classList.contains("theme-dark") || matchMedia("(prefers-color-scheme: dark)").matches;
}
