/** The whole picture in one drawing that stands alone: title, legend, and every panel with its heading. */

/** @import { Box, Clock, Facet, Panel, Scene, Stores, Series, Spec } from "../types/page.js" */

import { BOLD, FONT } from "../panels/frame/axes.js";
import { drawSymbol } from "../panels/frame/glyphs.js";
import { Markers } from "../panels/frame/markers.js";
import { startPixel } from "../panels/frame/start.js";
import { drawWay } from "../panels/frame/strokes.js";
import { Trails } from "../panels/frame/trails.js";
import { panels } from "../panels/index.js";
import { pictureFor } from "../panels/main-panel.js";
import { metricOf } from "../panels/metrics.js";
import { inkColors } from "../plot/palette.js";
import { isNetwork } from "../state/spec.js";
import { saving } from "../words/export.js";
import { drawLegend, legendOf } from "./legend.js";

const MARGIN = 24;
const GAP = 20;
const TITLE = 34;
const HEADING = 22;
const WIDE = 560; // pixels from which the panels stand beside each other ...
const FLAT = 1.25; // ... where the picture is so many times as wide as high

/** @typedef {Pick<Scene, "runs" | "landscape" | "field" | "clock" | "view" | "views" | "events"> & { spec: Spec }} Shown What the page shows. */
/** @typedef {{ panel: Panel, title: string, at: Box, scene: Scene, facets: Facet[], series: Series[] }} Cell */

/**
 * What the page shows now; a run that the mouse happens to be on does not stand out.
 *
 * @param {Stores} stores
 * @returns {Shown}
 */
export function shownBy({ runs, landscape, spec, clock, view, views, events }) {
  return {
    runs: runs.get(),
    landscape: landscape.get(),
    field: landscape.get(),
    spec: spec.get(),
    clock: clock.get(),
    view: { ...view.get(), hovered: null },
    views: views.get(),
    events: events.get(),
  };
}

/**
 * What a picture is called until somebody gives it another name.
 * @param {Shown} shown
 */
export function titleOf({ landscape, spec: { problem } }) {
  if (landscape) return landscape.title || landscape.kind;
  const data = /** @type {{ kind?: string } | undefined} */ (problem.data)?.kind;
  return data ? `${saving.network} ${data}` : problem.kind;
}

/**
 * What stands above a panel; where it shows one of several networks, which.
 *
 * @param {Panel} panel
 * @param {Scene} scene
 */
function headingOf(panel, scene) {
  if (panel.id === "loss") return panel.title;
  if (panel.id !== "centre") return metricOf(scene).title;
  const { title } = pictureFor(scene);
  const { runs, view, spec } = scene;
  const run = isNetwork(spec.problem) && view.picture !== "plane" && runs.length > 1 && runs[view.selected];
  return run ? saving.ofRun(title, run.label) : title;
}

/** A picture of a size, of which what stands still, the trails and what moves are drawn apart. */
export class Picture {
  #shown;
  #title;
  #width;
  #ink;
  #legend;
  /** @type {Cell[]} */
  #cells;
  /** @type {Trails[]} */
  #trails = [];
  #markers = panels.map(() => new Markers());

  /**
   * @param {Shown} shown
   * @param {object} look
   * @param {string} look.title "": neither title nor legend, where they stand beside the picture.
   * @param {number} look.width
   * @param {number} look.height
   * @param {CanvasRenderingContext2D} pen Measures text.
   */
  constructor(shown, { title, width, height }, pen) {
    this.#shown = shown;
    this.#title = title;
    this.#width = width;
    this.#ink = inkColors(shown.view.theme);
    const top = MARGIN + TITLE;
    this.#legend = legendOf(pen, shown, { x: MARGIN, y: top, width: width - 2 * MARGIN });
    const below = title === "" ? MARGIN / 2 : top + this.#legend.height + GAP / 2;
    const room = { x: MARGIN, y: below, width: width - 2 * MARGIN, height: height - below - MARGIN / 2 };
    this.#cells = boxesOf(room).flatMap((at, i) => this.#cell(panels[i], at));
  }

