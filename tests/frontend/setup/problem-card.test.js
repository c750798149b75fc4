import assert from "node:assert/strict";
import { test } from "node:test";

import { grouped, startOf } from "../../../frontend/setup/problem-card.js";
import { FIRST, withStart } from "../../../frontend/state/spec.js";

test("the menu has the server's groups in the order of their first problems, and every problem once", () => {
  const problems = [
    { kind: "parabola", group: "One variable" },
    { kind: "bowl", group: "Two variables" },
    { kind: "quartic", group: "One variable" },
    { kind: "network", group: "Real training" },
  ];
  const groups = grouped(problems).map(([title, entries]) => [title, entries.map(({ kind }) => kind)]);
  assert.deepEqual(groups, [
    ["One variable", ["parabola", "quartic"]],
    ["Two variables", ["bowl"]],
    ["Real training", ["network"]],
  ]);
});

test("the start shown is the runs' own, else the drawn problem's, else the catalogue's", () => {
  const landscape = { kind: "parabola", start: [-4] };
  assert.deepEqual(startOf(withStart(FIRST, [2]), landscape, undefined), [2]);
  assert.deepEqual(startOf(FIRST, landscape, undefined), [-4]);
  assert.deepEqual(startOf(FIRST, { ...landscape, kind: "bowl" }, { start: [-3] }), [-3]);
  assert.deepEqual(startOf(FIRST, null, undefined), []);
});
