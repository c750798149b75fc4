import assert from "node:assert/strict";
import { test } from "node:test";

import { followLandscape } from "../../frontend/landscape.js";
import { FIRST } from "../../frontend/recipe.js";
import { createStore } from "../../frontend/store.js";

const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

function begin(ask) {
  const stores = { recipe: createStore(FIRST), landscape: createStore(null) };
  const errors = [];
  followLandscape(stores, (error) => errors.push(error), ask);
  const choose = (kind) => stores.recipe.update((now) => ({ ...now, problem: { kind } }));
  return { ...stores, errors, choose };
}

test("the ground is asked for when the problem changes, and not when a run does", async () => {
  const asked = [];
  const { recipe, choose } = begin(async (problem) => asked.push(problem.kind) && { kind: problem.kind });
  await settled();
  recipe.update((now) => ({ ...now, steps: 50 }));
  choose("bowl");
  await settled();
  assert.deepEqual(asked, ["parabola", "bowl"]);
});

test("the newest problem wins, whichever answer comes last", async () => {
  const answers = new Map();
  const { landscape, choose } = begin((problem) => new Promise((resolve) => answers.set(problem.kind, resolve)));
  choose("bowl");
  answers.get("bowl")({ kind: "bowl" });
  answers.get("parabola")({ kind: "parabola" });
  await settled();
  assert.equal(landscape.get().kind, "bowl");
});

test("a refusal is reported and leaves the old picture; the next answer takes it back", async () => {
  const refusal = new Error("no formula");
  const { landscape, errors, choose } = begin(async ({ kind }) => {
    if (kind === "bad") throw refusal;
    return { kind };
  });
  await settled();
  choose("bad");
  await settled();
  assert.equal(landscape.get().kind, "parabola");
  choose("bowl");
  await settled();
  assert.deepEqual(errors, [null, refusal, null]);
});

test("a network has no ground: none is asked for, and the old one goes", async () => {
  const asked = [];
  const { landscape, choose } = begin(async (problem) => asked.push(problem.kind) && { kind: problem.kind });
  await settled();
  choose("network");
  assert.equal(landscape.get(), null);
  choose("parabola");
  await settled();
  assert.deepEqual(asked, ["parabola", "parabola"]);
  assert.equal(landscape.get().kind, "parabola");
});
