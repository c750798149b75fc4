/** The legend of a picture: every run's line and marker, its label, and what came of it. */

/** @import { Shown } from "./picture.js" */

import { FONT } from "../panels/frame/axes.js";
import { drawSymbol, fitted } from "../panels/frame/glyphs.js";
import { inkColors, styleOf } from "../plot/palette.js";
import { isNetwork } from "../state/spec.js";
import { saving } from "../words/export.js";
import { verdict } from "../words/workbench.js";

const ROW = 20;
const LINE = 32; // pixels of a run's line
const APART = 24; // pixels between two entries
const MOST = 12; // entries; a larger number is told
const LONGEST = 340; // pixels of an entry's text

/** @typedef {{ index: number, text: string, x: number, y: number }} Entry `index` -1: the runs that are not listed. */
/** @typedef {{ entries: Entry[], height: number }} Legend */

/**
 * Put the entries in rows that are as wide as there is room.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Shown} shown
 * @param {{ x: number, y: number, width: number }} room
 * @returns {Legend}
 */
export function legendOf(pen, shown, { x, y, width }) {
  pen.font = FONT;
  const { runs } = shown;
  const texts = runs.slice(0, MOST).map((run, i) => ({ index: run.index, text: textOf(shown, i) }));
  if (runs.length > MOST) texts.push({ index: -1, text: saving.more(runs.length - MOST) });
  /** @type {Entry[]} */
  const entries = [];
  let [left, top] = [x, y + ROW / 2];
  for (const { index, text } of texts) {
    const shown = fitted(pen, text, Math.min(LONGEST, width - LINE));
    const wide = pen.measureText(shown).width + (index < 0 ? 0 : LINE + 8);
    if (left > x && left + wide > x + width) [left, top] = [x, top + ROW];
    entries.push({ index, text: shown, x: left, y: top });
    left += wide + APART;
  }
  return { entries, height: entries.length > 0 ? top + ROW / 2 - y : 0 };
}

/**
 * A run's label, and what came of it.
 *
 * @param {Shown} shown
 * @param {number} i
 */
export function textOf({ runs, spec }, i) {
  const run = runs[i];
  if (!run?.outcome) return run?.label ?? "";
  const { word } = verdict(run.outcome, isNetwork(spec.problem));
  return `${run.label}: ${saving.outcome(word, run.outcome.step)}`;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Shown} shown
 * @param {Legend} legend
 */
export function drawLegend(pen, { view: { theme } }, { entries }) {
  const ink = inkColors(theme);
  for (const { index, text, x, y } of entries) {
    if (index >= 0) drawSample(pen, index, theme, x, y, ink.card);
    pen.font = FONT;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillStyle = ink.text;
    pen.fillText(text, index < 0 ? x : x + LINE + 8, y);
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} index
 * @param {"light" | "dark"} theme
 * @param {number} x
 * @param {number} y
 * @param {string} outline
 */
function drawSample(pen, index, theme, x, y, outline) {
  const { color, dash, symbol } = styleOf(index, theme);
  pen.strokeStyle = color;
  pen.lineWidth = 2;
  pen.lineCap = "butt";
  pen.setLineDash(dash);
  pen.lineDashOffset = 0;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + LINE, y);
  pen.stroke();
  pen.setLineDash([]);
  drawSymbol(pen, symbol, x + LINE / 2, y, 4.5, color, outline);
}
