/** The plane of a network's parameters: contours of the loss, and the ways of all runs projected onto it. */

/** @import { Bundle, Facet, Figure, Marker, Landscape, Panel, RunView, Scene, Seen, Told } from "../../types/page.js" */

import { mapping } from "../../plot/ink.js";
import { mix } from "../../plot/palette.js";
import { arrayOf, frameAt } from "../../state/arrays.js";
import { pictures } from "../../words/pictures.js";
import { columns, count, number } from "../../words/plot.js";
import { axis, gutter } from "../frame/axes.js";
import { createPlacer, drawLabel, drawSymbol } from "../frame/glyphs.js";
import { inOrder, isLabelled, seriesOf } from "../frame/line-style.js";
import { drawOffscreenArrows } from "../frame/offscreen-arrows.js";
import { sampled } from "../frame/rows.js";
import { boxOf, bundleOf, domainOf, quietFigure } from "../frame/snapshots.js";
import { landscape } from "../landscape.js";

const MOST_LABELS = 4;
const HALO = 0.14; // how strongly the ring around the dot is filled

/** @type {WeakMap<Bundle, Landscape>} */
const grounds = new WeakMap();

/**
 * The loss on the plane as a landscape, so that it is drawn like one.
 * @param {Bundle} bundle
 */
function groundOf(bundle) {
  const { data, shape } = arrayOf(bundle, "grid");
  const [a = 0, b = 0] = bundle.directions === "random" ? [] : (bundle.shares ?? []);
  const ground = grounds.get(bundle) ?? {
    kind: "plane",
    title: "",
    help: "",
    dim: 2,
    variables: [pictures.direction(1, a), pictures.direction(2, b)],
    domain: domainOf(bundle),
    shape,
    start: [NaN, NaN],
    minima: [],
    best: null,
    mathml: null,
    text: null,
    z: /** @type {Float32Array} */ (data),
  };
  grounds.set(bundle, ground);
  return ground;
}

/**
 * The scene as a landscape's panel wants it.
 *
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @returns {Scene}
 */
function grounded(scene, bundle) {
  const ground = groundOf(bundle);
  return { ...scene, landscape: ground, field: ground };
}

/** @param {Scene} scene */
function facets(scene) {
  const bundle = bundleOf(scene, "plane");
  if (!bundle) return [];
  const [across, up] = domainOf(bundle);
  const { variables } = groundOf(bundle);
  const box = boxOf(scene, gutter(axis(up), scene.height));
  return [{ box, x: axis(across, variables[0]), y: axis(up), run: null }];
}

/** @typedef {{ n: number, x: Float64Array, y: Float64Array, columns: RunView["columns"] }} Way */

/** @type {WeakMap<Bundle, Map<number, Way>>} */
const ways = new WeakMap();

/**
 * The way of a run on the plane; its entries are the snapshots, as many as it has.
 *
 * @param {Bundle} bundle
 * @param {number} index
 * @returns {Way}
 */
