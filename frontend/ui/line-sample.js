/** A run's line and marker, small: what it looks like in every picture. */

/** @import { MarkerSymbol, View } from "../types/page.js" */

import { styleOf } from "../plot/palette.js";
import { svg } from "./dom.js";

/** @type {Record<MarkerSymbol, string>} */
const SHAPES = {
  circle: "M16 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8",
  square: "M12.5 4.5h7v7h-7z",
  triangle: "M16 3.5l4.5 8h-9z",
  diamond: "M16 3.2l4.6 4.8-4.6 4.8-4.6-4.8z",
  cross: "M12.5 4.5l7 7M19.5 4.5l-7 7",
};

/**
 * @param {number} index
 * @param {View["theme"]} theme
 */
export function lineSample(index, theme) {
  const { color, dash, symbol } = styleOf(index, theme);
  const line = svg("path", { d: "M1 8h30", stroke: color, "stroke-dasharray": dash.join(" "), "stroke-width": 2 });
  const shape = { d: SHAPES[symbol], stroke: color, "stroke-width": symbol === "cross" ? 2.5 : 1 };
  const marker = svg("path", { ...shape, fill: symbol === "cross" ? "none" : color });
  return svg("svg", { viewBox: "0 0 32 16", width: 32, height: 16, "aria-hidden": "true" }, line, marker);
}
