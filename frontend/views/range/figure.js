/** The curve of a range test in ink: raw losses, band and median, rules and limit with their labels, and what blew up. */

/** @import { Axis, Box, Facet, InkColors, MarkerSymbol, RunView } from "../../types/page.js" */
/** @import { RangeFindings } from "../../types/wire.js" */

import { hatch } from "../../panels/band.js";
import { axis, drawAxes, FONT, line } from "../../panels/frame/axes.js";
import { drawSymbol, drawText } from "../../panels/frame/glyphs.js";
import { toPixel } from "../../plot/ink.js";
import { inkColors, mix, styleOf } from "../../plot/palette.js";
import { inSentence } from "../../words/fields.js";
import { range as words } from "../../words/range.js";
import { number, toNumber } from "../../words/workbench.js";

const MOST = 3; // times the first loss: what is above leaves the picture
const MIDDLE = 0.5; // labels of larger rates are at the left of their lines
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 12, 20, 26];
const ROW = 17; // pixels of a rule's label
const TIGHT = 13; // where there is little room: labels still stand one below the other
const CURVE = 0.5; // at least this share of the height is the curve's ...
const LEAST = 0.35; // ... or this one, where labels would lie on each other
const FAINT = 0.55; // how far single runs are mixed into the card

/**
 * @typedef {object} Mark A rate with a name.
 * @property {string} text
 * @property {number} lr
 * @property {boolean} right Its label is at the left of its line, as the rate is large.
 * @property {string} color
 * @property {number[]} dash
 * @property {MarkerSymbol | null} symbol null: the limit, a thick line.
 */

/**
 * @typedef {object} Plan
 * @property {Axis} x
 * @property {Axis} y
 * @property {Line[]} raw
 * @property {{ low: Line, high: Line } | null} band
 * @property {Line | null} median
 * @property {number | null} blown From which rate on.
 * @property {Mark[]} marks From the uppermost to the lowest.
 */

/** @typedef {{ lr: ArrayLike<number>, loss: ArrayLike<number>, n: number }} Line */

/**
 * What is drawn.
 *
 * @param {readonly RunView[]} runs
 * @param {RangeFindings | null} found
 * @param {[number, number]} rates First and last rate.
 * @param {"light" | "dark"} theme
 * @returns {Plan}
 */
export function planOf(runs, found, [first, last], theme) {
  const { low, high, log } = lossSpan(runs, found);
  const y = axis(log ? [Math.log10(low), Math.log10(high)] : [low, high], inSentence(words.loss), log);
  const x = axis([Math.log10(first), Math.log10(last)], inSentence(words.rate), true);
  const raw = runs.map((run) => ({
    lr: run.columns.get("lr") ?? [],
    loss: run.columns.get("loss") ?? [],
    n: run.n,
  }));
  if (!found) return { x, y, raw, band: null, median: null, blown: null, marks: [] };
  const lr = found.band.lr.map(toNumber);
  const over = (/** @type {RangeFindings["band"]["low"]} */ values) => ({
    lr,
    loss: values.map(toNumber),
    n: values.length,
  });
  const band = found.seeds < 2 ? null : { low: over(found.band.low), high: over(found.band.high) };
  const blown = found.blow_up?.lr ?? null;
  return { x, y, raw, band, median: over(found.band.median), blown, marks: marksOf(found, [first, last], theme) };
}

/**
 * The losses that are shown, from the lowest to somewhat above the first.
 *
 * @param {readonly RunView[]} runs
 * @param {RangeFindings | null} found
 */
