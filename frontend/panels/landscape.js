/** Two dimensions: contours of the loss with the paths of the runs on them. */

/** @import { Facet, Figure, Marker, Landscape, Panel, RunView, Scene } from "../types/page.js" */

import { toPixel } from "../plot/ink.js";
import { channels } from "../plot/palette.js";
import { fillBox } from "../plot/ranges.js";
import { isWhole, valueAt } from "../state/run-data.js";
import { columns, number, plot } from "../words/plot.js";
import { drawUpdate } from "./arrows.js";
import { drawContours, heights } from "./contours.js";
import { axis, drawAxes, gutter } from "./frame/axes.js";
import { shownDomain } from "./frame/follow.js";
import { createPlacer, drawLabel, drawSymbol } from "./frame/glyphs.js";
import { inOrder, seriesOf } from "./frame/line-style.js";
import { drawOffscreenArrows } from "./frame/offscreen-arrows.js";
import { rowsOf } from "./frame/rows.js";
import { plotlyLayout } from "./frame/underlay.js";

const TOP = 12;
const BOTTOM = 28;
const RIGHT = 12;
const NARROW = 32;
const MOST_DOTTED = 1500; // entries of a run whose steps can be told apart

/** @param {Scene} scene */
function facets(scene) {
  const { landscape, width, height } = scene;
  if (!landscape) return [];
  const domain = shownDomain(scene);
  const tall = Math.max(40, height - TOP - BOTTOM);
  const boxFrom = (/** @type {number} */ left) => ({
    x: left,
    y: TOP,
    width: Math.max(40, width - left - RIGHT),
    height: tall,
  });
  // Wider labels leave less width, so the spans are fitted once more beside the labels of the first try.
  const [, first = [-1, 1]] = fillBox(domain, boxFrom(NARROW));
  const box = boxFrom(gutter(axis(first), tall));
  const [across = [-1, 1], up = [-1, 1]] = fillBox(domain, box);
  return [{ box, x: axis(across, landscape.variables[0]), y: axis(up, landscape.variables[1]), run: null }];
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function series(scene, shown) {
  return inOrder(scene).flatMap((run) => {
    const [x, y] = [run.columns.get("p0"), run.columns.get("p1")];
    return x && y && shown.length > 0
      ? [seriesOf(scene, run, { x, y, dots: isWhole(run) && run.n <= MOST_DOTTED ? 2.1 : 0 })]
      : [];
  });
}

/**
 * The ground: contours, or the same heights as a smooth image.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, shown) {
  for (const facet of shown) {
    pen.save();
    pen.beginPath();
    pen.rect(facet.box.x, facet.box.y, facet.box.width, facet.box.height);
    pen.clip();
    const draw = scene.view.ground === "heat" ? drawImage : drawContours;
    for (const field of new Set([scene.landscape, scene.field])) if (field) draw(pen, scene, facet, field);
    pen.restore();
    drawAxes(pen, facet, scene.ink, { grid: false });
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {Landscape} field
 */
function drawImage(pen, { ink, view }, facet, field) {
  const [ny = 0, nx = 0] = field.shape;
  const [[x0, x1] = [0, 1], [y0, y1] = [0, 1]] = field.domain;
  if (nx < 2 || ny < 2) return;
  const image = imageOf(field, nx, ny, ink.low, view.ground === "heat" ? ink.deep : ink.high);
  const [left, top] = toPixel(facet, x0 - (x1 - x0) / (2 * nx - 2), y1 + (y1 - y0) / (2 * ny - 2));
  const [right, bottom] = toPixel(facet, x1 + (x1 - x0) / (2 * nx - 2), y0 - (y1 - y0) / (2 * ny - 2));
  pen.imageSmoothingEnabled = true;
  pen.drawImage(image, left, top, right - left, bottom - top);
}

/** @type {WeakMap<Float32Array, { image: HTMLCanvasElement, colors: string }>} */
const images = new WeakMap();

/**
 * @param {Landscape} field
 * @param {number} nx
 * @param {number} ny
 * @param {string} low
 * @param {string} high
 */
function imageOf(field, nx, ny, low, high) {
  const old = images.get(field.z);
  if (old?.colors === low + high) return old.image;
  const image = document.createElement("canvas");
  [image.width, image.height] = [nx, ny];
  const pen = image.getContext("2d");
  const pixels = new ImageData(nx, ny);
  const span = heights(field);
  const [a, b] = [channels(low), channels(high)];
  for (let i = 0; i < nx * ny; i++) {
    const from = (ny - 1 - Math.floor(i / nx)) * nx + (i % nx);
    const share = Math.max(0, Math.min(1, ((span.u[from] ?? NaN) - span.low) / (span.high - span.low)));
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = (a[c] ?? 0) + share * ((b[c] ?? 0) - (a[c] ?? 0));
    pixels.data[4 * i + 3] = Number.isNaN(share) ? 0 : 255;
  }
  pen?.putImageData(pixels, 0, 0);
  images.set(field.z, { image, colors: low + high });
  return image;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, moving, shown) {
  const [facet] = shown;
  if (!facet) return;
  for (const { point } of scene.landscape?.minima ?? []) drawMinimum(pen, scene, facet, point);
  const inside = moving.filter((marker) => marker.inside);
  drawUpdate(pen, scene, facet);
  for (const { series, at } of inside) drawSymbol(pen, series.symbol, at[0], at[1], 6.5, series.color, scene.ink.card);
  const placer = createPlacer(facet.box);
  for (const { at } of inside) placer.take({ x: at[0] - 7, y: at[1] - 7, width: 14, height: 14 });
  for (const { series, at } of inside.toReversed()) {
    if (scene.view.hovered === series.run.index)
      drawLabel(pen, placer, series.run.label, at[0], at[1], scene.ink.text, scene.ink.card, 12);
  }
  drawOffscreenArrows(pen, scene, moving, shown);
}

/**
 * A small cross with a halo.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {readonly number[]} point
 */
function drawMinimum(pen, { ink }, facet, [x = NaN, y = NaN]) {
  const [px, py] = toPixel(facet, x, y);
  if (px < facet.box.x || px > facet.box.x + facet.box.width || py < facet.box.y || py > facet.box.y + facet.box.height)
    return;
  pen.setLineDash([]);
  for (const [color, width] of /** @type {[string, number][]} */ ([
    [ink.card, 5],
    [ink.text, 1.75],
  ])) {
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.lineCap = "round";
    pen.beginPath();
    for (const [dx, dy] of /** @type {[number, number][]} */ ([
      [6, 0],
      [0, 6],
    ])) {
      pen.moveTo(px - dx, py - dy);
      pen.lineTo(px + dx, py + dy);
    }
    pen.stroke();
  }
  pen.lineCap = "butt";
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 * @returns {Figure}
 */
function figure(scene, shown) {
  const { field } = scene;
  const layout = plotlyLayout(scene, shown);
  const [ny = 0, nx = 0] = field?.shape ?? [];
  if (!field || nx < 2 || ny < 2 || shown.length === 0) return { data: [], layout };
  const [x, y] = field.domain.map(([from, to], i) => steps(from, to, i === 0 ? nx : ny));
  const z = Array.from({ length: ny }, (_, j) => Array.from({ length: nx }, (_, i) => field.z[j * nx + i] ?? NaN));
  const [xName = "x", yName = "y"] = field.variables;
  const trace = {
    type: "heatmap",
    opacity: 0, // The ink has drawn it: Plotly answers what is pointed at.
    x,
    y,
    z: z.map((row) => row.map((value) => (Number.isFinite(value) ? value : null))),
    showscale: false,
    hovertemplate: `${xName} %{x:.3g}<br>${yName} %{y:.3g}<br>${plot.f} %{z:.3g}<extra></extra>`,
  };
  return {
    data: [/** @type {Figure["data"][number]} */ (/** @type {unknown} */ (trace))],
    layout: { ...layout, hovermode: "closest" },
  };
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} n
 */
function steps(from, to, n) {
  return Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1));
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} step
 * @param {readonly string[]} variables
 */
function table(runs, step, [x = "x", y = "y"]) {
  const names = ["p0", "p1", "loss"];
  const rows = rowsOf(runs, step, (run, at) => names.map((name) => number(valueAt(run, name, at))));
  return { columns: [columns.run, columns.step, x, y, columns.loss], rows };
}

/** @type {Panel} */
export const landscape = {
  id: "landscape",
  title: plot.landscape,
  help: plot.landscapeHelp,
  acts: ["start"],
  facets,
  series,
  base,
  markers,
  figure,
  table,
};
