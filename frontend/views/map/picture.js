/** The map as a picture: colours, hatching, axes, the border of theory; reading, clicking and dragging on it. */

/** @import { Facet, Span } from "../../types/page.js" */

import { axis, drawAxes } from "../../panels/frame/axes.js";
import { fromPixel } from "../../plot/ink.js";
import { inkColors } from "../../plot/palette.js";
import { enlargementOf, placeIn, watchSize } from "../../plot/sizes.js";
import { atNextFrame } from "../../state/store.js";
import { el } from "../../ui/dom.js";
import { axisName, map } from "../../words/map.js";
import { spanOf } from "./cells.js";
import { drawBorder, hatch, nameAxis, outline } from "./ink.js";
import { CELL_KEYS, MAP_KEYS } from "./keys.js";

/** @typedef {ReturnType<typeof import("./cells.js").createCells>} Cells */

const LEFT = 56;
const BOTTOM = 30;
const TOP = 22;
const CLICK = 5; // pixels that a click may move

/**
 * @param {object} on
 * @param {(x: number, y: number) => void} on.read A cell is pointed at.
 * @param {(x: number, y: number) => void} on.play
 * @param {(box: { x: Span, y: Span }) => void} on.zoom Cells, first and last.
 * @param {() => void} on.back Zoom out again.
 * @param {() => "light" | "dark"} on.theme
 */
