/** Keeping an element showing a panel: layers, the one frame loop, what has to be drawn again and what not. */

/** @import { Facet, Panel, PanelActions, Scene, Span, Stores, Series, Zoom } from "../../types/page.js" */

import { fromPixel, inBox } from "../../plot/ink.js";
import { inkColors } from "../../plot/palette.js";
import { PROJECTOR } from "../../state/address.js";
import { isDrawnAlike } from "../../state/spec.js";
import { placesKey, strokesKey, zoomKey } from "./cache-keys.js";
import { onClick } from "./click.js";
import { stepsInSight } from "./closely.js";
import { createField } from "./field.js";
import { createLayers } from "./layers.js";
import { Markers } from "./markers.js";
import { hitAt, onPointer } from "./pointing.js";
import { createStarts } from "./start.js";
import { drawWay } from "./strokes.js";
import { Trails } from "./trails.js";
import { Underlay } from "./underlay.js";

const MOST_INK = 8; // ms of a frame, in all panels together: what is left of a tangle after a far seek comes with the next frames
const SMALLEST = 20; // pixels of a panel in which something can be seen

/** The frame that is drawn, by its time, and from when on what is left of its ink waits for the next one. */
let frame = { now: NaN, until: 0 };

/** @param {number} now The frame's time, which all panels are told alike. */
function inkUntil(now) {
  if (frame.now !== now) frame = { now, until: performance.now() + MOST_INK };
  return frame.until;
}

/**
 * Show a panel in an element that has a size of its own; return a function that stops.
 *
 * @param {HTMLElement} element
 * @param {Panel} panel
 * @param {Stores} stores
 * @param {PanelActions} [on]
 * @returns {() => void}
 */
export function mountPanel(element, panel, stores, on = {}) {
  const mounted = new MountedPanel(element, panel, stores, on);
  return () => mounted.close();
}

class MountedPanel {
  #panel;
  #stores;
  #on;
  #layers;
  #underlay;
  #field;
  #markers = new Markers();
  #trails;
  #starts;
  #stops;
  #name;
  /** @type {Zoom | null} */
  #zoomed = null;
  /** @type {Scene | null} */
  #scene = null;
  /** @type {Facet[]} */
  #facets = [];
  /** @type {Series[]} */
  #series = [];
  #place = "";
  #look = "";
  #home = "";
  #stale = true;
  #pointed = false;
  #frame = 0;

