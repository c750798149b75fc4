/** Two features: which class the network gives every place, how sure it is, and the data. */

/** @import { Bundle, Facet, InkColors, Panel, RunView, Scene, Seen, Told, View } from "../../types/page.js" */

import { mapping } from "../../plot/ink.js";
import { channels, classStyle, mix } from "../../plot/palette.js";
import { arrayOf, frameAt, partOf } from "../../state/arrays.js";
import { valueAt } from "../../state/run-data.js";
import { pictures } from "../../words/pictures.js";
import { columns, number } from "../../words/plot.js";
import { axis, drawAxes, gutter } from "../frame/axes.js";
import { drawSymbol } from "../frame/glyphs.js";
import { rowsOf } from "../frame/rows.js";
import { boxOf, bundleOf, domainOf, frameOf, runOf, SNAPSHOTS } from "../frame/snapshots.js";

const FAINT = 0.06; // of a region that is no surer than guessing
const STRONG = 0.5; // of one that is certain
const LARGE = 4.5; // radius of a sign, in pixels, ...
const SMALL = 3;
const CROWD = 400; // ... with so many examples or more

/** @param {Scene} scene */
function facets(scene) {
  const bundle = bundleOf(scene, "boundary");
  if (!bundle) return [];
  const [across, up] = domainOf(bundle);
  const [xName = "", yName = ""] = bundle.features ?? [];
  const box = boxOf(scene, gutter(axis(up), scene.height));
  return [{ box, x: axis(across, xName), y: axis(up, yName), run: null }];
}

/**
 * The colour of every class at every certainty, as pixels.
 *
 * @param {number} classes
 * @param {View["theme"]} theme
 * @param {InkColors} ink
 */
export function regionColors(classes, theme, ink) {
  const colors = new Uint32Array(classes * 256);
  const bytes = new Uint8ClampedArray(colors.buffer);
  for (let c = 0; c < classes; c++) {
    const chance = 1 / classes;
    for (let sure = 0; sure < 256; sure++) {
      const above = Math.max(0, (sure / 255 - chance) / (1 - chance));
      const [red = 0, green = 0, blue = 0] = channels(
        mix(ink.card, classStyle(c, theme).color, FAINT + above * (STRONG - FAINT)),
      );
      bytes.set([red, green, blue, 255], 4 * (256 * c + sure));
    }
  }
  return colors;
}

/** @typedef {{ canvas: HTMLCanvasElement, pixels: ImageData, words: Uint32Array, colors: Uint32Array, shown: string }} Regions */

/** @type {WeakMap<Bundle, Regions>} */
const known = new WeakMap();

/**
 * The regions of a snapshot as an image; it is painted again only for another snapshot or theme.
 *
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {number} frame
 */
function imageOf(scene, bundle, frame) {
  const [, ny = 1, nx = 1] = arrayOf(bundle, "class").shape;
  const regions = known.get(bundle) ?? blank(nx, ny);
  known.set(bundle, regions);
  const { theme } = scene.view;
  if (!regions.shown.startsWith(theme)) regions.colors = regionColors(bundle.classes?.length ?? 2, theme, scene.ink);
  if (regions.shown === `${theme} ${frame}`) return regions.canvas;
  regions.shown = `${theme} ${frame}`;
  paint(regions, partOf(bundle, "class", frame), partOf(bundle, "sure", frame), nx, ny);
  return regions.canvas;
}

/**
 * @param {number} nx
 * @param {number} ny
 * @returns {Regions}
 */
function blank(nx, ny) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [nx, ny];
  const pixels = new ImageData(nx, ny);
  return { canvas, pixels, words: new Uint32Array(pixels.data.buffer), colors: new Uint32Array(), shown: "" };
}

/**
 * @param {Regions} regions
 * @param {ArrayLike<number>} classes Row by row, the lowest first.
 * @param {ArrayLike<number>} sure
 * @param {number} nx
 * @param {number} ny
 */
