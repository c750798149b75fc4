/** What is said about a table as it is read: its columns, what they are taken for, and what was left out. */

/** @import { ColumnKind, DataTable } from "../types/page.js" */

import { count } from "./plot.js";

export const reading = {
  title: "The table as it is read",
  enlarge: "Enlarge the table",
  rows: (/** @type {number} */ rows) => `First ${count(rows)} rows and what each column is taken for`,
  kinds: /** @type {Record<ColumnKind, string>} */ ({
    number: "number",
    class: "class",
    "one-hot": "one-hot",
    date: "date as number",
    ignore: "ignore",
  }),
  onMissing: /** @type {Record<string, string>} */ ({
    drop: "drop row",
    mean: "mean",
    "most frequent": "most frequent",
    "own class": "own class",
  }),
  kindOf: (/** @type {string} */ column) => `Kind of ${column}`,
  predict: "Predict",
  predictOf: (/** @type {string} */ column) => `Predict ${column}`,
  missing: (/** @type {number} */ missing) => `${count(missing)} missing:`,
  missingOf: (/** @type {string} */ column) => `Missing values of ${column}`,
  header: "The first row holds names",
  decimal: "Decimal sign",
  decimals: /** @type {Record<string, string>} */ ({ ".": "point", ",": "comma" }),
  skipped: (/** @type {readonly string[]} */ parts) => `Skipped: ${parts.join(", ")}.`,
};

/**
 * What was understood of a file and what was left out, as one paragraph.
 * @param {Pick<DataTable, "understood" | "skipped">} table
 */
export function understood({ understood, skipped }) {
  return [...understood, skipped.length > 0 && reading.skipped(skipped)].filter(Boolean).join(" ");
}
