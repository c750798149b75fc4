import assert from "node:assert/strict";
import { test } from "node:test";

import { dataOf } from "../../../frontend/setup/network-card.js";
import { PRESETS } from "../../../frontend/state/presets.js";
import { FIRST, isNetwork, withProblem } from "../../../frontend/state/spec.js";

const ENTRY = { kind: "network", defaults: { data: { kind: "moons", n: 1000 } } };

test("the data shown is the spec's own, else the problem's", () => {
  const spec = withProblem(FIRST, { kind: "network" });
  assert.deepEqual(dataOf(spec, ENTRY), { kind: "moons", n: 1000 });
  const own = { ...spec, problem: { kind: "network", data: { kind: "xor" } } };
  assert.deepEqual(dataOf(own, ENTRY), { kind: "xor" });
});

test("there are presets of both groups, and those of real training train networks", () => {
  for (const { group, spec } of PRESETS) assert.equal(isNetwork(spec.problem), group === "training");
  assert.equal(PRESETS.filter(({ group }) => group === "training").length, 8);
});