function paint({ canvas, pixels, words, colors }, classes, sure, nx, ny) {
  for (let row = 0; row < ny; row++) {
    const from = (ny - 1 - row) * nx;
    for (let i = 0; i < nx; i++)
      words[row * nx + i] = colors[256 * (classes[from + i] ?? 0) + (sure[from + i] ?? 0)] ?? 0;
  }
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, [facet]) {
  if (facet) drawAxes(pen, facet, scene.ink, { grid: false });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {unknown} _moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, _moving, [facet]) {
  const bundle = bundleOf(scene, "boundary");
  if (!bundle || !facet) return;
  const { box } = facet;
  const image = imageOf(scene, bundle, frameOf(scene, bundle));
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.width, box.height);
  pen.clip();
  pen.imageSmoothingEnabled = true;
  // A value belongs to the middle of its pixel, so the image reaches half a cell beyond the domain.
  const [cellX, cellY] = [box.width / (2 * image.width - 2), box.height / (2 * image.height - 2)];
  pen.drawImage(image, box.x - cellX, box.y - cellY, box.width + 2 * cellX, box.height + 2 * cellY);
  pen.drawImage(pointsOf(scene, bundle, facet, pen), 0, 0, scene.width, scene.height);
  pen.restore();
}

/** @type {WeakMap<Bundle["arrays"][string], { key: string, canvas: HTMLCanvasElement }>} */
const drawn = new WeakMap();

/**
 * The examples on a canvas of their own, drawn once for every size and theme.
 *
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {Facet} facet
 * @param {CanvasRenderingContext2D} target
 */
function pointsOf(scene, bundle, facet, { canvas: { width, height } }) {
  const points = arrayOf(bundle, "points");
  const key = [width, height, scene.view.theme].join(" ");
  const old = drawn.get(points);
  if (old?.key === key) return old.canvas;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const pen = canvas.getContext("2d");
  if (pen) {
    pen.scale(width / scene.width, height / scene.height);
    drawPoints(pen, scene, bundle, facet, "check_points", "check_labels");
    drawPoints(pen, scene, bundle, facet, "points", "labels");
  }
  drawn.set(points, { key, canvas });
  return canvas;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {Facet} facet
 * @param {"points" | "check_points"} name
 * @param {"labels" | "check_labels"} labels
 */
function drawPoints(pen, { ink, view }, bundle, facet, name, labels) {
  const { data, shape } = arrayOf(bundle, name);
  const { sx, ox, sy, oy } = mapping(facet);
  const size = (arrayOf(bundle, "points").shape[0] ?? 0) >= CROWD ? SMALL : LARGE;
  for (let i = 0; i < (shape[0] ?? 0); i++) {
    const { color, symbol } = classStyle(arrayOf(bundle, labels).data[i] ?? 0, view.theme);
    const [x, y] = [(data[2 * i] ?? NaN) * sx + ox, (data[2 * i + 1] ?? NaN) * sy + oy];
    if (name === "points") drawSymbol(pen, symbol, x, y, size, color, ink.card);
    else {
      drawSymbol(pen, symbol, x, y, size, color);
      drawSymbol(pen, symbol, x, y, size - 1.4, mix(ink.card, color, 0.12));
    }
  }
}

/**
 * Where the run is, and how much of the data it gets right.
 * @param {Told} told
 */
function caption(told) {
  const bundle = bundleOf(told, "boundary");
  const run = runOf(told);
  if (!bundle || !run) return "";
  const parts = /** @type {const} */ (["train", "val"]).flatMap((name) => {
    const share = valueAt(run, `${name}_accuracy`, told.clock.step);
    return Number.isFinite(share) ? [pictures.right(name === "train" ? pictures.train : pictures.check, share)] : [];
  });
  const step = bundle.steps[frameOf(told, bundle)] ?? 0;
  return `${[pictures.seenAt(run.label, step), ...parts].join("; ")}. ${pictures.points}`;
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} step
 * @param {readonly string[]} _variables
 * @param {Seen} [seen]
 */
function table(runs, step, _variables, seen) {
  const bundle = seen && bundleOf(seen, "boundary");
  const at = bundle ? bundle.steps[frameAt(bundle, step)] : step;
  const names = ["train_accuracy", "val_accuracy", "train_loss", "val_loss"];
  const rows = rowsOf(runs, at ?? step, (run, then) => names.map((name) => number(valueAt(run, name, then))));
  const { run, step: when, trainingRight, validationRight, trainingLoss, validationLoss } = columns;
  return { columns: [run, when, trainingRight, validationRight, trainingLoss, validationLoss], rows };
}

/** @type {Panel} */
export const boundary = {
  ...SNAPSHOTS,
  id: "boundary",
  title: pictures.boundary,
  help: pictures.boundaryHelp,
  facets,
  base,
  markers,
  table,
  caption,
};
