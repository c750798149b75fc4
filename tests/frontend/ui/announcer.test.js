import assert from "node:assert/strict";
import { test } from "node:test";

import { createAnnouncer } from "../../../frontend/ui/announcer.js";

test("only what is there after half a second of rest is said", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const said = [];
  const announce = createAnnouncer(
    (text) => said.push(text),
    () => 10_000,
  );

  for (let step = 0; step < 20; step++) {
    announce(`step ${step}`);
    context.mock.timers.tick(100);
  }
  assert.deepEqual(said, []);
  context.mock.timers.tick(500);
  assert.deepEqual(said, ["step 19"]);
});

test("two messages are a second apart, and nothing is said twice", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const said = [];
  let now = 0;
  const announce = createAnnouncer(
    (text) => said.push(text),
    () => now,
  );
  const pass = (ms) => {
    now += ms;
    context.mock.timers.tick(ms);
  };

  announce("one");
  pass(500);
  announce("two");
  pass(600);
  assert.deepEqual(said, ["one"]);
  pass(400);
  assert.deepEqual(said, ["one", "two"]);
  announce("two");
  pass(5000);
  assert.deepEqual(said, ["one", "two"]);
});
