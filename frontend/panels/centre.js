/** The large picture in the middle: curve, landscape or coordinates, by the problem's dimension. */

/** @import { Landscape, Panel } from "../types.js" */

import { curve } from "./curve.js";
import { landscape } from "./landscape.js";
import { profile } from "./profile.js";

/**
 * @param {Landscape | null} seen
 * @returns {Panel}
 */
export function pictureOf(seen) {
  if (seen && seen.dim > 2) return profile;
  return seen?.dim === 2 ? landscape : curve;
}

/** @type {Panel} */
export const centre = {
  id: "centre",
  title: landscape.title,
  help: landscape.help,
  acts: ["start"],
  facets: (scene) => pictureOf(scene.landscape).facets(scene),
  tracks: (scene, facets) => pictureOf(scene.landscape).tracks(scene, facets),
  base: (pen, scene, facets) => pictureOf(scene.landscape).base(pen, scene, facets),
  heads: (pen, scene, heads, facets) => pictureOf(scene.landscape).heads(pen, scene, heads, facets),
  figure: (scene, facets) => pictureOf(scene.landscape).figure(scene, facets),
  table: (runs, step, variables) =>
    (runs[0]?.columns.has("p2") ? profile : runs[0]?.columns.has("p1") ? landscape : curve).table(
      runs,
      step,
      variables,
    ),
};
