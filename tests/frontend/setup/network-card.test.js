import assert from "node:assert/strict";
import { test } from "node:test";

import { dataOf, withDataset } from "../../../frontend/setup/network-card.js";
import { PRESETS } from "../../../frontend/state/presets.js";
import { FIRST, isNetwork, withProblem } from "../../../frontend/state/spec.js";

const ENTRY = { kind: "network", defaults: { data: { kind: "moons", n: 1000 } } };
const choose = (spec, kind) => withProblem(spec, { kind });

test("the data shown is the spec's own, else the problem's", () => {
  const spec = withProblem(FIRST, { kind: "network" });
  assert.deepEqual(dataOf(spec, ENTRY), { kind: "moons", n: 1000 });
  const own = { ...spec, problem: { kind: "network", data: { kind: "xor" } } };
  assert.deepEqual(dataOf(own, ENTRY), { kind: "xor" });
});

test("a table that was dropped makes a network, a list of names the character model", () => {
  const table = withDataset(FIRST, { id: "d1", kind: "csv" }, choose);
  assert.deepEqual(table.problem, { kind: "network", data: { kind: "csv", id: "d1" } });
  const names = withDataset(table, { id: "d2", kind: "names" }, choose);
  assert.deepEqual(names.problem, { kind: "character", data: { kind: "names", id: "d2" } });
});

test("a table dropped on a network keeps its layers", () => {
  const spec = { ...withProblem(FIRST, { kind: "network" }), problem: { kind: "network", hidden: [3] } };
  assert.deepEqual(withDataset(spec, { id: "d1", kind: "csv" }, choose).problem.hidden, [3]);
});

test("there are presets of both groups, and those of real training train networks", () => {
  for (const { group, spec } of PRESETS) assert.equal(isNetwork(spec.problem), group === "training");
  assert.equal(PRESETS.filter(({ group }) => group === "training").length, 8);
});
