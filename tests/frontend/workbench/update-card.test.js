import assert from "node:assert/strict";
import { test } from "node:test";

import { written } from "../../../frontend/workbench/update-card.js";

test("a vector is its coordinates where there are few, else its length", () => {
  assert.equal(written([2.5]), "2.5");
  assert.equal(written([2, -8.125]), "(2, −8.13)");
  assert.equal(written([3, 0, 4]), "|·| = 5");
  assert.equal(written([Infinity]), "∞");
});
