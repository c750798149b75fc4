/** The losses of a network: of each batch faintly, of the training data as a full line, of the validation data dashed. */

/** @import { LossScale } from "../plot/ranges.js" */
/** @import { RunView, Scene, Series } from "../types/page.js" */

import { mix } from "../plot/palette.js";
import { linearSpan, logSpan, percentile, summary } from "../plot/ranges.js";
import { pictures } from "../words/pictures.js";
import { inOrder, seriesOf } from "./frame/line-style.js";
import { placesOf } from "./frame/x-axis.js";
import { bothSeries, checked, measuredSeries } from "./measured.js";
import { runningMean, windowOf } from "./running-mean.js";

const FAINT = 0.62; // how far the batch's line is mixed into the card
const BATCH = 2; // its part
const AVERAGE = 3; // that of the averaged parameters
const AVERAGED = { part: AVERAGE, dash: [1.5, 3.5], width: 1.5 };
const RARE = 0.01; // the lowest batches may be below the axis
const HEADROOM = 2; // decades above the start before a run is off scale

/**
 * @param {Scene} scene
 * @param {RunView} run
 */
function inBatches({ spec }, run) {
  return Boolean(spec.runs[run.index]?.batch_size);
}

/**
 * @param {Scene} scene
 * @returns {Series[]}
 */
export function lossSeries(scene) {
  const runs = inOrder(scene);
  const batches = runs.filter((run) => inBatches(scene, run) && checked(scene, run));
  const whole = runs.filter((run) => !inBatches(scene, run));
  return [
    ...batches.map((run) => batchSeries(scene, run)),
    ...bothSeries(scene, "loss").filter(({ run, part }) => part === 1 || inBatches(scene, run)),
    // Without batches the loss of every step is the training loss, and known at every step.
    ...whole.flatMap((run) => wholeSeries(scene, run)),
    ...runs.flatMap((run) => measuredSeries(scene, run, "average_loss", { marks: "train_loss", ...AVERAGED })),
  ];
}

/**
 * The loss of the averaged parameters of a run on a surface, where they are kept.
 *
 * @param {Scene} scene
 * @param {RunView} run
 * @param {number} shift
 * @returns {Series[]}
 */
export function averageSeries(scene, run, shift) {
  const y = run.columns.get("average_loss");
  return y && summary(run, "average_loss").high > -Infinity
    ? [seriesOf(scene, run, { y, shift, monotone: true, ...AVERAGED })]
    : [];
}

/**
 * @param {Scene} scene
 * @param {RunView} run
 */
function batchSeries(scene, run) {
  const series = wholeSeries(scene, run);
  const window = windowOf(scene, run);
  const y = window ? runningMean(run, window) : series.y;
  return { ...series, y, part: BATCH, width: 1, color: mix(series.color, scene.ink.card, FAINT) };
}

/**
 * @param {Scene} scene
 * @param {RunView} run
 */
function wholeSeries(scene, run) {
  const y = run.columns.get("loss") ?? new Float64Array(run.n);
  return seriesOf(scene, run, { x: placesOf(scene, run), y, monotone: true });
}

/**
 * What the lines are, in words.
 * @param {Scene} scene
 */
export function lossNote(scene) {
  if (!scene.runs.some((run) => run.n > 0)) return "";
  const batches = scene.runs.some((run) => inBatches(scene, run));
  const check = scene.runs.some((run) => measuredSeries(scene, run, "val_loss").length > 0);
  const mean = scene.runs.some((run) => windowOf(scene, run) > 0);
  const averaged = scene.runs.some((run) => run.columns.has("average_loss"));
  return batches || check || averaged ? pictures.legend(batches, check, mean, averaged) : "";
}

/**
 * The span of the losses: of what is measured on all data, and of most batches.
 *
 * @param {Scene} scene
 * @returns {LossScale}
 */
export function lossesScale(scene) {
  const { log } = scene.view;
  const seen = scene.runs
    .filter((run) => run.n > 0)
    .map((run) => {
      const all = ["train_loss", "val_loss", "average_loss"].flatMap((name) => {
        const one = summary(run, name);
        return Number.isFinite(one.low) ? [one] : [];
      });
      const loss = summary(run, "loss");
      const rare = percentile(
        loss.sample.filter((value) => value > 0),
        inBatches(scene, run) ? RARE : 0,
      );
      return { run, all, loss, low: Math.min(rare || Infinity, ...all.map((one) => one.positive)) };
    })
    .filter(({ loss }) => Number.isFinite(loss.low));
  if (seen.length === 0) return { range: log ? [-2, 1] : [0, 1], log, shift: 0, zero: false };
  const start = Math.max(...seen.map(({ loss }) => loss.start));
  const highest = Math.max(...seen.flatMap(({ loss, all }) => [loss.high, ...all.map((one) => one.high)]));
  const usual = Math.max(...seen.map(({ loss }) => percentile(loss.sample, 0.99)));
  const low = Math.min(...seen.map((one) => one.low));
  const bottom = Number.isFinite(low) ? low : 1e-3;
  const cap = start * 10 ** HEADROOM;
  if (!log)
    return {
      range: linearSpan(0, Math.min(highest, Math.max(start, Math.min(usual, 2 * start)))),
      log,
      shift: 0,
      zero: false,
    };
  const top = Math.max(Math.min(highest, Math.max(start, Math.min(usual, cap))), bottom);
  return { range: logSpan(bottom, top), log, shift: 0, zero: false };
}
