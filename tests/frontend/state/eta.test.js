import assert from "node:assert/strict";
import { test } from "node:test";

import { createEta } from "../../../frontend/state/eta.js";

test("the time left is foretold from the last seconds, after the first half", () => {
  let now = 0;
  const pace = createEta(() => now);
  pace.reached(0);
  now = 250;
  pace.reached(100);
  assert.ok(Number.isNaN(pace.left(1000)));
  now = 1000;
  pace.reached(400);
  assert.equal(pace.left(1000), 1.5);
});

test("a training that slows down is foretold by how it goes now", () => {
  let now = 0;
  const pace = createEta(() => now);
  for (let second = 0; second <= 40; second++) {
    now = 1000 * second;
    pace.reached(second < 20 ? 1000 * second : 20_000 + 10 * (second - 20));
  }
  assert.equal(Math.round(pace.left(20_300)), 10);
});

test("after a pause, or for another training, what was before counts no more", () => {
  let now = 0;
  const pace = createEta(() => now);
  pace.reached(100);
  now = 2000;
  pace.reached(300);
  pace.reset();
  assert.ok(Number.isNaN(pace.left(1000)));
  pace.reached(300);
  now = 4000;
  pace.reached(10);
  assert.ok(Number.isNaN(pace.left(1000)));
});
