import assert from "node:assert/strict";
import { test } from "node:test";

import { advance, createClock, rateAt, secondsTo } from "../../../frontend/state/clock.js";
import { createStore } from "../../../frontend/state/store.js";

/** A clock whose frames come when the test says so. */
function made(clock) {
  const store = createStore({
    step: 0,
    last: 40,
    playing: false,
    speed: 1,
    live: false,
    ...clock,
  });
  let waiting = null;
  let now = 1000;
  let waits = false;
  const frame = (tick) => {
    assert.equal(waiting, null, "one frame is asked for at a time");
    waiting = tick;
    return 1;
  };
  const cancel = () => {
    waiting = null;
  };
  const run = (seconds, every = 1 / 60) => {
    for (let t = 0; t < seconds - 1e-9; t += every) {
      const tick = waiting;
      waiting = null;
      now += every * 1000;
      tick?.(now);
    }
  };
  return {
    store,
    run,
    time: createClock(store, { frame, cancel, waits: () => waits }),
    /** There is nothing to be seen, or there is. */
    wait(now) {
      waits = now;
    },
    isWaiting: () => waiting !== null,
  };
}

test("the first ten steps are shown at three a second, then ever more, without a jump in between", () => {
  assert.ok(Math.abs(advance(0, 1) - 3) < 1e-12);
  assert.ok(Math.abs(advance(0, 10 / 3) - 10) < 1e-12);
  assert.ok(advance(100, 1) > 130);
  assert.equal(rateAt(9.999), 3);
  assert.ok(Math.abs(rateAt(10.001) - 3) < 0.001);
});

for (const last of [1, 10, 40, 60, 61, 200, 1500, 8000, 1_000_000]) {
  test(`a run of ${last} steps is seen to its end within ten seconds, and its first steps one by one`, () => {
    assert.ok(secondsTo(last) < 9.4, `${secondsTo(last)}`);
    assert.ok(Math.abs(advance(0, secondsTo(last), last) - last) < 1e-6 * last);
    assert.ok(Math.abs(advance(0, 0.5, last) - 1.5) < 1e-9);
    const change = rateAt(100, last) / rateAt(99.9, last);
    assert.ok(change > 1 && change < 1.01);
  });
}

test("a long run is not still at its beginning when a short one is over", () => {
  assert.ok(advance(0, 3, 1500) < 20);
  assert.ok(advance(0, 6, 1500) > 100);
});

test("how long a picture takes does not depend on the frame rate", () => {
  let fine = 4;
  for (let i = 0; i < 600; i++) fine = advance(fine, 0.01);
  assert.ok(Math.abs(fine - advance(4, 6)) < 1e-9);
});

test("playing moves, pausing stops, and no frame is asked for while it rests", () => {
  const { store, run, time, isWaiting } = made();
  assert.equal(isWaiting(), false);
  time.play();
  run(1 + 1 / 60);
  assert.ok(Math.abs(store.get().step - 3) < 0.01);
  time.pause();
  const { step } = store.get();
  run(1);
  assert.equal(store.get().step, step);
  assert.equal(isWaiting(), false);
});

test("it stops at the last step, and playing again starts over", () => {
  const { store, run, time } = made({ last: 5 });
  time.play();
  run(3);
  assert.deepEqual([store.get().step, store.get().playing], [5, false]);
  time.toggle();
  assert.deepEqual([store.get().step, store.get().playing], [0, true]);
});

test("speed multiplies the rate", () => {
  const { store, run, time } = made();
  time.speed(0.25);
  time.play();
  run(1 + 1 / 60);
  assert.ok(Math.abs(store.get().step - 0.75) < 0.01);
});

test("after the browser was busy the picture goes on instead of leaping", () => {
  const { store, run, time } = made();
  time.play();
  run(2, 2);
  run(2, 2);
  assert.ok(store.get().step <= 0.61);
});

for (const [from, by, to] of [
  [3.4, 1, 4],
  [3.4, -1, 3],
  [3, -1, 2],
  [0, -1, 0],
  [39.5, 10, 40],
  [12, -10, 2],
]) {
  test(`stepping by ${by} from ${from} shows step ${to} and pauses`, () => {
    const { store, time } = made({ step: from, playing: true });
    time.step(by);
    assert.deepEqual([store.get().step, store.get().playing], [to, false]);
  });
}

test("seeking keeps to the steps there are", () => {
  const { store, time } = made();
  for (const [asked, got] of [
    [12.4, 12],
    [-3, 0],
    [99, 40],
  ]) {
    time.seek(asked);
    assert.equal(store.get().step, got);
  }
});

test("a live run that plays is shown up to its newest entry, and goes on when there is more", () => {
  const { store, run, time } = made({ last: 100, live: true });
  time.play();
  run(0.1);
  assert.equal(store.get().step, 100);
  store.update((clock) => ({ ...clock, last: 250 }));
  run(0.1);
  assert.deepEqual([store.get().step, store.get().playing], [250, true]);
});

test("a training that begins is followed slowly at first, and shown to its end although it has ended", () => {
  const { store, run, time } = made({
    last: 5000,
    live: true,
    playing: true,
    paced: true,
  });
  run(0.3);
  assert.ok(store.get().step > 5 && store.get().step < 15, `${store.get().step}`);
  store.update((clock) => ({ ...clock, live: false }));
  run(1);
  assert.ok(store.get().step < 400 && store.get().playing);
  run(2);
  assert.deepEqual([store.get().step, store.get().playing, store.get().paced], [5000, false, false]);
  store.update((clock) => ({
    ...clock,
    step: 0,
    last: 100,
    live: true,
    playing: true,
    paced: true,
  }));
  time.pause();
  time.play();
  run(0.1);
  assert.equal(store.get().step, 100, "who paused it and goes on is at the newest entry at once");
});

test("a closed clock asks for no more frames", () => {
  const { time, isWaiting } = made();
  time.play();
  time.close();
  assert.equal(isWaiting(), false);
});

test("playing pauses exactly at the first event it comes to, and goes on from there to the next", () => {
  const { store, run, time } = made();
  time.stopAt([7, 2]);
  time.play();
  run(2);
  assert.deepEqual([store.get().step, store.get().playing], [2, false]);
  time.play();
  run(5);
  assert.deepEqual([store.get().step, store.get().playing], [7, false]);
  time.stopAt([]);
  time.play();
  run(1);
  assert.ok(store.get().step > 7 && store.get().playing);
});

test("a clock that plays stands still until there is something to be seen, and asks for no frames meanwhile", () => {
  const { store, run, time, wait, isWaiting } = made({ playing: true });
  wait(true);
  run(2);
  assert.deepEqual([store.get().step, store.get().playing, isWaiting()], [0, true, false]);
  wait(false);
  time.wake();
  run(1);
  assert.ok(store.get().step > 2 && store.get().step <= 3, String(store.get().step));
});
