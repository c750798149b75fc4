import assert from "node:assert/strict";
import { test } from "node:test";

import { neighbour } from "../../frontend/tabs.js";

test("arrow keys go round the tabs, other keys go nowhere", () => {
  assert.equal(neighbour("plot", "ArrowRight"), "controls");
  assert.equal(neighbour("plot", "ArrowLeft"), "why");
  assert.equal(neighbour("why", "ArrowRight"), "plot");
  assert.equal(neighbour("why", "Tab"), null);
});
