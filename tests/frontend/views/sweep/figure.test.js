import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../../../frontend/views/sweep/figure.js";

test("the nearest place is found, also where there is none", () => {
  assert.equal(nearest([0, 10, 30], 19), 1);
  assert.equal(nearest([], 19), null);
});
