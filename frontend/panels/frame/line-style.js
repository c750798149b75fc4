/** How strongly a run is drawn: the one pointed at stands out, the others step back. */

/** @import { RunView, Scene, Series } from "../../types/page.js" */

import { mix, styleOf } from "../../plot/palette.js";

/**
 * Colour, dash and marker of a run, and how wide its line is; `back` where it steps back behind another.
 *
 * @param {Scene} scene
 * @param {RunView} run
 */
export function lineStyle({ view, ink, runs }, run) {
  const pointed = view.hovered === run.index;
  const chosen = pointed || (view.hovered === null && view.selected === run.index && runs.length > 1);
  const style = styleOf(run.index, view.theme, chosen);
  const back = view.hovered !== null && !pointed;
  const color = back ? mix(style.color, ink.card, 0.72) : style.color;
  return { ...style, color, width: pointed ? 3.25 : chosen ? 2.5 : 1.75, back };
}

/**
 * The runs in the order of drawing: the one that matters most is on top.
 * @param {Scene} scene
 */
export function inOrder({ runs, view }) {
  const weight = (/** @type {RunView} */ run) =>
    2 * Number(run.index === view.hovered) + Number(run.index === view.selected);
  return runs.filter((run) => run.n > 0).sort((a, b) => weight(a) - weight(b));
}

/**
 * A series with colour, width and marker of its run; without its dash, which two runs on one path would need.
 *
 * @param {Scene} scene
 * @param {RunView} run
 * @param {Pick<Series, "y"> & Partial<Series>} line
 * @returns {Series}
 */
export function seriesOf(scene, run, line) {
  const { color, width, symbol } = lineStyle(scene, run);
  return { run, facet: 0, x: null, shift: 0, color, width, symbol, dash: [], dots: 0, monotone: false, ...line };
}

const MOST_PARTS = 64; // lines of one run in a panel

/**
 * A number for a line: no two in a panel have the same.
 * @param {Series} series
 */
export function keyOf({ run, part = 0 }) {
  return run.index * MOST_PARTS + part;
}

/**
 * Whether a run's label is drawn: all where there is room, else of the runs that were chosen.
 *
 * @param {Scene} scene
 * @param {RunView} run
 * @param {number} room Labels that fit without standing in the way of the lines.
 */
export function isLabelled({ runs, view }, run, room) {
  return view.hovered === null ? runs.length <= room || view.selected === run.index : view.hovered === run.index;
}
