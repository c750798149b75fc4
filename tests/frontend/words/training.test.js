import assert from "node:assert/strict";
import { test } from "node:test";

import { map } from "../../../frontend/words/map.js";
import { range } from "../../../frontend/words/range.js";
import { sweep } from "../../../frontend/words/sweep.js";
import { duration, pace, progress, timeLeft } from "../../../frontend/words/training.js";

const record = (status, error = null) => ({ status, error, spec: { steps: 2000 } });

test("how far a training is, in a sentence for every state", () => {
  assert.equal(progress(record("queued"), 0, NaN), "Queued, until a worker is free.");
  assert.equal(progress(record("running"), 1240, 3.2), "1,240 of 2,000 steps, about 3 s left.");
  assert.equal(progress(record("running"), 1240, NaN), "1,240 of 2,000 steps.");
  assert.equal(progress(record("paused"), 1240, 3), "Paused after 1,240 of 2,000 steps.");
  assert.equal(progress(record("cancelled"), 7, NaN), "Stopped after 7 of 2,000 steps.");
  assert.equal(progress(record("failed", "No memory."), 7, NaN), "No memory.");
  assert.equal(progress(record("done"), 2000, NaN), "Trained: 2,000 steps");
});

test("times are told as people tell them", () => {
  assert.deepEqual([0.2, 59.6, 300, 9000].map(duration), ["1 s", "60 s", "5 min", "2.5 h"]);
  assert.equal(pace(8.5e-5), "85 µs per update");
  assert.equal(pace(0.0021), "2.1 ms per update");
  assert.equal(pace(0), "");
});

test("the time left is told where it is known, for training, sweeps, maps and range tests alike", () => {
  assert.deepEqual([12.2, 0.1, 200, NaN, Infinity].map(timeLeft), [
    "about 12 s left",
    "about 1 s left",
    "about 3 min left",
    "",
    "",
  ]);
  assert.equal(sweep.progress("is running", 50, 200, 12), "The sweep is running: step 50 of 200, about 12 s left.");
  assert.equal(sweep.progress("is running", 50, 200, NaN), "The sweep is running: step 50 of 200.");
  assert.equal(map.progress(64, 1024, 12), "64 of 1,024 cells, about 12 s left");
  assert.equal(range.climbing(10, 1000, 12), "Update 10 of 1,000, about 12 s left.");
});
