/** Loss against step: logarithmic by default, honest about runs that leave the picture. */

/** @import { Exit, LossScale } from "../plot/ranges.js" */
/** @import { Facet, Figure, Marker, Panel, RunView, Scene } from "../types/page.js" */

import { toPixel } from "../plot/ink.js";
import { mix } from "../plot/palette.js";
import { exitOf, lossScale } from "../plot/ranges.js";
import { indexAt, stepAt, valueAt } from "../state/run-data.js";
import { isNetwork } from "../state/spec.js";
import { inSentence } from "../words/fields.js";
import { columns, number, plot } from "../words/plot.js";
import { drawBandWord, HATCH, hatch } from "./band.js";
import { axis, drawAxes, FONT } from "./frame/axes.js";
import { drawArrow, drawText } from "./frame/glyphs.js";
import { inOrder, lineStyle, seriesOf } from "./frame/line-style.js";
import { drawCursor, drawMarkers, drawNote, hoverFigure, overSteps, placerFor } from "./frame/over-steps.js";
import { rowsOf } from "./frame/rows.js";
import { factorOf } from "./frame/x-axis.js";
import { drawGhost } from "./ghost.js";
import { averageSeries, lossesScale, lossNote, lossSeries } from "./losses.js";
import { runningMean, windowOf } from "./running-mean.js";

const SINGLE = 2; // the part of losses that are also averaged
const FAINT = 0.72; // how far these are mixed into the card
const MOST_EXITS = 3; // that are told in words
const ROW = 15;
const MARK = "600 15px system-ui, sans-serif";

/** @type {WeakMap<readonly RunView[], { log: boolean, best: number | null, network: boolean, scale: LossScale }>} */
const scales = new WeakMap();

/**
 * The scale of a scene; the same for every frame until there are other runs.
 * @param {Scene} scene
 */
function scaleOf(scene) {
  const { runs, landscape } = scene;
  const { log } = scene.view;
  const best = landscape?.best ?? null;
  const network = isNetwork(scene.spec.problem);
  const old = scales.get(runs);
  if (old && old.log === log && old.best === best && old.network === network) return old.scale;
  const scale = network ? lossesScale(scene) : lossScale(runs, log, best);
  scales.set(runs, { log, best, network, scale });
  return scale;
}

/** @type {WeakMap<RunView, { top: number, exit: Exit }>} */
const exits = new WeakMap();

/**
 * @param {RunView} run
 * @param {LossScale} scale
 */
function knownExit(run, scale) {
  const [, top] = scale.range;
  const old = exits.get(run);
  if (old?.top === top && old.exit.n === run.n) return old.exit;
  const exit = exitOf(run, scale);
  exits.set(run, { top, exit });
  return exit;
}

/** @param {Scene} scene */
function noteOf(scene) {
  if (isNetwork(scene.spec.problem)) return lossNote(scene);
  const scale = scaleOf(scene);
  if (!scale.log) return plot.linear;
  const mean = scene.runs.some((run) => windowOf(scene, run) > 0) && plot.runningMean;
  const averaged = scene.runs.some((run) => run.columns.has("average_loss")) && plot.averaged;
  const notes = [mean, averaged, scale.shift !== 0 && plot.shifted(scale.shift), scale.zero && plot.exactlyZero];
  return notes.filter(Boolean).join("; ") || plot.logarithmic;
}

/** Whether a row for what is not finite is needed below the axis. @param {Scene} scene */
function ends(scene) {
  const scale = scaleOf(scene);
  return scene.runs.some((run) => run.n > 0 && knownExit(run, scale).nonfinite !== null);
}

/** @param {Scene} scene */
function facets(scene) {
  const { range, log } = scaleOf(scene);
  return overSteps(scene, axis(range, plot.loss, log), noteOf(scene), ends(scene) ? ROW : 0);
}