function wayOf(bundle, index) {
  const all = ways.get(bundle) ?? new Map();
  ways.set(bundle, all);
  if (!all.has(index)) {
    const { data, shape } = arrayOf(bundle, "xy");
    const length = index < (shape[0] ?? 0) ? bundle.steps.length : 0;
    const [x, y] = [new Float64Array(length), new Float64Array(length)];
    for (let i = 0; i < length; i++) {
      x[i] = data[2 * (index * length + i)] ?? NaN;
      y[i] = data[2 * (index * length + i) + 1] ?? NaN;
    }
    let n = length;
    while (n > 0 && Number.isNaN(x[n - 1])) n -= 1;
    all.set(index, { n, x, y, columns: new Map([["step", Float64Array.from(bundle.steps)]]) });
  }
  return /** @type {Way} */ (all.get(index));
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function series(scene, shown) {
  const bundle = bundleOf(scene, "plane");
  if (!bundle || shown.length === 0) return [];
  return inOrder(scene).flatMap((run) => {
    const { n, x, y, columns } = wayOf(bundle, run.index);
    return n > 0 ? [seriesOf(scene, { ...run, n, columns }, { x, y, dots: 1.8 })] : [];
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, shown) {
  const bundle = bundleOf(scene, "plane");
  if (bundle) landscape.base(pen, grounded(scene, bundle), shown);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, moving, shown) {
  const bundle = bundleOf(scene, "plane");
  const [facet] = shown;
  if (!bundle || !facet) return;
  const inside = moving.filter((marker) => marker.inside);
  for (const marker of inside) {
    if (marker.series.run.index === scene.view.selected) drawRing(pen, marker, numberAt(bundle, "off", marker));
  }
  for (const marker of inside) drawDot(pen, scene, bundle, marker);
  const placer = createPlacer(facet.box);
  for (const { at } of inside) placer.take({ x: at[0] - 7, y: at[1] - 7, width: 14, height: 14 });
  for (const { series, at } of inside.toReversed()) {
    if (isLabelled(scene, series.run, MOST_LABELS))
      drawLabel(pen, placer, series.run.label, at[0], at[1], scene.ink.text, scene.ink.card, 12);
  }
  drawOffscreenArrows(pen, grounded(scene, bundle), moving, shown);
}

/**
 * @param {Bundle} bundle
 * @param {string} name
 * @param {Pick<Marker, "series" | "index">} marker
 */
function numberAt(bundle, name, { series, index }) {
  return arrayOf(bundle, name).data[series.run.index * bundle.steps.length + index] ?? NaN;
}

/**
 * A ring as wide, in the plane's own units, as the distance from the plane.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Marker} marker
 * @param {number} off
 */
function drawRing(pen, { facet, at, series }, off) {
  const { sx, sy } = mapping(facet);
  const [rx, ry] = [Math.abs(off * sx), Math.abs(off * sy)];
  if (!(rx > 7 || ry > 7)) return;
  pen.save();
  pen.beginPath();
  pen.rect(facet.box.x, facet.box.y, facet.box.width, facet.box.height);
  pen.clip();
  pen.beginPath();
  pen.ellipse(at[0], at[1], Math.min(rx, 1e5), Math.min(ry, 1e5), 0, 0, 2 * Math.PI);
  pen.setLineDash([]);
  pen.lineWidth = 1;
  pen.strokeStyle = pen.fillStyle = series.color;
  pen.globalAlpha = HALO;
  pen.fill();
  pen.globalAlpha = 0.7;
  pen.stroke();
  pen.restore();
}

/**
 * The moving point, the hollower the more of its way from the start lies off the plane.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Bundle} bundle
 * @param {Marker} marker
 */
function drawDot(pen, { ink }, bundle, marker) {
  const { series, at, index } = marker;
  const off = numberAt(bundle, "off", marker);
  const [x, y] = [series.x?.[index] ?? 0, series.y[index] ?? 0];
  const share = off > 0 ? off / Math.hypot(x, y, off) : 0;
  drawSymbol(pen, series.symbol, at[0], at[1], 6.5, series.color, ink.card);
  if (share > 0.15) drawSymbol(pen, series.symbol, at[0], at[1], 4.5, mix(series.color, ink.card, Math.min(1, share)));
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 * @returns {Figure}
 */
function figure(scene, shown) {
  const bundle = bundleOf(scene, "plane");
  if (!bundle) return quietFigure(scene);
  const { data, layout } = landscape.figure(grounded(scene, bundle), shown);
  const hover = `${columns.loss} %{customdata:.4g}<extra></extra>`;
  return { data: data.map((trace) => ({ ...trace, hovertemplate: hover })), layout };
}

/**
 * What the plane hides of the selected run, in one sentence.
 * @param {Told} scene
 */
function caption(scene) {
  const bundle = bundleOf(scene, "plane");
  if (!bundle) return "";
  const { shares = [NaN, NaN], directions, steps } = bundle;
  const index = frameAt(bundle, Math.floor(scene.clock.step));
  const at = (/** @type {string} */ name) =>
    arrayOf(bundle, name).data[scene.view.selected * steps.length + index] ?? NaN;
  const share = shares[0] + shares[1];
  const shows = directions === "random" || Number.isNaN(share) ? pictures.showsRandom : pictures.shows(share);
  const rest = Number.isFinite(at("off"))
    ? `; ${pictures.off(at("off"))}; ${pictures.losses(at("loss"), at("on_plane"))}`
    : "";
  return `${shows}${rest}. ${pictures.hollow}`;
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} step
 * @param {readonly string[]} _variables
 * @param {Seen} [seen]
 */
function table(runs, step, _variables, seen) {
  const bundle = seen && bundleOf(seen, "plane");
  const { run, step: when, direction, offPlane, loss, onPlane } = columns;
  const markers = [run, when, direction(1), direction(2), offPlane, loss, onPlane];
  if (!bundle) return { columns: markers, rows: [] };
  const rows = runs.flatMap((run) => {
    const way = wayOf(bundle, run.index);
    return sampled(frameAt(bundle, step)).map((index) => {
      const at = (/** @type {string} */ name) =>
        arrayOf(bundle, name).data[run.index * bundle.steps.length + index] ?? NaN;
      const numbers = [way?.x[index] ?? NaN, way?.y[index] ?? NaN, at("off"), at("loss"), at("on_plane")];
      return [run.label, count(bundle.steps[index] ?? 0), ...numbers.map((value) => number(value))];
    });
  });
  return { columns: markers, rows };
}

/** @type {Panel} */
export const plane = {
  id: "plane",
  title: pictures.plane,
  help: pictures.planeHelp,
  acts: [],
  facets,
  series,
  base,
  markers,
  figure,
  table,
  caption,
};
