/** The map's sentences. */

import { inSentence } from "./fields.js";
import { count, number } from "./plot.js";
import { fieldName } from "./sweep.js";
import { timeLeft } from "./training.js";

export const map = {
  card: "Map",
  axes: "What varies",
  across: "Horizontal",
  up: "Vertical",
  from: "From",
  to: "To",
  scale: "Scale",
  scales: { log: "logarithmic", linear: "linear" },
  size: "Cells",
  sizes: (/** @type {number} */ n) => `${n} × ${n}`,
  begin: "Compute the map",
  back: "Back",
  whole: "Whole map",
  zoom: (/** @type {number} */ n) => `Zoom ${n}`,
  png: "PNG",
  npz: "NPZ",
  empty: "Each pixel is one run. Pick two settings.",
  hint: "Point at a cell to read it, click to play its run, drag to zoom in. Keys: arrows, Enter, + and Escape.",
  border: "Stability limit in theory",
  kinds: /** @type {Record<string, string>} */ ({
    converged: "converged",
    diverged: "diverged (hatched)",
    growing: "growing",
    oscillating: "oscillating",
    stalled: "stalled",
    unfinished: "still on its way",
  }),
  lighter: "Lighter is faster.",
  picture: "Outcome of every run; use the arrow keys to read cells, Enter to play one.",
  progress: (/** @type {number} */ done, /** @type {number} */ all, /** @type {number | null} */ left) =>
    [`${count(done)} of ${count(all)} cells`, timeLeft(left ?? NaN)].filter(Boolean).join(", "),
  done: (/** @type {number} */ all, /** @type {number} */ seconds) => `${count(all)} runs in ${number(seconds)} s`,
  played: "The run of this cell",
  playing: "Computing this very run …",
  use: "Use these values",
  deepest: "Maximum zoom: cells can no longer be told apart.",
  loss: "loss",
  table: "Cells as a table",
  corner: (/** @type {string} */ across, /** @type {string} */ up) => `${up} ↑, ${across} →`,
  short: (/** @type {string} */ word, /** @type {number} */ step) =>
    Number.isNaN(step) ? word : `${word} at ${count(step)}`,
  unknown: "not yet",
  undetermined: "undetermined",
  unjudged: (/** @type {string} */ steps, /** @type {string} */ loss) =>
    `what came of it could not be determined; after ${steps} steps its loss was ${loss}.`,
  waiting: "This cell has not been computed yet.",
};

/**
 * What a field is called on an axis.
 * @param {string} path
 */
export function axisName(path) {
  if (path.startsWith("run.layer_lr.")) return `lr of layer ${Number(path.split(".")[2]) + 1}`;
  if (path.startsWith("run.start.")) return `start, coordinate ${Number(path.split(".")[2]) + 1}`;
  return inSentence(fieldName(path));
}

/**
 * A cell in words.
 *
 * @param {string[]} fields
 * @param {number[]} values
 * @param {{ kind: string, step: number, loss: number, growth: number, minimum: number } | null} cell
 * @param {{ steps: number, minima: unknown[] }} about
 */
export function cellWords(fields, values, cell, { steps, minima }) {
  const where = fields.map((field, i) => `${axisName(field)} ${number(values[i] ?? NaN)}`).join(", ");
  if (!cell) return `${where}: ${map.waiting}`;
  return `${where}: ${outcomeWords(cell, steps, minima.length)}`;
}

/**
 * A cell in a table.
 * @param {{ kind: string, step: number } | null} cell
 */
export function cellShort(cell) {
  if (!cell) return map.unknown;
  if (cell.kind === "") return map.undetermined;
  const stepped = cell.kind === "diverged" || cell.kind === "converged";
  return map.short(cell.kind === "unfinished" ? (map.kinds.unfinished ?? "") : cell.kind, stepped ? cell.step : NaN);
}

/**
 * @param {{ kind: string, step: number, loss: number, growth: number, minimum: number }} cell
 * @param {number} steps
 * @param {number} minima How many are known.
 */
function outcomeWords({ kind, step, loss, growth, minimum }, steps, minima) {
  const reached = Number.isFinite(minimum) && minima > 1 ? ` at minimum ${minimum + 1}` : "";
  if (kind === "diverged") return `diverged at step ${count(step)}.`;
  if (kind === "converged") return `converged${reached} at step ${count(step)}.`;
  const trend = Number.isFinite(growth) ? `, lately × ${number(growth)} per step` : "";
  if (kind === "") return map.unjudged(count(steps), number(loss));
  const name =
    { stalled: `stalled${reached}`, oscillating: "oscillating", growing: "growing" }[kind] ?? "still on its way";
  return `${name} after ${count(steps)} steps, loss ${number(loss)}${trend}.`;
}