  /**
   * @param {HTMLElement} element
   * @param {Panel} panel
   * @param {Stores} stores
   * @param {PanelActions} on
   */
  constructor(element, panel, stores, on) {
    this.#panel = panel;
    this.#stores = stores;
    this.#on = on;
    this.#name = on.name ?? panel.title;
    this.#field = createField(() => this.#ask(true), on.field);
    this.#layers = createLayers(element, `${panel.title}. ${panel.help}`, () => this.#redraw());
    this.#underlay = new Underlay(this.#layers.plot, (ranges) => this.#zoom(ranges));
    this.#trails = new Trails(this.#layers.trails);
    const started = on.start ?? ((point) => this.#startEverywhere(point));
    const moved = (/** @type {number[]} */ point) =>
      started(this.#scene ? (panel.whole?.(this.#scene, point) ?? point) : point);
    this.#starts = panel.acts.includes("start") ? createStarts(this.#layers.marks, moved) : null;
    const { runs, landscape, view, spec, clock, views, events, update, axes } = stores;
    const paper = new AbortController();
    addEventListener("beforeprint", () => this.#print(), paper);
    addEventListener("afterprint", () => this.#layers.print(false), paper);
    this.#stops = [
      () => paper.abort(),
      onClick(
        element,
        (x, y) => this.#click(...this.#drawn(x, y)),
        () => this.#reset(),
      ),
      onPointer(element, (at) => this.#point(at && this.#drawn(...at))),
      ...[runs, landscape, view, views, events, axes].map((store) => store.watch(() => this.#ask(true))),
      spec.watch((now) => (this.#scene && isDrawnAlike(now, this.#scene.spec)) || this.#ask(true)),
      clock.watch(() => this.#ask()),
      update.watch(() => this.#ask()),
    ];
  }

  close() {
    for (const stop of this.#stops) stop();
    this.#field.close();
    this.#underlay.close();
    this.#layers.close();
    cancelAnimationFrame(this.#frame);
  }

  /** The panel's own pixel of a place in the element. @param {number} x @param {number} y @returns {[number, number]} */
  #drawn(x, y) {
    return [x / this.#layers.scale, y / this.#layers.scale];
  }

  #ask(all = false) {
    this.#stale ||= all;
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  /** The canvases are empty: fill them before they are shown. */
  #redraw() {
    cancelAnimationFrame(this.#frame);
    this.#trails.clear();
    this.#markers.clear();
    this.#stale = true;
    this.#draw(performance.now());
  }

  /** The theme may be another one on paper, before which no frame comes. */
  #print() {
    this.#redraw();
    this.#layers.print(true);
  }

  /** @param {number} now */
  #draw(now) {
    this.#frame = 0;
    const { width, height } = this.#layers;
    if (this.#layers.hidden() || width < SMALLEST || height < SMALLEST) return;
    if (this.#stale || this.#outgrown()) this.#rebuild();
    if (!this.#scene) return;
    const clock = this.#stores.clock.get();
    this.#scene = { ...this.#scene, clock, update: this.#stores.update.get() };
    if (!this.#trails.draw(this.#series, this.#facets, clock.step, inkUntil(now))) this.#ask();
    this.#move(this.#scene, now);
  }

  /**
   * @param {Scene} scene
   * @param {number} now
   */
  #move(scene, now) {
    const pen = this.#layers.markers;
    pen.clearRect(0, 0, scene.width, scene.height);
    const markers = this.#markers.at(this.#series, this.#facets, scene.clock, now);
    for (const marker of markers) drawWay(pen, marker, scene.clock);
    this.#panel.markers(pen, scene, markers, this.#facets);
  }

  /** Whether a view that follows the runs has to become wider. */
  #outgrown() {
    if (!this.#scene?.view.follow) return false;
    const scene = { ...this.#scene, clock: this.#stores.clock.get() };
    return placesKey(this.#visible(this.#panel.facets(scene))) !== this.#place;
  }

  /** @param {Facet[]} whole */
  #visible(whole) {
    const zoom = this.#zoomed;
    return zoom ? whole.map((facet) => within(facet, zoom)) : whole;
  }

  #rebuild() {
    this.#stale = false;
    const scene = this.#read();
    this.#scene = scene;
    this.#settle(scene);
    const facets = this.#facets;
    this.#layers.base.clearRect(0, 0, scene.width, scene.height);
    this.#panel.base(this.#layers.base, scene, facets);
    this.#field.want(scene, facets);
    this.#starts?.place(this.#panel.flat?.(scene) ?? scene, facets);
    this.#underlay.show(() => this.#panel.figure(scene, facets), this.#place + scene.view.theme);
  }

  /** @returns {Scene} */
  #read() {
    const { runs, spec, clock, view, landscape, views, events } = this.#stores;
    const ground = landscape.get();
    return {
      runs: runs.get(),
      landscape: ground,
      field: this.#field.of(ground),
      spec: spec.get(),
      clock: clock.get(),
      view: view.get(),
      views: views.get(),
      events: events.get(),
      update: this.#stores.update.get(),
      ink: inkColors(view.get().theme, PROJECTOR),
      width: this.#layers.width,
      height: this.#layers.height,
    };
  }

  /**
   * Decide the axes and the series; the trails on the canvas stay where neither has changed but in length.
   * @param {Scene} scene
   */
  #settle(scene) {
    const whole = this.#panel.facets(scene);
    this.#home = zoomKey(scene, whole);
    const kept = this.#stores.axes.get()[this.#name];
    const zoomed = kept?.home === this.#home ? kept : null;
    const other = zoomed !== this.#zoomed;
    this.#zoomed = zoomed;
    this.#facets = this.#visible(whole);
    this.#series = this.#panel.series(scene, this.#facets);
    if (other) this.#stores.closely.update(() => zoomed && stepsInSight(this.#series, this.#facets));
    const [place, look] = [placesKey(this.#facets), strokesKey(this.#series)];
    if (place !== this.#place || look !== this.#look) {
      this.#trails.clear();
      this.#markers.clear();
    }
    [this.#place, this.#look] = [place, look];
  }

  /** @param {{ x: Span, y: Span }} ranges */
  #zoom(ranges) {
    const zoom = { home: this.#home, ...ranges };
    this.#stores.axes.update((now) => ({ ...now, [this.#name]: zoom }));
    const facets = this.#facets.map((facet) => within(facet, zoom));
    this.#underlay.moved(placesKey(facets) + this.#stores.view.get().theme);
  }

  #reset() {
    if (this.#zoomed) this.#stores.axes.update(({ [this.#name]: _, ...others }) => others);
  }

  /** @param {number[]} start */
  #startEverywhere(start) {
    this.#stores.spec.update((spec) => ({ ...spec, runs: spec.runs.map((run) => ({ ...run, start })) }));
  }

  /**
   * The run under the pointer stands out everywhere.
   * @param {[x: number, y: number] | null} at
   */
  #point(at) {
    const { view, clock } = this.#stores;
    const hit = at && hitAt(this.#series, this.#facets, at[0], at[1], clock.get().step);
    const hovered = hit ? hit.series.run.index : null;
    if (hovered === null && !this.#pointed) return;
    this.#pointed = hovered !== null;
    view.update((now) => (now.hovered === hovered ? now : { ...now, hovered }));
  }

  /**
   * A click on a run goes to that step of it; beside all runs, on an axis over steps, to the step that is there.
   *
   * @param {number} x
   * @param {number} y
   */
  #click(x, y) {
    const { clock, view } = this.#stores;
    const hit = hitAt(this.#series, this.#facets, x, y, clock.get().step);
    if (hit) view.update((now) => ({ ...now, selected: hit.series.run.index }));
    const step = this.#overSteps(x, y) ?? hit?.step;
    if (step === undefined) return;
    if (this.#on.seek) this.#on.seek(step);
    else clock.update((now) => ({ ...now, step, playing: false }));
  }

  /**
   * The step at a pixel, where the panel has steps along x.
   *
   * @param {number} x
   * @param {number} y
   */
  #overSteps(x, y) {
    const facet = this.#facets.find(({ box }) => inBox(box, x, y, 8));
    const { acts, seeks = () => acts.includes("seek") } = this.#panel;
    if (!this.#scene || !seeks(this.#scene) || !facet) return null;
    const at = fromPixel(facet, x, 0)[0] / (facet.x.perStep ?? 1);
    return Math.max(0, Math.min(this.#stores.clock.get().last, Math.round(at)));
  }
}

/**
 * A facet of which a part is seen.
 *
 * @param {Facet} facet
 * @param {Zoom} zoom
 * @returns {Facet}
 */
function within(facet, { x, y }) {
  return { ...facet, x: { ...facet.x, range: x }, y: { ...facet.y, range: y } };
}