  /**
   * @param {Panel | undefined} panel
   * @param {Box} at
   * @returns {Cell[]}
   */
  #cell(panel, at) {
    if (!panel) return [];
    const { clock } = this.#shown;
    const scene = {
      ...this.#shown,
      clock: { ...clock, step: clock.last },
      ink: this.#ink,
      width: at.width,
      height: at.height,
    };
    const facets = panel.facets(scene);
    return [{ panel, title: headingOf(panel, scene), at, scene, facets, series: panel.series(scene, facets) }];
  }

  /** The axes of the large panel, if it has any. */
  facet() {
    return this.#cells[0]?.facets[0] ?? null;
  }

  /**
   * Title, legend, headings, axes and grounds.
   * @param {CanvasRenderingContext2D} pen
   * @param {number} height
   */
  still(pen, height) {
    const { card, text } = this.#ink;
    pen.fillStyle = card;
    pen.fillRect(0, 0, this.#width, height);
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    pen.fillStyle = text;
    if (this.#title !== "") {
      pen.font = "600 20px system-ui, sans-serif";
      pen.fillText(this.#title, MARGIN, MARGIN + 8, this.#width - 2 * MARGIN - 160);
      drawLegend(pen, this.#shown, this.#legend);
    }
    for (const { panel, title, at, scene, facets } of this.#cells) {
      pen.font = BOLD;
      pen.textBaseline = "middle";
      pen.textAlign = "left";
      pen.fillStyle = text;
      pen.fillText(title, at.x, at.y - HEADING / 2);
      within(pen, at, () => {
        panel.base(pen, scene, facets);
        if (panel.id === "centre") drawStart(pen, scene, facets);
      });
    }
  }

  /**
   * Add what is new of the trails, up to a step; begin again with forget().
   *
   * @param {CanvasRenderingContext2D} pen
   * @param {number} step
   */
  trails(pen, step) {
    for (const [i, { at, facets, series }] of this.#cells.entries()) {
      const trails = this.#trails[i] ?? new Trails(pen);
      this.#trails[i] = trails;
      within(pen, at, () => trails.draw(series, facets, step));
    }
  }

  /** What was drawn of the trails is gone. */
  forget() {
    this.#trails = [];
    for (const markers of this.#markers) markers.clear();
  }

  /**
   * The moving points, and the step they are at.
   *
   * @param {CanvasRenderingContext2D} pen
   * @param {Clock} clock
   * @param {number} [now] Milliseconds; a point that leaps stays for a moment.
   */
  markers(pen, clock, now = 0) {
    for (const [i, { panel, at, scene, facets, series }] of this.#cells.entries()) {
      within(pen, at, () => {
        const markers = this.#markers[i]?.at(series, facets, clock, now) ?? [];
        for (const marker of markers) drawWay(pen, marker, clock);
        panel.markers(pen, { ...scene, clock }, markers, facets);
      });
    }
    if (this.#title === "") return;
    pen.font = FONT;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillStyle = this.#ink.muted;
    pen.fillText(saving.stepOf(Math.floor(clock.step + 1e-9), clock.last), this.#width - MARGIN, MARGIN + 8);
  }
}

/**
 * Where the panels are: the large one on the left and the others in a column, or all in one column.
 *
 * @param {Box} room
 * @returns {Box[]}
 */
export function boxesOf({ x, y, width, height }) {
  const box = (
    /** @type {number} */ left,
    /** @type {number} */ top,
    /** @type {number} */ w,
    /** @type {number} */ h,
  ) => ({
    x: left,
    y: top + HEADING,
    width: w,
    height: Math.max(60, h - HEADING),
  });
  if (width < WIDE || width < FLAT * height) {
    const shares = [0.5, 0.28, 0.22];
    const tall = height - 2 * GAP;
    let top = y;
    return shares.map((share) => {
      const made = box(x, top, width, share * tall);
      top += share * tall + GAP;
      return made;
    });
  }
  const side = Math.round(0.36 * width);
  const half = (height - GAP) / 2;
  const right = x + width - side;
  return [box(x, y, width - side - GAP, height), box(right, y, side, half), box(right, y + half + GAP, side, half)];
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} at
 * @param {() => void} draw
 */
function within(pen, { x, y }, draw) {
  pen.save();
  pen.translate(x, y);
  draw();
  pen.restore();
}

/**
 * The ring at the start, which on the page can be dragged.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} facets
 */
function drawStart(pen, scene, facets) {
  const { landscape, ink } = scene;
  if (!landscape || landscape.dim > 2) return;
  for (const facet of facets) {
    const [x, y] = startPixel(scene, landscape, facet);
    drawSymbol(pen, "circle", x, y, 7, ink.card, ink.text);
  }
}
