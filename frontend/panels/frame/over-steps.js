/** What the panels over steps share: the box, the clock's cursor, labels beside the moving points, data for hovering. */

/** @import { Axis, Box, Facet, Figure, Marker, Scene, Series } from "../../types/page.js" */

import { mapping } from "../../plot/ink.js";
import { stepAt } from "../../state/run-data.js";
import { crisp, FONT, line } from "./axes.js";
import { createPlacer, drawSymbol, drawText, fitted } from "./glyphs.js";
import { isLabelled } from "./line-style.js";
import { minMax } from "./minmax.js";
import { plotlyLayout } from "./underlay.js";
import { stepAxis } from "./x-axis.js";

const LEFT = 52; // the same in every panel over steps, so that their axes stand under each other
const RIGHT = 34; // where the axis says what it counts
const BOTTOM = 26;
const NOTE = 18;
const ROW = 15;
const NOTE_PARTS = /(; | · )/;
const NOTE_ENDS = /(?<=[;·]) /; // where a line of it may end
const NOTE_LEFT = 2; // where its lines begin if there are several
const NOTE_LINES = /** @type {const} */ ([
  [160, 3],
  [100, 2],
]); // how many there may be in a picture of that height
const CHARACTER = 6.2; // pixels of one, in texts of this size
const CROWDED = 26; // pixels between two lines in which no label fits
const MOST_LABELS = 5;

/**
 * The one facet of a panel over steps.
 *
 * @param {Scene} scene
 * @param {Axis} y
 * @param {string} note The text above.
 * @param {number} [below] Pixels below the axis's numbers for something else.
 * @returns {Facet[]}
 */
export function overSteps(scene, y, note, below = 0) {
  const lines = noteLines(scene, note).length;
  const top = lines > 0 ? NOTE + 8 + (lines - 1) * ROW : 10;
  const box = {
    x: LEFT,
    y: top,
    width: Math.max(40, scene.width - LEFT - RIGHT),
    height: Math.max(30, scene.height - top - BOTTOM - below),
  };
  return [{ box, x: { ...stepAxis(scene), beyond: RIGHT - 2 }, y: { ...y, title: "" }, run: null }];
}

/**
 * The lines of a text above the axes: several where one is too narrow for its parts, and the picture is high enough.
 *
 * @param {Pick<Scene, "width" | "height">} scene
 * @param {string} text
 */
export function noteLines({ width, height }, text) {
  if (text === "") return [];
  const parts = text.split(NOTE_ENDS);
  const most = NOTE_LINES.find(([high]) => height >= high)?.[1] ?? 1;
  if (most === 1 || parts.length === 1 || text.length * CHARACTER <= width - LEFT - 4) return [text];
  /** @type {string[]} */
  const lines = [];
  for (const part of parts) {
    const longer = [lines.at(-1), part].filter(Boolean).join(" ");
    if (lines.length < most && longer.length * CHARACTER > width - NOTE_LEFT - 4) lines.push(part);
    else lines.splice(-1, 1, longer);
  }
  return lines.map((line) => line.replace(/ ·$/, ""));
}

/**
 * A small text above the axes; of each line as many parts as there is room for.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {string} text
 */
export function drawNote(pen, scene, text) {
  pen.font = FONT;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = scene.ink.muted;
  const lines = noteLines(scene, text);
  const left = lines.length > 1 ? NOTE_LEFT : LEFT;
  const room = scene.width - left - 4;
  for (const [i, line] of lines.entries()) {
    const fits = (/** @type {string[]} */ parts) => pen.measureText(parts.join("")).width <= room;
    const parts = line.split(NOTE_PARTS);
    while (parts.length > 1 && !fits(parts)) parts.splice(-2);
    const shown = fits(parts) || !parts[0]?.includes(": ") ? parts.join("") : (parts[0].split(": ")[0] ?? "");
    pen.fillText(fitted(pen, shown, room), left, 10 + i * ROW);
  }
}

/**
 * The thin line at the clock's step.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Facet} facet
 */
export function drawCursor(pen, { clock, ink }, facet) {
  const { sx, ox } = mapping(facet);
  const x = crisp(clock.step * (facet.x.perStep ?? 1) * sx + ox);
  const { box } = facet;
  if (x < box.x - 1 || x > box.x + box.width + 1) return;
  pen.setLineDash([]);
  pen.lineWidth = 1;
  line(pen, ink.axis, x, box.y, x, box.y + box.height);
}

/**
 * The markers, and beside each its label; labels are moved apart where they would overlap.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {readonly Marker[]} markers
 * @param {Facet} facet
 * @param {(marker: Marker) => string} text
 * @param {ReturnType<typeof placerFor>} [placer] Where other labels are already.
 */
