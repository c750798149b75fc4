/** What Plotly draws in three dimensions: a surface, paths on it, and where the runs are. */

/** @import { Landscape, MarkerSymbol, RunView } from "../types/page.js" */

import { inkColors, styleOf } from "../plot/palette.js";
import { percentileOf } from "../plot/ranges.js";
import { indexAt } from "../state/run-data.js";
import { surface as words } from "../words/surface.js";
import { heights } from "./contours.js";

const GRID = 81; // points a side: fine enough for a smooth surface
const MOST = 400; // points of a path
const STEEP = 25; // times the middle height from which the logarithm is drawn

/**
 * How high a surface is drawn: its loss, or the logarithm where the walls are so high that the floor would be flat.
 *
 * @param {Landscape} field
 */
export function scaleOf(field) {
  const { low, high } = heights(field);
  const sorted = field.z.filter(Number.isFinite).sort();
  const lowest = sorted[0] ?? Infinity;
  const floor = Math.min(field.best ?? lowest, lowest);
  const [middle, high98] = [0.5, 0.98].map((share) => percentileOf(sorted, share) - floor);
  const log = (high98 ?? NaN) > STEEP * (middle ?? NaN);
  const eps = 10 ** low;
  const top = log ? high : floor + (high98 ?? NaN);
  const bottom = log ? low : floor;
  const heightOf = (/** @type {number} */ loss) =>
    Math.min(top, log ? Math.log10(Math.max(loss - floor, 0) + eps) : loss);
  return { log, bottom, top, heightOf };
}

/**
 * A run's path up to a step on the surface; holes where it is outside.
 *
 * @param {RunView} run
 * @param {Landscape} field
 * @param {(loss: number) => number} heightOf
 * @param {number} step
 */
export function pathOf(run, { domain }, heightOf, step) {
  const [[x0, x1] = [0, 1], [y0, y1] = [0, 1]] = domain;
  const end = indexAt(run, step);
  const every = Math.max(1, Math.ceil((end + 1) / MOST));
  /** @type {{ x: (number | null)[], y: (number | null)[], z: (number | null)[] }} */
  const path = { x: [], y: [], z: [] };
  const columns = [run.columns.get("p0"), run.columns.get("p1"), run.columns.get("loss")];
  for (let i = 0; i <= end; i = i < end ? Math.min(end, i + every) : end + 1) {
    const [x = NaN, y = NaN, loss = NaN] = columns.map((column) => column?.[i] ?? NaN);
    const inside = x >= x0 && x <= x1 && y >= y0 && y <= y1 && Number.isFinite(loss);
    path.x.push(inside ? x : null);
    path.y.push(inside ? y : null);
    path.z.push(inside ? heightOf(loss) : null);
  }
  return path;
}

/** @param {ReturnType<typeof pathOf>} path */
export function endOf({ x, y, z }) {
  return { x: x.slice(-1), y: y.slice(-1), z: z.slice(-1) };
}

/**
 * @param {Landscape} field
 * @param {ReturnType<typeof scaleOf>} scale
 * @param {RunView[]} runs
 * @param {ReturnType<typeof pathOf>[]} paths
 * @param {"light" | "dark"} theme
 */
export function tracesOf(field, scale, runs, paths, theme) {
  const ink = inkColors(theme);
  const [ny = 2, nx = 2] = field.shape;
  const picked = (/** @type {number} */ n) =>
    Array.from({ length: Math.min(n, GRID) }, (_, i) => Math.round((i * (n - 1)) / (Math.min(n, GRID) - 1)));
  const at = (/** @type {number} */ axis, /** @type {number} */ i, /** @type {number} */ n) => {
    const [low = 0, high = 1] = field.domain[axis] ?? [];
    return low + ((high - low) * i) / (n - 1);
  };
  const z = picked(ny).map((j) => picked(nx).map((i) => scale.heightOf(field.z[j * nx + i] ?? NaN)));
  const surface = {
    type: "surface",
    x: picked(nx).map((i) => at(0, i, nx)),
    y: picked(ny).map((j) => at(1, j, ny)),
    z,
    showscale: false,
    opacity: 0.88,
    colorscale: [
      [0, theme === "dark" ? "#33485b" : "#f3f6f9"],
      [1, theme === "dark" ? "#121a22" : "#9fb4c5"],
    ],
    lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.05, roughness: 0.9 },
    contours: {
      z: {
        show: true,
        color: ink.line,
        width: 1,
        start: scale.bottom,
        end: scale.top,
        size: (scale.top - scale.bottom) / 14,
      },
    },
    hoverinfo: "skip",
  };
  const styles = runs.map(({ index }) => styleOf(index, theme));
  const lines = runs.map((run, i) => ({
    type: "scatter3d",
    mode: "lines",
    ...paths[i],
    name: run.label,
    hoverinfo: "name",
    line: { color: styles[i]?.color, width: 5 },
  }));
  const ends = runs.map((run, i) => ({
    type: "scatter3d",
    mode: "markers",
    ...endOf(/** @type {ReturnType<typeof pathOf>} */ (paths[i])),
    name: run.label,
    hoverinfo: "name",
    marker: {
      color: styles[i]?.color,
      size: 5,
      symbol: SYMBOLS[styles[i]?.symbol ?? "circle"],
      line: { color: ink.card, width: 2 },
    },
  }));
  return /** @type {Partial<import("plotly.js").PlotData>[]} */ (/** @type {unknown} */ ([surface, ...lines, ...ends]));
}

/** scatter3d has no triangle. @type {Record<MarkerSymbol, string>} */
const SYMBOLS = { circle: "circle", square: "square", triangle: "diamond-open", diamond: "diamond", cross: "x" };

/**
 * @param {Landscape} field
 * @param {ReturnType<typeof scaleOf>} scale
 * @param {"light" | "dark"} theme
 * @param {{ x: number, y: number, z: number }} eye
 * @param {HTMLElement} host
 */
export function layoutOf(field, scale, theme, eye, host) {
  const ink = inkColors(theme);
  const axis = (/** @type {string} */ title) => ({
    title: { text: title },
    color: ink.muted,
    gridcolor: ink.grid,
    zerolinecolor: ink.grid,
    showbackground: false,
    showspikes: false,
  });
  const [x = "x", y = "y"] = field.variables;
  return /** @type {Partial<import("plotly.js").Layout>} */ (
    /** @type {unknown} */ ({
      width: host.clientWidth,
      height: host.clientHeight,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif", size: 12, color: ink.text },
      showlegend: false,
      scene: {
        xaxis: { ...axis(x), range: field.domain[0] },
        yaxis: { ...axis(y), range: field.domain[1] },
        zaxis: { ...axis(scale.log ? words.logHeight : words.height), range: [scale.bottom, scale.top] },
        aspectmode: "manual",
        aspectratio: { x: 1.25, y: 1.25, z: 0.8 },
        camera: { eye, center: { x: 0, y: 0, z: -0.12 } },
      },
    })
  );
}
