/** Keys that say whether a picture is still the same: its zoom, its places, its strokes. */

/** @import { Facet, Scene, Series } from "../../types/page.js" */

import { shownBundle } from "../../server/views.js";
import { isNetwork } from "../../state/spec.js";

/**
 * What a zoom is a part of: equal keys, the zoom stays.
 *
 * @param {Scene} scene
 * @param {readonly Facet[]} facets
 */
export function zoomKey(scene, facets) {
  const { landscape, spec, view } = scene;
  const drawn = isNetwork(spec.problem) && [view.picture, view.fact, view.axis, shownBundle(scene)?.domain];
  const look = (landscape?.dim ?? 0) > 2 && [view.ground, view.pair];
  return JSON.stringify([look, landscape?.kind, landscape?.domain, spec.steps, drawn, facets.map(({ y }) => y.log)]);
}

/**
 * What decides how trails look, but for their length: equal keys, equal strokes.
 * @param {readonly Series[]} series
 */
export function strokesKey(series) {
  return JSON.stringify(
    series.map(({ run, part, color, width, shift, dash, dots }) => [
      run.index,
      part,
      identityOf(run.columns),
      color,
      width,
      shift,
      dash,
      dots,
    ]),
  );
}

/**
 * What decides where every number is: equal keys, equal pixels.
 * @param {readonly Facet[]} facets
 */
export function placesKey(facets) {
  return JSON.stringify(facets.map(({ box, x, y }) => [box, x.range, y.range, y.log]));
}

/** @type {WeakMap<object, number>} */
const identities = new WeakMap();
let counted = 0;

/** A number for an object, so that it can be part of a key. @param {object} object */
function identityOf(object) {
  if (!identities.has(object)) identities.set(object, ++counted);
  return identities.get(object);
}
