import assert from "node:assert/strict";
import { test } from "node:test";

import { createStore, watchAll } from "../../../frontend/state/store.js";

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

/** Frames that are shown when the test says so. @param {import("node:test").TestContext} t */
function frames(t) {
  const asked = [];
  globalThis.requestAnimationFrame = (act) => asked.push(act);
  t.after(() => delete globalThis.requestAnimationFrame);
  return { count: () => asked.length, pass: () => asked.splice(0).map((act) => act(0)) };
}

test("what several stores hold is shown at once, then once a frame however often they change", (t) => {
  const frame = frames(t);
  const [clock, view] = [createStore(0), createStore("light")];
  const shown = [];
  const stop = watchAll({ clock, view }, (now) => shown.push(now));
  assert.deepEqual(shown, [{ clock: 0, view: "light" }]);

  for (const step of [1, 2, 3]) clock.update(() => step);
  view.update(() => "dark");
  assert.equal(shown.length, 1);
  assert.equal(frame.count(), 1);
  frame.pass();
  assert.deepEqual(shown.slice(1), [{ clock: 3, view: "dark" }]);

  clock.update(() => 4);
  stop();
  frame.pass();
  clock.update(() => 5);
  assert.equal(shown.length, 2);
  assert.equal(frame.count(), 0);
});

test("where the part that is shown stays the same, nothing is shown anew", (t) => {
  const frame = frames(t);
  const clock = createStore({ step: 0, last: 40 });
  const shown = [];
  watchAll(
    { clock },
    (now) => shown.push(now.last),
    ({ clock: { last } }) => ({ last }),
  );

  clock.update((now) => ({ ...now, step: 7 }));
  frame.pass();
  assert.deepEqual(shown, [40]);
  clock.update((now) => ({ ...now, last: 80 }));
  frame.pass();
  assert.deepEqual(shown, [40, 80]);
});

test("a change made while something is shown is shown in the same frame", (t) => {
  const frame = frames(t);
  const [wish, granted] = [createStore(1), createStore(1)];
  const shown = [];
  watchAll({ wish }, (now) => granted.update(() => Math.min(now.wish, 3)));
  watchAll({ granted }, (now) => shown.push(now.granted));

  wish.update(() => 9);
  frame.pass();

  assert.deepEqual(shown, [1, 3]);
});
