import assert from "node:assert/strict";
import { test } from "node:test";
import { sampled } from "../../../../frontend/panels/frame/rows.js";

test("of a long list some are taken, evenly and with both ends; of a short one all", () => {
  assert.deepEqual(sampled(3), [0, 1, 2, 3]);
  assert.deepEqual(sampled(100, 5), [0, 25, 50, 75, 100]);
  assert.deepEqual(sampled(0), [0]);
  assert.deepEqual(sampled(-1), []);
});
