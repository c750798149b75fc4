import assert from "node:assert/strict";
import { test } from "node:test";

import { followLandscape } from "../../../frontend/server/landscape.js";
import { FIRST } from "../../../frontend/state/spec.js";
import { createStore } from "../../../frontend/state/store.js";

const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

function begin(ask) {
  const stores = { spec: createStore(FIRST), landscape: createStore(null), runs: createStore([]) };
  const errors = [];
  followLandscape(stores, (error) => errors.push(error), ask);
  const choose = (kind) => stores.spec.update((now) => ({ ...now, problem: { kind } }));
  const run = (problem) => stores.runs.update(() => [{ index: 0, problem }]);
  return { ...stores, errors, choose, run };
}

test("the ground is asked for when the problem changes, and not when a run does", async () => {
  const asked = [];
  const { spec, choose } = begin(async (problem) => asked.push(problem.kind) && { kind: problem.kind });
  await settled();
  spec.update((now) => ({ ...now, steps: 50 }));
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

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const never = () => new Promise(() => {});

/** A page that shows a parabola and runs on it; what comes after is answered by hand. */
async function beginOnParabola() {
  const answers = new Map();
  const page = begin((problem) =>
    problem.kind === "parabola" && !problem.a
      ? { kind: "parabola" }
      : new Promise((done) => answers.set(problem, done)),
  );
  page.run(page.spec.get().problem);
  await settled();
  return {
    ...page,
    change: (problem) => page.spec.update((now) => ({ ...now, problem })),
    answer: (problem) => answers.get(problem)({ kind: problem.kind }),
    ground: () => page.landscape.get()?.problem?.kind ?? null,
    seen: () => page.runs.get()[0]?.problem?.kind ?? null,
  };
}

test("runs are never on the ground of another kind: the old one goes as they come", async () => {
  const { change, run, answer, ground } = await beginOnParabola();
  const bowl = { kind: "bowl" };
  change(bowl);
  await settled();
  assert.equal(ground(), "parabola", "the old picture stays whole");
  run(bowl);
  assert.equal(ground(), null);
  answer(bowl);
  await settled();
  assert.equal(ground(), "bowl");
});

test("a ground waits for its runs; where none come it is shown alone", async () => {
  const { change, answer, ground, seen } = await beginOnParabola();
  const bowl = { kind: "bowl" };
  change(bowl);
  await settled();
  answer(bowl);
  await later(20);
  assert.deepEqual([ground(), seen()], ["parabola", "parabola"]);
  await later(500);
  assert.deepEqual([ground(), seen()], ["bowl", null]);
});

test("a ground and its runs are shown together, whichever comes first", async () => {
  const { change, run, answer, ground, seen } = await beginOnParabola();
  const bowl = { kind: "bowl" };
  change(bowl);
  await settled();
  answer(bowl);
  await later(20);
  run(bowl);
  assert.deepEqual([ground(), seen()], ["bowl", "bowl"]);
});

test("while a number is dragged the ground of a moment ago stays, but no longer", async () => {
  const { change, run, landscape } = await beginOnParabola();
  for (let a = 1; a < 6; a++) {
    const problem = { kind: "parabola", a };
    change(problem);
    run(problem);
    await later(100);
    assert.equal(landscape.get().problem.a, undefined, "there while it is dragged");
  }
  await later(500);
  assert.equal(landscape.get(), null);
});

test("runs that do not come leave the ground of a changed number", async () => {
  const { change, answer, landscape, runs } = await beginOnParabola();
  const problem = { kind: "parabola", a: 2 };
  change(problem);
  await settled();
  answer(problem);
  await later(20);
  assert.equal(landscape.get().problem, problem);
  assert.equal(runs.get().length, 1);
  await later(500);
  assert.deepEqual(runs.get(), []);
});

test("runs whose problem nobody knows may be on any ground", async () => {
  const { runs, landscape } = begin(async ({ kind }) => ({ kind }));
  runs.update(() => [{ index: 0 }]);
  await later(600);
  assert.equal(landscape.get().kind, "parabola");
  assert.equal(runs.get().length, 1);
});

test("an old picture stays whole while nothing answers", async () => {
  const { landscape, runs, choose, run, spec } = begin(({ kind }) => (kind === "parabola" ? { kind } : never()));
  run(spec.get().problem);
  await settled();
  choose("bowl");
  await later(600);
  assert.equal(landscape.get().kind, "parabola");
  assert.equal(runs.get().length, 1);
});
