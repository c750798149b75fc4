import assert from "node:assert/strict";
import { test } from "node:test";

import { grouped, startOf } from "../../../frontend/setup/problem-card.js";
import { FIRST, withStart } from "../../../frontend/state/spec.js";

test("the menu groups problems by their variables, and every problem is in it once", () => {
  const problems = [
    { kind: "parabola", dimension: 1 },
    { kind: "bowl", dimension: 2 },
    { kind: "quadratic", dimension: null },
    { kind: "formula", dimension: 2 },
    { kind: "quartic", dimension: 1 },
    { kind: "network", dimension: null },
    { kind: "character", dimension: null },
  ];
  const groups = grouped(problems).map(([title, entries]) => [title, entries.map(({ kind }) => kind)]);
  assert.deepEqual(groups, [
    ["One variable", ["parabola", "quartic"]],
    ["Two variables", ["bowl"]],
    ["Your own", ["quadratic", "formula"]],
    ["Real training", ["network", "character"]],
  ]);
});

test("the start shown is the runs' own, else the drawn problem's, else the catalogue's", () => {
  const landscape = { kind: "parabola", start: [-4] };
  assert.deepEqual(startOf(withStart(FIRST, [2]), landscape, undefined), [2]);
  assert.deepEqual(startOf(FIRST, landscape, undefined), [-4]);
  assert.deepEqual(startOf(FIRST, { ...landscape, kind: "bowl" }, { start: [-3] }), [-3]);
  assert.deepEqual(startOf(FIRST, null, undefined), []);
});
