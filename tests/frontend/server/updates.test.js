import assert from "node:assert/strict";
import { test } from "node:test";
import { followUpdates } from "../../../frontend/server/updates.js";
import { createStore } from "../../../frontend/state/store.js";

const rest = (ms) => new Promise((done) => setTimeout(done, ms));

function made({ kind = "bowl", parent = null, playing = false } = {}) {
  const spec = { problem: { kind }, runs: [{ optimizer: { kind: "sgd", lr: 0.1 } }], steps: 100 };
  const stores = {
    spec: createStore(spec),
    runs: createStore([{ index: 0, n: 101 }]),
    clock: createStore({ step: 40, last: 100, playing, speed: 64, live: false }),
    view: createStore({ selected: 0 }),
    experiment: createStore(parent && { parent }),
    update: createStore(null),
  };
  const asked = [];
  followUpdates(stores, async (_, run, first, count) => {
    asked.push([run, first, count]);
    return Array.from({ length: count }, (__, i) => ({ step: first + i }));
  });
  return { stores, asked };
}

test("the update at the clock's step is asked for in a window, and stepping inside it asks no more", async () => {
  const { stores, asked } = made();
  await rest(260);
  assert.deepEqual(asked, [[0, 32, 32]]);
  assert.deepEqual(stores.update.get(), { step: 40 });
  stores.clock.update((now) => ({ ...now, step: 41 }));
  assert.equal(stores.update.get().step, 41);
  await rest(260);
  assert.equal(asked.length, 1);
});

test("another spec takes its update away at once", async () => {
  const { stores } = made();
  await rest(260);
  stores.spec.update((now) => ({ ...now, steps: 99 }));
  assert.equal(stores.update.get(), null);
});

test("nothing is asked where the clock is ahead of the set-up's last step", async () => {
  const { stores, asked } = made();
  stores.clock.update((now) => ({ ...now, step: 99 }));
  stores.spec.update((now) => ({ ...now, steps: 96 }));
  await rest(260);
  assert.deepEqual(asked, []);
  stores.spec.update((now) => ({ ...now, steps: 97 }));
  await rest(260);
  assert.deepEqual(asked, [[0, 96, 32]]);
});

test("nothing is asked while the clock runs fast, of networks, or of a fork", async () => {
  const all = [made({ playing: true }), made({ kind: "network" }), made({ parent: { id: "a", run: 0, step: 3 } })];
  await rest(260);
  assert.deepEqual(
    all.map(({ asked }) => asked.length),
    [0, 0, 0],
  );
});
