import assert from "node:assert/strict";
import { test } from "node:test";

import { readBatch, SIZES } from "../../../frontend/setup/batch-size.js";

test("a batch is a whole number of examples, or all of them", () => {
  assert.deepEqual(readBatch(" 16 "), { size: 16 });
  for (const all of ["", "all", "ALL"]) assert.deepEqual(readBatch(all), { size: null });
  for (const bad of ["0", "-4", "2.5", "many"]) assert.ok(readBatch(bad).error);
});

test("the usual sizes go from a single example to all", () => {
  assert.deepEqual([SIZES[0], SIZES.at(-1)], [1, null]);
});
