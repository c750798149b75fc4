import assert from "node:assert/strict";
import { test } from "node:test";

import { neighbour, TABS } from "../../../frontend/ui/tabs.js";

test("arrow keys go round the tabs, Home and End to their ends, other keys nowhere", () => {
  assert.equal(neighbour("plot", "ArrowRight", TABS), "controls");
  assert.equal(neighbour("plot", "ArrowLeft", TABS), "why");
  assert.equal(neighbour("why", "ArrowRight", TABS), "plot");
  assert.equal(neighbour("controls", "Home", TABS), "plot");
  assert.equal(neighbour("controls", "End", TABS), "why");
  assert.equal(neighbour("why", "Tab", TABS), null);
});
