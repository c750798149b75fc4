import assert from "node:assert/strict";
import { test } from "node:test";

import { dataOf, withDataset } from "../../../frontend/setup/network-card.js";
import { PRESETS } from "../../../frontend/state/presets.js";
import { FIRST, isNetwork, withProblem } from "../../../frontend/state/spec.js";

const ENTRY = { kind: "network", defaults: { data: { kind: "moons", n: 1000 } } };
const choose = (recipe, kind) => withProblem(recipe, { kind });

test("the data shown is the recipe's own, else the problem's", () => {
  const recipe = withProblem(FIRST, { kind: "network" });
  assert.deepEqual(dataOf(recipe, ENTRY), { kind: "moons", n: 1000 });
  const own = { ...recipe, problem: { kind: "network", data: { kind: "xor" } } };
  assert.deepEqual(dataOf(own, ENTRY), { kind: "xor" });
});

test("a table that was dropped makes a network, a list of names the character model", () => {
  const table = withDataset(FIRST, { id: "d1", kind: "csv" }, choose);
  assert.deepEqual(table.problem, { kind: "network", data: { kind: "csv", id: "d1" } });
  const names = withDataset(table, { id: "d2", kind: "names" }, choose);
  assert.deepEqual(names.problem, { kind: "character", data: { kind: "names", id: "d2" } });
});

test("a table dropped on a network keeps its layers", () => {
  const recipe = { ...withProblem(FIRST, { kind: "network" }), problem: { kind: "network", hidden: [3] } };
  assert.deepEqual(withDataset(recipe, { id: "d1", kind: "csv" }, choose).problem.hidden, [3]);
});

test("there are presets of both groups, and those of real training train networks", () => {
  for (const { group, recipe } of PRESETS) assert.equal(isNetwork(recipe.problem), group === "training");
  assert.equal(PRESETS.filter(({ group }) => group === "training").length, 8);
});
