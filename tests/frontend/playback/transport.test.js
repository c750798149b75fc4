import assert from "node:assert/strict";
import { test } from "node:test";

import { nextSpeed, SPEEDS } from "../../../frontend/playback/transport.js";

test("speed goes notch by notch from a quarter to 64 and no further", () => {
  assert.deepEqual([SPEEDS[0], SPEEDS.at(-1)], [0.25, 64]);
  assert.equal(nextSpeed(1, 1), 2);
  assert.equal(nextSpeed(64, 1), 64);
  assert.equal(nextSpeed(0.25, -1), 0.25);
});
