import assert from "node:assert/strict";
import { test } from "node:test";

import { duration, pace, progress } from "../../frontend/words-training.js";

const record = (status, error = null) => ({ status, error, spec: { steps: 2000 } });

test("how far a training is, in a sentence for every state", () => {
  assert.equal(progress(record("queued"), 0, NaN), "Waits for a worker.");
  assert.equal(progress(record("running"), 1240, 3.2), "1,240 of 2,000 steps, 3 s left.");
  assert.equal(progress(record("running"), 1240, NaN), "1,240 of 2,000 steps.");
  assert.equal(progress(record("paused"), 1240, 3), "Paused after 1,240 of 2,000 steps.");
  assert.equal(progress(record("cancelled"), 7, NaN), "Stopped after 7 of 2,000 steps.");
  assert.equal(progress(record("failed", "No memory."), 7, NaN), "No memory.");
  assert.equal(progress(record("done"), 2000, NaN), "Trained: 2,000 steps");
});

test("times are told as people tell them", () => {
  assert.deepEqual([0.2, 59.6, 300, 9000].map(duration), ["1 s", "60 s", "5 min", "2.5 h"]);
  assert.equal(pace(8.5e-5), "85 µs an update");
  assert.equal(pace(0.0021), "2.1 ms an update");
  assert.equal(pace(0), "");
});