export function createPicture(on) {
  const canvas = el("canvas", { tabindex: 0, role: "img", "aria-label": map.picture });
  const element = el("div", { class: "map-picture", "data-none": true }, canvas);
  const colours = el("canvas");
  const mask = el("canvas");
  /** @type {Cells | null} */
  let cells = null;
  /** @type {[number, number] | null} */
  let cursor = null;
  /** @type {[number, number] | null} */
  let pressed = null;
  /** @type {[number, number] | null} */
  let dragged = null;

  /** @returns {Facet} */
  function facet() {
    const { clientWidth: width, clientHeight: height } = element;
    const about = cells?.about;
    const across = spanOf(about?.x ?? [0, 1]);
    const up = spanOf(about?.y ?? [0, 1]);
    return {
      box: { x: LEFT, y: TOP, width: Math.max(40, width - LEFT - 12), height: Math.max(40, height - TOP - BOTTOM) },
      x: axis(across.range, axisName(about?.fields[0] ?? ""), across.log),
      y: axis(up.range, "", up.log),
      run: null,
    };
  }

  const redraw = () => atNextFrame(draw);

  function draw() {
    const { clientWidth: width, clientHeight: height } = element;
    const ratio = (devicePixelRatio || 1) * enlargementOf(element);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    if (!pen || !cells) return;
    pen.scale(ratio, ratio);
    const ink = inkColors(on.theme());
    const where = facet();
    const { box } = where;
    copy(colours, cells.pixels);
    copy(mask, cells.hatched);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(colours, box.x, box.y, box.width, box.height);
    hatch(pen, where, mask);
    drawAxes(pen, where, ink, { grid: false });
    nameAxis(pen, where, cells.about.fields[1] ?? "", ink.muted);
    drawBorder(pen, where, cells.about.border);
    marks(pen, where);
  }

  /**
   * @param {HTMLCanvasElement} target
   * @param {Uint8ClampedArray<ArrayBuffer>} pixels
   */
  function copy(target, pixels) {
    if (!cells) return;
    if (target.width !== cells.width || target.height !== cells.height) {
      target.width = cells.width;
      target.height = cells.height;
    }
    target.getContext("2d")?.putImageData(new ImageData(pixels, cells.width, cells.height), 0, 0);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Facet} where
   */
  function marks(pen, { box }) {
    pen.setLineDash([]);
    if (pressed && dragged) {
      const [x, y] = [Math.min(pressed[0], dragged[0]), Math.min(pressed[1], dragged[1])];
      outline(pen, x, y, Math.abs(dragged[0] - pressed[0]), Math.abs(dragged[1] - pressed[1]));
      return;
    }
    if (!cursor || !cells) return;
    const [w, h] = [box.width / cells.width, box.height / cells.height];
    const size = Math.max(7, w, h);
    const [x, y] = [box.x + (cursor[0] + 0.5) * w, box.y + box.height - (cursor[1] + 0.5) * h];
    outline(pen, x - size / 2, y - size / 2, size, size);
  }

  /**
   * The cell at a place of the element, the nearest one where it is outside.
   *
   * @param {number} x
   * @param {number} y
   * @returns {[number, number]}
   */
  function cellAt(x, y) {
    const where = facet();
    const [px, py] = fromPixel(where, x, y);
    const { width = 1, height = 1 } = cells ?? {};
    const place = (/** @type {number} */ at, /** @type {Span} */ [low, high], /** @type {number} */ n) =>
      Math.min(n - 1, Math.max(0, Math.floor(((at - low) / (high - low)) * n)));
    return [place(px, where.x.range, width), place(py, where.y.range, height)];
  }

  /** @param {[number, number]} cell */
  function move(cell) {
    cursor = cell;
    on.read(...cell);
    redraw();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!cells || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pressed = placeIn(canvas, event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!cells) return;
    const at = placeIn(canvas, event);
    if (pressed && Math.hypot(at[0] - pressed[0], at[1] - pressed[1]) > CLICK) dragged = at;
    if (!pressed || dragged) move(cellAt(...at));
  });
  canvas.addEventListener("pointerup", (event) => {
    const at = placeIn(canvas, event);
    const began = pressed;
    const was = dragged;
    pressed = dragged = null;
    if (!cells || !began) return;
    if (!was) {
      move(cellAt(...at));
      if (cursor) on.play(...cursor);
      return;
    }
    const [a, b] = [cellAt(...began), cellAt(...at)];
    zoomTo(a, b);
  });
  canvas.addEventListener("keydown", (event) => {
    if (!cells) return;
    const [x, y] = cursor ?? [cells.width >> 1, cells.height >> 1];
    const far = event.shiftKey ? 10 : 1;
    const way = CELL_KEYS[event.key];
    const act = MAP_KEYS[/** @type {keyof typeof MAP_KEYS} */ (event.key)];
    if (way) move([clamp(x + far * way[0], cells.width), clamp(y + far * way[1], cells.height)]);
    else if (act === "play") on.play(x, y);
    else if (act === "zoom") around(x, y);
    else if (act === "back") on.back();
    else return;
    event.preventDefault();
  });

  /**
   * Zoom into a quarter of the width and height around a cell.
   *
   * @param {number} x
   * @param {number} y
   */
  function around(x, y) {
    if (!cells) return;
    const [w, h] = [cells.width >> 3, cells.height >> 3];
    zoomTo(
      [clamp(x - w, cells.width), clamp(y - h, cells.height)],
      [clamp(x + w, cells.width), clamp(y + h, cells.height)],
    );
  }

  /**
   * @param {[number, number]} a
   * @param {[number, number]} b
   */
  function zoomTo(a, b) {
    const x = /** @type {Span} */ ([Math.min(a[0], b[0]), Math.max(a[0], b[0])]);
    const y = /** @type {Span} */ ([Math.min(a[1], b[1]), Math.max(a[1], b[1])]);
    redraw();
    if (x[1] > x[0] && y[1] > y[0]) on.zoom({ x, y });
  }

  watchSize(element, redraw);
  return {
    element,
    redraw,
    /** @param {Cells | null} shown */
    show(shown) {
      if (cells !== shown) cursor = null;
      cells = shown;
      element.toggleAttribute("data-none", shown === null);
      redraw();
    },
  };
}

/**
 * @param {number} value
 * @param {number} n
 */
function clamp(value, n) {
  return Math.min(n - 1, Math.max(0, value));
}
