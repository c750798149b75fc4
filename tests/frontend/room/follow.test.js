import assert from "node:assert/strict";
import { test } from "node:test";

import { createFollower } from "../../../frontend/room/follow.js";
import { holdsRuns } from "../../../frontend/room/stage.js";
import { NETWORKS } from "../../../frontend/state/kinds.js";
import { pageOf, specOf, stageOf, stateOf } from "./hall.js";

function following(stage = stageOf({ view: { state: stateOf(specOf(0.3)) }, cursor: { step: 7 } })) {
  const page = pageOf();
  const owned = [];
  const follower = createFollower(page, { own: (what) => owned.push(what), holds: holdsRuns });
  follower.take(stage);
  follower.join();
  return { ...page, follower, owned };
}

test("whoever joins has set-up and step of the stage at once", () => {
  const { stores, holds, owned } = following();
  assert.equal(stores.spec.get().runs[0].optimizer.lr, 0.3);
  assert.deepEqual([stores.clock.get().step, stores.clock.get().playing], [7, false]);
  assert.equal(holds.get(), false);
  assert.deepEqual(owned, []);
});

test("the same set-up is not begun again when only the cursor moves", () => {
  const { stores, follower, opened, owned } = following();
  follower.take(stageOf({ view: { state: stateOf(specOf(0.3)) }, cursor: { step: 9, playing: true }, revision: 2 }));
  assert.equal(opened.length, 1);
  assert.deepEqual([stores.clock.get().step, stores.clock.get().playing], [9, true]);
  assert.deepEqual(owned, []);
});

test("what somebody changes or moves at the page is their own, and the stage does not take it back once they have left", () => {
  const { stores, follower, owned } = following();
  stores.clock.update((now) => ({ ...now, step: 3 }));
  stores.spec.update(() => specOf(0.4));
  assert.deepEqual(owned, ["clock", "set-up"]);
  follower.leave();
  follower.take(stageOf({ view: { state: stateOf(specOf(0.5)) } }));
  assert.equal(stores.spec.get().runs[0].optimizer.lr, 0.4);
  follower.join();
  assert.equal(stores.spec.get().runs[0].optimizer.lr, 0.5);
});

test("a poll holds the runs, and its reveal lets them go from the step of the stage", () => {
  const view = { state: stateOf(specOf(0.3)) };
  const { holds, opened, follower, stores } = following(stageOf({ view, poll: { state: "open", shape: null } }));
  assert.equal(holds.get(), true);
  follower.take(stageOf({ view, cursor: { step: 0, playing: true }, poll: { state: "revealed", shape: null } }));
  assert.equal(holds.get(), false);
  assert.equal(opened.length, 2);
  assert.equal(stores.clock.get().playing, true);
});

test("a network is trained once for all: a page waits for its experiment, then opens that", () => {
  const spec = { ...specOf(0.1), problem: { kind: Object.keys(NETWORKS)[0] } };
  const { holds, turned, follower, stores, owned } = following(stageOf({ view: { state: stateOf(spec) } }));
  assert.equal(holds.get(), true);
  follower.take(stageOf({ view: { state: stateOf(spec), experiment: "abcdefghijkl" } }));
  assert.equal(holds.get(), false);
  assert.deepEqual(turned, ["abcdefghijkl"]);
  stores.experiment.update(() => ({ id: "abcdefghijkl" }));
  stores.spec.update(() => ({ ...spec }));
  assert.deepEqual(owned, []);
  stores.experiment.update(() => ({ id: "mnopqrstuvwx" }));
  assert.deepEqual(owned, ["set-up"]);
});

test("when a training has been seen to its end, the page comes to the cursor", async () => {
  const { stores } = following(stageOf({ view: { experiment: "abcdefghijkl" }, cursor: { step: 5 } }));
  stores.experiment.update(() => ({ id: "abcdefghijkl" }));
  stores.clock.update((now) => ({ ...now, live: true, playing: true, last: 40 }));
  stores.clock.update((now) => ({ ...now, live: false, playing: false, step: 40 }));
  await Promise.resolve();
  assert.equal(stores.clock.get().step, 5);
});

test("an empty stage leaves a page as it is", () => {
  const { stores, turned, owned } = following(stageOf());
  assert.equal(stores.spec.get().runs.length, 2);
  assert.deepEqual([turned, owned], [[null], []]);
});
