import assert from "node:assert/strict";
import { test } from "node:test";

import { readAddress } from "../../frontend/address.js";
import { encode } from "../../frontend/hash.js";
import { FIRST } from "../../frontend/recipe.js";

test("a first visit opens figure 5.8 without a notice", () => {
  const { shared, damaged, experiment } = readAddress({ search: "", hash: "" });
  assert.deepEqual(shared.recipe, FIRST);
  assert.equal(damaged, false);
  assert.equal(experiment, null);
});

test("a link opens what was shared", () => {
  const recipe = { ...FIRST, steps: 77 };
  const hash = `#${encode({ recipe, view: { selected: 1, log: false, follow: true, axis: "examples" } })}`;
  const { shared, damaged } = readAddress({ search: "", hash });
  assert.deepEqual(shared, { recipe, view: { selected: 1, log: false, follow: true, axis: "examples" } });
  assert.equal(damaged, false);
});

test("a damaged link opens figure 5.8 and says so", () => {
  const { shared, damaged } = readAddress({ search: "", hash: "#1.abc.def" });
  assert.deepEqual(shared.recipe, FIRST);
  assert.equal(damaged, true);
});

test("only an id as the server makes them is an experiment", () => {
  const read = (id) => readAddress({ search: `?experiment=${id}`, hash: "" }).experiment;
  assert.equal(read("a1b2c3d4e5f6"), "a1b2c3d4e5f6");
  assert.equal(read("../../etc"), null);
  assert.equal(read(""), null);
});
