import assert from "node:assert/strict";
import { test } from "node:test";

import { rows, signature } from "../../../frontend/ui/mathml.js";

test("a node, a list of nodes and a whole formula are all a row of nodes", () => {
  const x = ["mi", "x"];
  assert.deepEqual(rows(["math", x, x]), [x, x]);
  assert.deepEqual(rows(x), [x]);
  assert.deepEqual(rows([x, ["mo", "="], "1"]), [x, ["mo", "="], "1"]);
  assert.deepEqual(rows("x"), ["x"]);
});

test("the left side names the variables, with an index where they have one", () => {
  assert.deepEqual(signature(["x", "y"]).slice(2, 5), [
    ["mi", "x"],
    ["mo", ","],
    ["mi", "y"],
  ]);
  assert.deepEqual(signature(["x1"])[2], ["msub", ["mi", "x"], ["mn", "1"]]);
});