export function drawMarkers(pen, scene, markers, facet, text, placer = placerFor(scene, facet)) {
  const { box } = facet;
  const here = markers.filter(({ inside, ended, series }) => inside && !ended && (series.label || !series.part));
  for (const { series, at } of here) drawSymbol(pen, series.symbol, at[0], at[1], 5, series.color, scene.ink.card);
  const room = Math.min(MOST_LABELS, box.height / (2 * ROW));
  const named = here
    .filter(({ series }) => series.label || isLabelled(scene, series.run, room))
    .sort((a, b) => a.at[1] - b.at[1]);
  const rows = spread(
    named.map((marker) => marker.at[1]),
    ROW,
    box.y + 8,
    box.y + box.height - 8,
  );
  pen.font = FONT;
  named.forEach((marker, i) => {
    const width = pen.measureText(text(marker)).width;
    const sides = besides(marker.at, rows[i] ?? marker.at[1], width, named[i - 1]?.at[1], box.y + box.height);
    const place = placer.place(sides.map((side) => ({ ...side, width, height: 14 })));
    if (place) drawText(pen, text(marker), place.x, place.y + 7, scene.ink.text, scene.ink.card);
  });
}

/**
 * Where a label may stand, best first: on the right of its point; on the left, where the line itself runs, above that,
 * but below it where another line ends close above and the axis leaves room.
 *
 * @param {readonly [x: number, y: number]} at
 * @param {number} row The height on which there is room for it.
 * @param {number} width
 * @param {number} [above] The height of the next point above.
 * @param {number} [bottom] The height of the axis, below which stand its numbers.
 */
export function besides([x, y], row, width, above = -Infinity, bottom = Infinity) {
  const left = x - 8 - width;
  const [over, under] = [
    { x: left, y: row - 18 },
    { x: left, y: Math.max(row, y) + 6 },
  ];
  const sinks = y - above < CROWDED && under.y + 14 <= bottom;
  const beside = [row - 20, row + 6].map((top) => ({ x: x + 10, y: top }));
  return [{ x: x + 10, y: row - 7 }, ...(sinks ? [under, over] : [over, under]), ...beside];
}

/**
 * @param {Scene} scene
 * @param {Facet} facet
 */
export function placerFor({ height }, { box }) {
  return createPlacer({ x: box.x, y: box.y - 4, width: box.width + RIGHT - 2, height: height - box.y + 4 });
}

/**
 * Move sorted positions apart until neighbours differ by a gap, inside low..high where there is room.
 *
 * @param {readonly number[]} wanted Ascending.
 * @param {number} gap
 * @param {number} low
 * @param {number} high
 */
export function spread(wanted, gap, low, high) {
  const places = [...wanted];
  for (let i = 0; i < places.length; i++) {
    places[i] = Math.max(places[i] ?? low, i === 0 ? low : (places[i - 1] ?? low) + gap);
  }
  for (let i = places.length - 1, ceiling = high; i >= 0; i--, ceiling = (places[i + 1] ?? high) - gap) {
    places[i] = Math.min(places[i] ?? high, ceiling);
  }
  return places;
}

/**
 * Invisible lines for Plotly to answer hovering with.
 *
 * @param {Scene} scene
 * @param {readonly Facet[]} facets
 * @param {readonly Series[]} series
 * @param {string} what
 * @returns {Figure}
 */
export function hoverFigure(scene, facets, series, what) {
  const data = [...series].sort((a, b) => a.run.index - b.run.index).map((one) => hoverLine(one, facets[0]?.box, what));
  return { data, layout: { ...plotlyLayout(scene, facets), hovermode: "x" } };
}

/**
 * @param {Series} series
 * @param {Box | undefined} box
 * @param {string} what
 * @returns {Figure["data"][number]}
 */
function hoverLine({ run, x, y, shift, color, label }, box, what) {
  const kept = minMax(y, run.n, Math.max(50, box?.width ?? 0));
  const values = kept.map((i) => y[i] ?? NaN);
  return {
    type: "scatter",
    mode: "lines",
    name: (label ?? run.label).replaceAll("&", "&amp;").replaceAll("<", "&lt;"),
    x: kept.map((i) => x?.[i] ?? stepAt(run, i)),
    y: values.map((value) => (Number.isFinite(value) ? Math.max(-1e150, Math.min(1e150, value - shift)) : null)),
    customdata: values,
    opacity: 0,
    line: { color, width: 2 },
    hovertemplate: `${what} %{customdata:.4g}`,
  };
}