/** @param {Scene} scene */
function series(scene) {
  if (isNetwork(scene.spec.problem)) return lossSeries(scene);
  const { shift } = scaleOf(scene);
  return inOrder(scene).flatMap((run) => {
    const { dash, color } = lineStyle(scene, run);
    const y = run.columns.get("loss") ?? new Float64Array(run.n);
    const line = seriesOf(scene, run, { y, shift, dash, monotone: true });
    const average = averageSeries(scene, run, shift);
    const window = windowOf(scene, run);
    if (window === 0) return [line, ...average];
    const single = { ...line, part: SINGLE, dash: [], width: 1, color: mix(color, scene.ink.card, FAINT) };
    return [single, { ...line, y: runningMean(run, window) }, ...average];
  });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 */
function base(pen, scene, shown) {
  for (const facet of shown) drawAxes(pen, facet, scene.ink);
  drawNote(pen, scene, noteOf(scene));
  for (const facet of shown) drawGhost(pen, scene, facet, isNetwork(scene.spec.problem) ? 0 : scaleOf(scene).shift);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} moving
 * @param {readonly Facet[]} shown
 */
function markers(pen, scene, moving, [facet]) {
  if (!facet) return;
  drawCursor(pen, scene, facet);
  const placer = placerFor(scene, facet);
  drawExits(pen, scene, facet, placer);
  drawMarkers(pen, scene, moving, facet, (marker) => marker.series.run.label, placer);
}

/**
 * The runs that have left the picture: an arrow where, a hatched band from there on, and a sentence.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {ReturnType<typeof placerFor>} placer
 */
function drawExits(pen, scene, facet, placer) {
  const scale = { ...scaleOf(scene), range: facet.y.range };
  const gone = inOrder(scene)
    .reverse()
    .flatMap((run) => {
      const exit = knownExit(run, scale);
      if (exit.off === null || scene.clock.step < exit.off) return [];
      return [{ run, ...exit, off: exit.off, x: crossing(scene, facet, run, exit.off, scale.shift) }];
    });
  gone.forEach(({ run, off, exact, nonfinite, what, x }, row) => {
    const { color } = lineStyle(scene, run);
    const diverged = run.outcome?.kind === "diverged";
    hatch(pen, { x, y: facet.box.y, width: facet.box.x + facet.box.width - x, height: HATCH }, color);
    if (diverged && row === 0) drawBandWord(pen, scene, facet);
    drawArrow(pen, x, facet.box.y - 3, -Math.PI / 2, 12, color, scene.ink.card);
    const ended = nonfinite !== null && scene.clock.step >= nonfinite ? nonfinite : null;
    const place = (ended ?? 0) * factorOf(scene, run);
    if (ended !== null) drawMark(pen, placer, scene, facet, what === "NaN" ? "NaN" : "∞", place, color);
    if (row > MOST_EXITS) return;
    const last = ended === null ? "" : plot.nonfinite(what, ended);
    const words =
      row === MOST_EXITS
        ? [plot.more(gone.length - MOST_EXITS)]
        : [`${run.label}:`, plot.offScale(off, exact) + (last && ","), last];
    const arrows = gone.map((exit) => exit.x).filter((other) => Math.abs(other - x) < 2 * ROW);
    drawSentence(pen, placer, scene, facet, words.filter(Boolean), Math.max(...arrows) + 10);
  });
}

/**
 * A sentence below the upper edge, in one line where there is room for it beside the line that has left. In a low
 * picture, which its lines would cover, only who it is and what came last: arrow and band say the rest.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {ReturnType<typeof placerFor>} placer
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {readonly string[]} words
 * @param {number} from Where the room begins.
 */
function drawSentence(pen, placer, { ink }, { box }, words, from) {
  pen.font = FONT;
  const right = box.x + box.width + 6;
  const widthOf = (/** @type {string} */ text) => pen.measureText(text).width;
  const low = ROW * words.length > (box.height - HATCH) / 2;
  const short = words.filter((_, i) => i === 0 || i === words.length - 1).join(" ");
  const apart = low ? [short] : words;
  const lines = widthOf(words.join(" ")) <= right - from ? [words.join(" ")] : apart;
  const width = Math.max(...lines.map(widthOf));
  const x = Math.max(box.x + 4, Math.min(from, right - width));
  const height = ROW * lines.length;
  const place = placer.place(
    Array.from({ length: 10 }, (_, i) => ({
      x,
      y: box.y + HATCH + 3 + i * ROW,
      width: Math.min(width, right - x),
      height,
    })),
  );
  if (!place) return;
  for (const [i, text] of lines.entries()) drawText(pen, text, x, place.y + ROW * i + 8, ink.text, ink.card);
}

/**
 * Where a run's line leaves through the upper edge, in pixels.
 *
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {RunView} run
 * @param {number} off
 * @param {number} shift
 */
function crossing(scene, facet, run, off, shift) {
  const loss = run.columns.get("loss");
  const after = indexAt(run, off);
  const before = Math.max(0, after - 1);
  const unit = factorOf(scene, run);
  const [x0, y0] = toPixel(facet, unit * stepAt(run, before), loss?.[before] ?? NaN, shift);
  const [x1, y1] = toPixel(facet, unit * off, loss?.[after] ?? NaN, shift);
  const share = Number.isFinite(y1) && y1 < y0 ? Math.max(0, Math.min(1, (facet.box.y - y0) / (y1 - y0))) : 0;
  return Math.max(facet.box.x, Math.min(facet.box.x + facet.box.width, x0 + share * (x1 - x0)));
}

/**
 * A mark in the row below the axis, where a run's numbers end.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {ReturnType<typeof placerFor>} placer
 * @param {Scene} scene
 * @param {Facet} facet
 * @param {string} text
 * @param {number} at On the axis.
 * @param {string} color
 */
function drawMark(pen, placer, scene, facet, text, at, color) {
  const [x] = toPixel(facet, at, 1);
  pen.font = MARK;
  const width = pen.measureText(text).width;
  const left = Math.min(x - width / 2, facet.box.x + facet.box.width + 12 - width);
  const y = facet.box.y + facet.box.height + 23;
  const beside = [0, 1, -1, 2, -2, 3, -3].map((n) => ({ x: left + n * (width + 2), y, width, height: ROW }));
  const place = placer.place(beside);
  if (place) drawText(pen, text, place.x, place.y + 8, color, scene.ink.card, { font: MARK });
}

/**
 * @param {Scene} scene
 * @param {readonly Facet[]} shown
 * @returns {Figure}
 */
function figure(scene, shown) {
  return hoverFigure(scene, shown, series(scene), inSentence(plot.loss));
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} step
 */
function table(runs, step) {
  if (runs.some((run) => run.columns.has("train_loss"))) return networkTable(runs, step);
  return lossTable(runs, step, { loss: columns.loss, average_loss: columns.averageLoss, grad_norm: columns.gradient });
}

/**
 * @param {readonly RunView[]} runs
 * @param {number} step
 */
function networkTable(runs, step) {
  const { batchLoss, trainingLoss, validationLoss, averageLoss, averageCheck, gradient } = columns;
  const losses = { loss: batchLoss, train_loss: trainingLoss, val_loss: validationLoss };
  const averages = { average_loss: averageLoss, average_val_loss: averageCheck };
  return lossTable(runs, step, { ...losses, ...averages, grad_norm: gradient });
}

/**
 * The numbers of columns at a step; averages only where there are some.
 *
 * @param {readonly RunView[]} runs
 * @param {number} step
 * @param {Record<string, string>} heads What the columns are called.
 */
function lossTable(runs, step, heads) {
  const averaged = runs.some((run) => run.columns.has("average_loss"));
  const names = Object.keys(heads).filter((name) => averaged || !name.startsWith("average"));
  const rows = rowsOf(runs, step, (run, at) => names.map((name) => number(valueAt(run, name, at))));
  return { columns: [columns.run, columns.step, ...names.map((name) => heads[name] ?? name)], rows };
}

/** @type {Panel} */
export const loss = {
  id: "loss",
  title: plot.loss,
  help: plot.lossHelp,
  acts: ["seek"],
  facets,
  series,
  base,
  markers,
  figure,
  table,
};
