/** Some cells of a map as a table: nine across and nine upwards, the first and the last among them. */

/** @import { Table } from "../../types/page.js" */
/** @import { Cells } from "./picture.js" */

import { sampled } from "../../panels/frame/rows.js";
import { axisName, cellShort, map } from "../../words/map.js";
import { number } from "../../words/plot.js";

const SIDE = 9;

/**
 * @param {Pick<Cells, "about" | "width" | "height" | "at">} cells
 * @returns {Table}
 */
export function cellsTable({ about, width, height, at }) {
  const across = sampled(width - 1, SIDE);
  const up = sampled(height - 1, SIDE).reverse();
  const [x = "", y = ""] = about.fields.map(axisName);
  return {
    columns: [map.corner(x, y), ...across.map((i) => number(about.x[i] ?? NaN))],
    rows: up.map((j) => [number(about.y[j] ?? NaN), ...across.map((i) => cellShort(at(i, j)))]),
  };
}
