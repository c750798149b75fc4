/** What the pictures of a network share: the bundle, its snapshot at the clock's step, and pictures without axes. */

/** @import { Bundle, Clock, Facet, Figure, Panel, RunView, Scene, Seen, Span, ViewKind } from "../../types/page.js" */

import { shownBundle } from "../../server/views.js";
import { frameAt } from "../../state/arrays.js";
import { plotlyLayout } from "./underlay.js";

/**
 * The bundle of the picture in the middle, if it is of this kind.
 *
 * @param {Seen} seen
 * @param {ViewKind} kind
 */
export function bundleOf(seen, kind) {
  const bundle = shownBundle(seen);
  return bundle?.kind === kind ? bundle : null;
}

/**
 * The snapshot that is shown now.
 *
 * @param {{ clock: Clock }} scene
 * @param {Bundle} bundle
 */
export function frameOf({ clock }, bundle) {
  return frameAt(bundle, Math.floor(clock.step));
}

/**
 * The run that a picture is about.
 * @param {{ runs: readonly RunView[], view: { selected: number } }} scene
 */
export function runOf({ runs, view }) {
  return runs[view.selected] ?? runs[0] ?? null;
}

/**
 * Nothing for Plotly to draw, and nothing to zoom.
 *
 * @param {Scene} scene
 * @returns {Figure}
 */
export function quietFigure(scene) {
  const nowhere = { visible: false, fixedrange: true };
  const layout = plotlyLayout(scene, []);
  return { data: [], layout: { ...layout, dragmode: false, hovermode: false, xaxis: nowhere, yaxis: nowhere } };
}

/** @satisfies {Partial<Panel>} A picture of snapshots: nothing to click, to zoom or to join by lines. */
export const SNAPSHOTS = { acts: [], facets: () => [], series: () => [], base: () => {}, figure: quietFigure };

/**
 * @param {Bundle} bundle
 * @returns {[Span, Span]}
 */
export function domainOf({ domain }) {
  return [domain?.[0] ?? [-1, 1], domain?.[1] ?? [-1, 1]];
}

/**
 * The box of a picture with one pair of axes.
 *
 * @param {Scene} scene
 * @param {number} left
 * @returns {Facet["box"]}
 */
export function boxOf({ width, height }, left) {
  const [top, right, bottom] = [10, 12, 28];
  return {
    x: left,
    y: top,
    width: Math.max(40, width - left - right),
    height: Math.max(40, height - top - bottom),
  };
}