export function lossSpan(runs, found) {
  let [low, first] = [Infinity, -Infinity];
  for (const run of runs) {
    const loss = run.columns.get("loss") ?? [];
    if (run.n > 0 && Number.isFinite(loss[0])) first = Math.max(first, loss[0] ?? first);
    for (let i = 0; i < run.n; i++) if (Number.isFinite(loss[i])) low = Math.min(low, loss[i] ?? low);
  }
  for (const value of found?.band.median ?? []) low = Math.min(low, toNumber(value) || low);
  if (!Number.isFinite(low)) return { low: 0.1, high: 1, log: true };
  first = Math.max(first, low);
  const log = low > 0;
  if (log) return { low: low / 1.3, high: Math.max(MOST * first, 2 * low), log };
  return { low: low - 0.05 * (first - low || 1), high: first + 0.5 * (first - low || 1), log };
}

/**
 * The rules that suggest a rate, and the limit, each on a row of its own: at the left the smaller rate is higher, at
 * the right the larger one, so that labels, which point to the middle, are crossed by no line.
 *
 * @param {RangeFindings} found
 * @param {[number, number]} rates
 * @param {"light" | "dark"} theme
 * @returns {Mark[]}
 */
function marksOf({ rules, limit }, rates, theme) {
  const markOf = (/** @type {string} */ title, /** @type {number} */ lr) => {
    const right = Math.log(lr / rates[0]) / Math.log(rates[1] / rates[0]) > MIDDLE;
    return { text: `${title} ${number(lr)}`, lr, right };
  };
  /** @type {Mark[]} */
  const marks = rules.flatMap(({ title, lr }, i) =>
    lr === null ? [] : [{ ...markOf(title, lr), ...styleOf(i, theme, true) }],
  );
  if (limit && limit.value > rates[0] && limit.value < rates[1])
    marks.push({ ...markOf(words.limit, limit.value), color: inkColors(theme).bad, dash: [], symbol: null });
  marks.sort((a, b) => a.lr - b.lr);
  return [...marks.filter(({ right }) => !right), ...marks.filter(({ right }) => right).reverse()];
}

/**
 * Where the curve is: below the rows of its labels.
 *
 * @param {Plan} plan
 * @param {number} width
 * @param {number} height
 * @returns {Facet}
 */
export function facetOf({ x, y, marks }, width, height) {
  const room = height - TOP - BOTTOM;
  const tight = Math.min(TIGHT * marks.length, (1 - LEAST) * room);
  const rows = Math.min(ROW * marks.length, Math.max((1 - CURVE) * room, tight));
  const box = {
    x: LEFT,
    y: TOP + rows,
    width: Math.max(60, width - LEFT - RIGHT),
    height: room - rows,
  };
  return { box, x, y, run: null };
}

/**
 * Draw a range test.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Plan} plan
 * @param {number} width
 * @param {number} height
 * @param {"light" | "dark"} theme
 * @param {number | null} [pointed] Pixels from the left: what is read there.
 */
export function drawRange(pen, plan, width, height, theme, pointed = null) {
  const ink = inkColors(theme);
  const facet = facetOf(plan, width, height);
  const { box } = facet;
  pen.clearRect(0, 0, width, height);
  drawAxes(pen, facet, ink);
  const xOf = (/** @type {number} */ lr) => toPixel(facet, Math.log10(lr), 1)[0];
  if (plan.blown !== null) drawBlown(pen, box, xOf(plan.blown), ink);
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y - 1, box.width, box.height + 1);
  pen.clip();
  if (plan.band) fillBand(pen, facet, plan.band, mix(ink.accent, ink.card, 0.8));
  for (const one of plan.raw) stroke(pen, facet, one, mix(ink.muted, ink.card, FAINT), 1);
  if (plan.median) stroke(pen, facet, plan.median, ink.accent, 2.5);
  pen.restore();
  drawMarks(pen, plan.marks, facet, xOf, ink);
  const read = pointed === null ? null : readAt(plan, facet, pointed);
  if (read) drawReading(pen, box, xOf(read.lr), words.at(number(read.lr), number(read.loss)), ink);
}

/**
 * What blew up: hatched, and said so.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {number} from
 * @param {InkColors} ink
 */
