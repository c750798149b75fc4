import assert from "node:assert/strict";
import { test } from "node:test";
import { curveTable } from "../../../../frontend/views/range/table.js";

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
