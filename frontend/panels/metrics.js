/** What is measured of a network while it learns, one thing at a time: accuracy, pace of the layers, noise, saturation. */

/** @import { Axis, Panel, RunView, Scene, Series } from "../types/page.js" */

import { linearSpan, logSpan } from "../plot/ranges.js";
import { isNetwork } from "../state/spec.js";
import { pictures } from "../words/pictures.js";
import { number } from "../words/plot.js";
import { axis, drawAxes, FONT } from "./frame/axes.js";
import { inOrder } from "./frame/line-style.js";
import { drawCursor, drawMarkers, drawNote, overSteps } from "./frame/over-steps.js";
import { quietFigure } from "./frame/snapshots.js";
import { lrLimit } from "./lr-limit.js";
import { bothSeries, createMeasured, layerSeries, measuredSeries, measuredTable, spansOf } from "./measured.js";

export const HEALTHY = 1e-3; // update : weight of a layer that learns at a healthy pace
const GAP = 22; // between the two facets of the noise

/** @param {string} prefix */
const named = (prefix) => (/** @type {RunView} */ run) =>
  [...run.columns.keys()].filter((name) => name.startsWith(prefix));

/**
 * @param {readonly Series[]} series
 * @returns {Axis}
 */
function percentAxis(series) {
  const low = Math.min(100, ...spansOf(series).map((one) => one.low));
  return axis([Math.max(0, 10 * Math.floor(low / 10 - 0.5)) - 1, 103]);
}

/**
 * An axis of update : weight, which always shows 1e-3.
 *
 * @param {readonly Series[]} series
 * @returns {Axis}
 */
export function ratioAxis(series) {
  const seen = spansOf(series);
  const low = Math.min(HEALTHY / 2, ...seen.map((one) => one.positive));
  const high = Math.max(2 * HEALTHY, ...seen.map((one) => one.high));
  return axis(logSpan(Math.max(low, 1e-9), Math.min(high, 1e3)), "", true);
}

/** @param {readonly Series[]} series */
export function saturationAxis(series) {
  const high = Math.max(0, ...spansOf(series).map((one) => one.high));
  return axis([-1, high > 45 ? 103 : high > 9 ? 52 : 10.5]);
}

/** @param {Scene} scene */
export const embedsOf = ({ spec }) => spec.problem.kind === "character";

/** @param {Scene} scene */
const ratios = (scene) => layerSeries(scene, "ratio", { embeds: embedsOf(scene) });

/** @param {Scene} scene */
const saturations = (scene) => layerSeries(scene, "saturated", { scale: 100 });

/** @param {Scene} scene */
const aboutRun = (scene) => (scene.runs.length > 1 ? (scene.runs[scene.view.selected]?.label ?? "") : "");

export const accuracy = createMeasured({
  id: "accuracy",
  title: pictures.accuracyPercent,
  help: pictures.accuracyHelp,
  series: (scene) => bothSeries(scene, "accuracy", 100),
  axis: percentAxis,
  note: (scene) => (scene.runs.some((run) => run.n > 0) ? pictures.percentNote : ""),
  columns: () => ["train_accuracy", "val_accuracy"],
});

export const ratio = createMeasured({
  id: "ratio",
  title: pictures.ratio,
  help: pictures.ratioHelp,
  series: ratios,
  axis: ratioAxis,
  note: aboutRun,
  guide: [HEALTHY, pictures.guide],
  columns: named("ratio"),
});

export const saturation = createMeasured({
  id: "saturation",
  title: pictures.saturation,
  help: pictures.saturationHelp,
  series: saturations,
  axis: saturationAxis,
  note: (scene) => [pictures.percentOfUnits, aboutRun(scene)].filter(Boolean).join(" · "),
  columns: named("saturated"),
});

/**
 * Cosine and signal : noise of every run, in the upper and the lower facet.
 * @param {Scene} scene
 */
function noiseSeries(scene) {
  return inOrder(scene).flatMap((run) => [
    ...measuredSeries(scene, run, "cosine", { marks: "train_loss", part: 0, facet: 0 }),
    ...measuredSeries(scene, run, "snr", { marks: "train_loss", part: 8, facet: 1 }),
  ]);
}

/** @param {Scene} scene */
function noiseNote({ spec }) {
  return spec.runs.some((run) => run.batch_size) ? pictures.cosine : pictures.fullBatch;
}

/** @param {Scene} scene */
function noiseFacets(scene) {
  const series = noiseSeries(scene);
  const [whole] = overSteps(scene, axis([0, 1]), noiseNote(scene));
  if (!whole) return [];
  const height = Math.max(20, (whole.box.height - GAP) / 2);
  const cosines = spansOf(series.filter(({ facet }) => facet === 0));
  const ratios = spansOf(series.filter(({ facet }) => facet === 1));
  const low = Math.min(0.9, ...cosines.map((one) => one.low));
  const y = [
    axis([low < 0 ? -1.05 : linearSpan(Math.max(0, low - 0.1), 1)[0], 1.06]),
    axis(
      logSpan(
        Math.max(1e-4, Math.min(0.5, ...ratios.map((one) => one.positive))),
        Math.max(2, ...ratios.map((one) => one.high)),
      ),
      "",
      true,
    ),
  ];
  return y.map((one, i) => {
    const box = { ...whole.box, y: whole.box.y + i * (height + GAP), height };
    return { ...whole, box, y: one };
  });
}

/** @type {Panel} */
export const noise = {
  id: "noise",
  title: pictures.noise,
  help: pictures.noiseHelp,
  acts: ["seek"],
  facets: noiseFacets,
  series: noiseSeries,
  base(pen, scene, facets) {
    const names = [pictures.cosine, pictures.snr];
    facets.forEach((facet, i) => {
      drawAxes(pen, facet, scene.ink, { xLabels: i === facets.length - 1 });
      pen.font = FONT;
      pen.textAlign = "left";
      pen.fillStyle = scene.ink.muted;
      if (i > 0) pen.fillText(names[i] ?? "", facet.box.x, facet.box.y - 9);
    });
    drawNote(pen, scene, noiseNote(scene));
  },
  markers(pen, scene, markers, facets) {
    facets.forEach((facet, i) => {
      drawCursor(pen, scene, facet);
      const here = markers.filter((marker) => marker.facet === facet || marker.series.facet === i);
      const first = here.map((marker) => ({ ...marker, series: { ...marker.series, part: 0 } }));
      drawMarkers(pen, scene, first, facet, ({ series, index }) => number(series.y[index] ?? NaN));
    });
  },
  figure: quietFigure,
  table: (runs, step) => measuredTable(runs, step, () => ["cosine", "snr"]),
};

const FACTS = { limit: lrLimit, accuracy, ratio, noise, saturation };

/**
 * What the second card beside the picture shows.
 * @param {Pick<Scene, "spec" | "view">} scene
 */
export function metricOf({ spec, view }) {
  return isNetwork(spec.problem) ? FACTS[view.fact] : lrLimit;
}

/** @type {Panel} */
export const metrics = {
  id: "facts",
  title: lrLimit.title,
  help: lrLimit.help,
  acts: ["seek"],
  facets: (scene) => metricOf(scene).facets(scene),
  series: (scene, facets) => metricOf(scene).series(scene, facets),
  base: (pen, scene, facets) => metricOf(scene).base(pen, scene, facets),
  markers: (pen, scene, markers, facets) => metricOf(scene).markers(pen, scene, markers, facets),
  figure: (scene, facets) => metricOf(scene).figure(scene, facets),
  table: (runs, step, variables, seen) => (seen ? metricOf(seen) : lrLimit).table(runs, step, variables, seen),
};
