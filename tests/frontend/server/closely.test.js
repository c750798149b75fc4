import assert from "node:assert/strict";
import { test } from "node:test";

import { followClosely } from "../../../frontend/server/closely.js";
import { createStore } from "../../../frontend/state/store.js";
import { runOf } from "../made.js";

const OVERVIEW = { step: [0, 50, 100], loss: [3, 2, 1] };

function house({ status = "done", run = runOf(OVERVIEW) } = {}) {
  const stores = {
    closely: createStore(null),
    experiment: createStore({ id: "abc", status }),
    runs: createStore([run]),
  };
  const asked = [];
  followClosely(stores, async (id, range, signal) => {
    asked.push([id, range, signal]);
    throw new Error("away");
  });
  stores.experiment.update((record) => ({ ...record }));
  return { stores, asked };
}

test("the server is asked once the reader has stopped zooming, and only for what is there as an overview", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { stores, asked } = house();
  for (const first of [10, 20, 30]) stores.closely.update(() => ({ first, last: 60 }));
  context.mock.timers.tick(300);
  assert.deepEqual(
    asked.map(([id, range]) => [id, range]),
    [["abc", { first: 30, last: 60 }]],
  );
  stores.closely.update(() => null);
  assert.ok(asked[0][2].aborted);
  for (const other of [house({ status: "running" }), house({ run: runOf({ loss: [3, 2, 1] }) })]) {
    other.stores.closely.update(() => ({ first: 1, last: 2 }));
    context.mock.timers.tick(300);
    assert.deepEqual(other.asked, []);
  }
});

test("what was followed while it ran is asked for as a whole when it has ended, and what was reopened is not", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const live = house({ status: "running" });
  live.stores.experiment.update((record) => ({ ...record, status: "done" }));
  const reopened = house();
  context.mock.timers.tick(300);
  assert.deepEqual(
    live.asked.map(([id, { first }]) => [id, first]),
    [["abc", 0]],
  );
  assert.deepEqual(reopened.asked, []);
});