function drawBlown(pen, box, from, ink) {
  const x = Math.max(box.x, from);
  const width = box.x + box.width - x;
  if (width <= 0) return;
  hatch(pen, { ...box, x, width }, mix(ink.bad, ink.card, 0.75));
  pen.font = FONT;
  const wide = pen.measureText(words.blown).width + 8;
  if (wide <= width)
    drawText(pen, words.blown, box.x + box.width - 4, box.y + box.height - 10, ink.bad, ink.card, { align: "right" });
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} facet
 * @param {Line} line
 * @param {string} color
 * @param {number} width
 */
function stroke(pen, facet, line, color, width) {
  pen.beginPath();
  trace(pen, facet, line);
  pen.setLineDash([]);
  pen.lineJoin = "round";
  pen.lineWidth = width;
  pen.strokeStyle = color;
  pen.stroke();
}

/**
 * A path through what is a number; an infinite loss is far above the picture.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} facet
 * @param {Line} line
 * @param {boolean} [back] From the last to the first, on the path that is there.
 */
function trace(pen, facet, { lr, loss, n }, back = false) {
  let broken = !back;
  for (let k = 0; k < n; k++) {
    const i = back ? n - 1 - k : k;
    const [x, y] = toPixel(facet, Math.log10(lr[i] ?? NaN), loss[i] ?? NaN);
    if (Number.isNaN(y)) broken = !back;
    else {
      const at = Math.max(-1e4, Math.min(1e4, y));
      if (broken) pen.moveTo(x, at);
      else pen.lineTo(x, at);
      broken = false;
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Facet} facet
 * @param {{ low: Line, high: Line }} band
 * @param {string} color
 */
function fillBand(pen, facet, { low, high }, color) {
  pen.beginPath();
  trace(pen, facet, low);
  trace(pen, facet, high, true);
  pen.closePath();
  pen.fillStyle = color;
  pen.fill();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {readonly Mark[]} marks
 * @param {Facet} facet
 * @param {(lr: number) => number} xOf
 * @param {InkColors} ink
 */
function drawMarks(pen, marks, { box }, xOf, ink) {
  const apart = (box.y - TOP) / Math.max(1, marks.length);
  marks.forEach(({ lr, color, dash, symbol, text, right }, row) => {
    const [x, y] = [xOf(lr), TOP + (row + 0.5) * apart - 6];
    pen.setLineDash(symbol === null ? [] : dash);
    pen.lineWidth = symbol === null ? 2.5 : 1.5;
    line(pen, color, x, y, x, box.y + box.height);
    pen.setLineDash([]);
    if (symbol !== null) drawSymbol(pen, symbol, x, y, 4.5, color, ink.card);
    drawText(pen, text, x + (right ? -10 : 10), y, ink.text, ink.card, { align: right ? "right" : "left" });
  });
}

/**
 * The smoothed loss, or that of the first run, at a place.
 *
 * @param {Plan} plan
 * @param {Facet} facet
 * @param {number} x Pixels.
 */
export function readAt({ median, raw: [first] }, { box, x: { range } }, x) {
  const line = median ?? first;
  if (!line || line.n === 0 || x < box.x || x > box.x + box.width) return null;
  const wanted = range[0] + ((x - box.x) / box.width) * (range[1] - range[0]);
  let best = 0;
  const off = (/** @type {number} */ i) => Math.abs(Math.log10(line.lr[i] ?? NaN) - wanted);
  for (let i = 1; i < line.n; i++) if (off(i) < off(best)) best = i;
  return { lr: line.lr[best] ?? NaN, loss: line.loss[best] ?? NaN };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {number} x
 * @param {string} text
 * @param {InkColors} ink
 */
function drawReading(pen, box, x, text, ink) {
  pen.lineWidth = 1;
  line(pen, ink.axis, x, box.y, x, box.y + box.height);
  const right = x < box.x + box.width / 2;
  drawText(pen, text, x + (right ? 8 : -8), box.y + 12, ink.text, ink.card, { align: right ? "left" : "right" });
}
