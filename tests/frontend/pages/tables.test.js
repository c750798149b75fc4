import assert from "node:assert/strict";
import { test } from "node:test";

import { cellsTable } from "../../../frontend/pages/map/table.js";
import { curveTable } from "../../../frontend/pages/range/table.js";
import { sampled } from "../../../frontend/panels/frame/rows.js";

test("of a long list some are taken, evenly and with both ends; of a short one all", () => {
  assert.deepEqual(sampled(3), [0, 1, 2, 3]);
  assert.deepEqual(sampled(100, 5), [0, 25, 50, 75, 100]);
  assert.deepEqual(sampled(0), [0]);
  assert.deepEqual(sampled(-1), []);
});

test("the table of a range test begins and ends with the curve, infinite losses among its numbers", () => {
  const lr = Array.from({ length: 100 }, (_, i) => 1e-4 * 1.1 ** i);
  const median = lr.map((_, i) => (i === 99 ? "inf" : 100 - i));
  const band = { lr, median, low: median, high: median, min: median, max: median };
  const { columns, rows } = curveTable({ band, seeds: 3 });
  assert.deepEqual(columns, ["learning rate", "loss, median", "first quartile", "third quartile"]);
  assert.equal(rows.length, 20);
  assert.deepEqual(rows[0], ["1e−4", "100", "100", "100"]);
  assert.equal(rows.at(-1)[1], "∞");
  assert.deepEqual(curveTable({ band, seeds: 1 }).columns, ["learning rate", "loss, median"]);
});

test("the table of a map has its corners, upwards as in the picture, and says what is not known yet", () => {
  const about = {
    fields: ["run.optimizer.lr", "run.optimizer.momentum"],
    x: Array.from({ length: 64 }, (_, i) => i),
    y: Array.from({ length: 32 }, (_, i) => i / 31),
  };
  const kinds = {
    0: { kind: "converged", step: 7 },
    63: { kind: "diverged", step: 3 },
    64: { kind: "stalled", step: 9 },
  };
  const at = (x, y) => (y === 31 ? null : (kinds[x] ?? { kind: "unfinished", step: 200 }));
  const { columns, rows } = cellsTable({ about, width: 64, height: 32, at });
  assert.equal(columns[0], "momentum ↑, learning rate →");
  assert.deepEqual([columns[1], columns.at(-1), columns.length, rows.length], ["0", "63", 10, 9]);
  assert.deepEqual([rows[0][0], rows[0][1], rows.at(-1)[0]], ["1", "not yet", "0"]);
  assert.deepEqual([rows[8][1], rows[8][2], rows[8][9]], ["converged at 7", "still on its way", "diverged at 3"]);
});
