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

test("who explores waits, too, while runs would give an answer away, and goes on with their own afterwards", () => {
  const view = { state: stateOf(specOf(0.3)) };
  const { holds, turned, opened, follower } = following(stageOf({ view }));
  follower.leave();
  const poll = (state, shape = null) => stageOf({ view, poll: { state, shape } });
  const seen = [];
  for (const one of [
    poll("open", { holds: false }),
    poll("open"),
    poll("closed"),
    poll("revealed"),
    stageOf({ view }),
  ]) {
    follower.take(one);
    seen.push(holds.get());
  }
  assert.deepEqual(seen, [false, true, true, false, false]);
  assert.deepEqual(turned, ["go"]);
  assert.equal(opened.length, 1);
  follower.take(poll("open"));
  follower.join();
  follower.leave();
  assert.equal(holds.get(), true);
});

test("before it is known whether a page follows, its runs wait for that", () => {
  const page = pageOf();
  const follower = createFollower(page, { own: assert.fail, holds: holdsRuns });
  follower.take(stageOf());
  assert.deepEqual([page.holds.get(), page.turned], [true, []]);
  follower.leave();
  assert.deepEqual([page.holds.get(), page.turned], [false, ["go"]]);
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

test("a page goes to the view that the class sees, with its experiment and the set-up that this brings, and back", async () => {
  const { stores, views, follower, owned, opened } = following();
  const map = { shows: "map", experiment: "abcdefghijkl" };
  follower.take(stageOf({ view: map }));
  await new Promise(setImmediate);
  assert.deepEqual(views.seen.get(), { name: "map", id: "abcdefghijkl" });
  stores.clock.update((now) => ({ ...now, step: 3 }));
  assert.deepEqual(owned, []);
  follower.take(stageOf({ view: { state: stateOf(specOf(0.3)) } }));
  assert.equal(views.seen.get().name, "play");
  assert.equal(opened.length, 2);
  assert.deepEqual(owned, []);
});

test("whoever goes to another view, or to another experiment in it, is on their own", async () => {
  const { views, follower, owned } = following();
  views.seen.update(() => ({ name: "map", id: null }));
  assert.deepEqual(owned, ["set-up"]);
  follower.take(stageOf({ view: { shows: "map", experiment: "abcdefghijkl" } }));
  await new Promise(setImmediate);
  views.seen.update(() => ({ name: "map", id: "mnopqrstuvwx" }));
  assert.deepEqual(owned, ["set-up", "set-up"]);
});

test("what the class sees of a picture is what a page sees of it, and the whole of it again", () => {
  const { stores, follower } = following();
  const axes = { loss: { home: "a", x: [0, 10], y: [-1, 0] } };
  follower.take(stageOf({ axes }));
  assert.deepEqual(stores.axes.get(), axes);
  const same = stores.axes.get();
  follower.take(stageOf({ axes: structuredClone(axes) }));
  assert.equal(stores.axes.get(), same);
  follower.take(stageOf());
  assert.deepEqual(stores.axes.get(), {});
  stores.axes.update(() => axes);
  follower.take(stageOf({ cursor: { step: 2 } }));
  assert.deepEqual(
    stores.axes.get(),
    axes,
    "What somebody looks at closely is theirs until the class looks elsewhere.",
  );
  follower.join();
  assert.deepEqual(stores.axes.get(), {});
});

test("what a page could not show stands in nobody's way: what is changed then is somebody's own again", async () => {
  const settled = () => new Promise(setImmediate);
  for (const view of [{ shows: "map", experiment: "abcdefghijkl" }, { experiment: "abcdefghijkl" }]) {
    const { stores, views, controller, follower, owned } = following();
    views.lead = () => Promise.reject(new Error("gone"));
    controller.turn = () => Promise.reject(new Error("gone"));
    follower.take(stageOf({ view, revision: 2 }));
    stores.spec.update(() => specOf(0.7));
    assert.deepEqual(owned, [], "It may still come.");
    await settled();
    stores.spec.update(() => specOf(0.8));
    views.seen.update(() => ({ name: "sweep", id: null }));
    assert.ok(owned.includes("set-up"));
  }
});
