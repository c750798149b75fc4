import assert from "node:assert/strict";
import { test } from "node:test";

import { createStore } from "../../../frontend/state/store.js";

test("a watcher hears the current value at once, then every change, until it stops", () => {
  const store = createStore(1);
  const heard = [];

  const stop = store.watch((value) => heard.push(value));
  store.update((n) => n + 1);
  stop();
  store.update((n) => n + 1);

  assert.deepEqual(heard, [1, 2]);
  assert.equal(store.get(), 3);
});

test("an update that changes nothing tells nobody", () => {
  const store = createStore({ step: 1 });
  let heard = 0;
  store.watch(() => heard++);

  store.update((same) => same);

  assert.equal(heard, 1);
});
