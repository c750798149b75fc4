import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cursorOf,
  EMPTY,
  followed,
  holdsRuns,
  isMoved,
  pathOf,
  sameView,
  stepsBehind,
} from "../../../frontend/room/stage.js";
import { advance } from "../../../frontend/state/clock.js";

const clock = (now = {}) => ({ step: 10, last: 100, playing: false, speed: 1, live: false, ...now });

test("a clock goes where the cursor is, and to its own last step at most", () => {
  assert.deepEqual(followed(clock(), { step: 30, playing: false, speed: 2 }, false), clock({ step: 30, speed: 2 }));
  assert.equal(followed(clock(), { step: 300, playing: true, speed: 1 }, false).step, 100);
  assert.equal(followed(clock(), { step: 300, playing: true, speed: 1 }, false).playing, false);
});

test("while both play, a clock is set only where it is farther off than an eye sees", () => {
  const near = clock({ playing: true, step: advance(20, 0.3) });
  const far = clock({ playing: true, step: advance(20, 0.5) });
  const cursor = { step: 20, playing: true, speed: 1 };
  assert.equal(followed(near, cursor, false), near);
  assert.equal(followed(far, cursor, false).step, 20);
  assert.equal(followed(clock({ step: 20.7 }), { step: 20, playing: false, speed: 1 }, false).step, 20.7);
});

test("where nothing may move, the cursor's step is shown at rest", () => {
  assert.deepEqual(followed(clock(), { step: 12, playing: true, speed: 1 }, true), clock({ step: 12 }));
});

test("a training that is followed live goes at its own pace", () => {
  const live = clock({ live: true, playing: true });
  assert.equal(followed(live, { step: 3, playing: true, speed: 1 }, false), live);
  assert.equal(followed(clock({ paced: true }), { step: 3, playing: false, speed: 1 }, false).step, 10);
});

test("time moves nobody's clock, and a hand does", () => {
  const playing = clock({ playing: true });
  assert.equal(isMoved(playing, clock({ playing: true, step: advance(10, 0.1) })), false);
  assert.equal(isMoved(clock({ playing: true, step: 99 }), clock({ step: 100 })), false);
  assert.equal(isMoved(clock({ step: 90 }), clock({ step: 40, last: 40 })), false);
  assert.equal(isMoved(clock(), clock({ playing: true })), true);
  assert.equal(isMoved(playing, clock()), true);
  assert.equal(isMoved(clock(), clock({ step: 11 })), true);
  assert.equal(isMoved(playing, clock({ playing: true, step: 5 })), true);
  assert.equal(isMoved(playing, clock({ playing: true, step: 60 })), true);
  assert.equal(isMoved(clock(), clock({ speed: 2 })), true);
  assert.equal(isMoved(clock({ live: true }), clock({ step: 0 })), false);
});

test("a cursor has whole steps, and says how many one is behind", () => {
  assert.deepEqual(cursorOf({ step: 12.9, playing: true, speed: 4 }), { step: 12, playing: true, speed: 4 });
  assert.equal(cursorOf({ step: 13 - 1e-9, playing: false, speed: 1 }).step, 13);
  assert.equal(stepsBehind({ step: 9.5 }, { step: 12 }), 3);
  assert.equal(stepsBehind({ step: 40 }, { step: 12 }), 0);
});

test("views are the same where every part is, and have a page", () => {
  assert.ok(sameView(EMPTY, { page: "workbench" }));
  assert.ok(!sameView(EMPTY, { ...EMPTY, part: "why" }));
  assert.equal(pathOf({ page: "lesson", lesson: "ravines" }), "/lessons/ravines");
  assert.equal(pathOf({ page: "challenge", lesson: null }), "/");
});

test("runs wait for a poll, and before a lesson's prediction for its teacher", () => {
  const stage = { view: EMPTY, cursor: { step: 0, playing: false, speed: 1 }, poll: null };
  const poll = (state, shape = null) => ({ ...stage, poll: { state, shape } });
  assert.equal(holdsRuns(stage), false);
  assert.equal(holdsRuns(poll("open")), true);
  assert.equal(holdsRuns(poll("closed", { holds: true })), true);
  assert.equal(holdsRuns(poll("open", { holds: false })), false);
  assert.equal(holdsRuns(poll("revealed")), false);
  const lesson = { ...stage, view: { ...EMPTY, page: "lesson", lesson: "ravines", part: "predict" } };
  assert.equal(holdsRuns(lesson), true);
  assert.equal(holdsRuns({ ...lesson, cursor: { step: 0, playing: true, speed: 1 } }), false);
  assert.equal(holdsRuns({ ...lesson, view: { ...lesson.view, part: "why" } }), false);
});
