/** Runs that are outside of what is shown: an arrow at the edge that says where they are. */

/** @import { Facet, Marker, Scene } from "../../types/page.js" */

import { fromPixel } from "../../plot/ink.js";
import { point } from "../../words/plot.js";
import { FONT } from "./axes.js";
import { createPlacer, drawArrow, drawText } from "./glyphs.js";
import { startPixel } from "./start.js";

const ARROW = 13;

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} markers
 * @param {readonly Facet[]} facets
 */
export function drawOffscreenArrows(pen, scene, markers, facets) {
  const names = scene.landscape?.variables ?? [];
  for (const facet of facets) {
    const placer = createPlacer(facet.box);
    const ring = scene.landscape ? startPixel(scene, scene.landscape, facet) : null;
    if (ring) placer.take({ x: ring[0] - 12, y: ring[1] - 12, width: 24, height: 24 });
    for (const marker of markers) {
      if (marker.facet !== facet || marker.inside) continue;
      drawEdgeArrow(pen, scene, marker, whereabouts(marker, names), placer);
    }
  }
}

/**
 * The coordinates that are out of view, in words; none where it is the loss that is.
 *
 * @param {Marker} marker
 * @param {readonly string[]} names
 */
function whereabouts({ facet, at }, names) {
  const values = fromPixel(facet, ...at);
  const out = names.slice(0, 2).flatMap((name, i) => {
    const { range } = i === 0 ? facet.x : facet.y;
    const value = values[i] ?? NaN;
    return value < range[0] || value > range[1] ? [{ name, value }] : [];
  });
  return point(
    out.map(({ name }) => name),
    out.map(({ value }) => value),
  );
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Marker} marker
 * @param {string} text
 * @param {ReturnType<typeof createPlacer>} placer
 */
function drawEdgeArrow(pen, scene, { facet: { box }, at, series }, text, placer) {
  const x = Math.max(box.x + 3, Math.min(box.x + box.width - 3, at[0]));
  const y = Math.max(box.y + 3, Math.min(box.y + box.height - 3, at[1]));
  const sideways = Math.sign(at[0] - x);
  const angle = Math.atan2(Math.sign(at[1] - y), sideways);
  drawArrow(pen, x, y, angle, ARROW, series.color, scene.ink.card);
  if (text === "") return;
  pen.font = FONT;
  const width = pen.measureText(text).width;
  const leftward = sideways > 0 || x + 20 + width > box.x + box.width;
  const left = leftward ? x - 20 - width : x + 20;
  const down = y > box.y + box.height / 2 ? -1 : 1;
  const first = Math.max(box.y + 4, Math.min(box.y + box.height - 20, y - 8));
  const place = placer.place(
    Array.from({ length: 8 }, (_, row) => ({ x: left, y: first + down * row * 17, width, height: 16 })),
  );
  if (place) drawText(pen, text, place.x, place.y + 8, scene.ink.text, scene.ink.card);
}
