import assert from "node:assert/strict";
import { test } from "node:test";
import { typed } from "../../../../frontend/views/sweep/target.js";

test("a target is typed with four digits", () => {
  assert.deepEqual(
    [2.1437e-5, 0.2175432, 0, 31, 1.5e9].map(typed),
    ["2.144e-5", "0.2175", "0", "31", "1.5e9"].map(String),
  );
});
