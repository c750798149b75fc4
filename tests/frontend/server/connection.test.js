import assert from "node:assert/strict";
import { test } from "node:test";

import { away, doubt, onReturn, persist, soon, startReach, Unreachable } from "../../../frontend/server/connection.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A server that can be switched off, and everybody who looks at it. */
function begin(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = { there: true, looks: 0 };
  const stop = startReach(async () => {
    server.looks += 1;
    if (!server.there) throw new Error("away");
  });
  context.after(async () => {
    server.there = true;
    context.mock.timers.tick(1000);
    await settled();
    stop();
  });
  const wait = async (ms) => {
    context.mock.timers.tick(ms);
    await settled();
  };
  return { server, wait };
}

test("nobody looks before somebody doubts, and one look is enough where the server answers", async (context) => {
  const { server, wait } = begin(context);
  await wait(10_000);
  assert.equal(server.looks, 0);
  doubt();
  doubt();
  await wait(10_000);
  assert.equal(server.looks, 1);
  assert.equal(away.get(), false);
});

test("a server that is away is looked at every second until it is back", async (context) => {
  const { server, wait } = begin(context);
  let returns = 0;
  const stop = onReturn(() => {
    returns += 1;
  });
  server.there = false;
  doubt();
  await wait(0);
  assert.equal(away.get(), true);
  for (let i = 0; i < 3; i++) await wait(1000);
  assert.equal(server.looks, 4);
  assert.equal(returns, 0);
  server.there = true;
  await wait(1000);
  assert.equal(away.get(), false);
  assert.equal(returns, 1);
  await wait(5000);
  assert.equal(server.looks, 5);
  stop();
});

test("whoever waits is called as soon as the server is back, once, or after the time", async (context) => {
  const { server, wait } = begin(context);
  const called = [];
  server.there = false;
  doubt();
  await wait(0);
  soon(60_000, () => called.push("early"));
  soon(500, () => called.push("late"));
  const cancel = soon(60_000, () => called.push("cancelled"));
  await wait(500);
  assert.deepEqual(called, ["late"]);
  cancel();
  server.there = true;
  await wait(500);
  assert.deepEqual(called, ["late", "early"]);
  await wait(60_000);
  assert.deepEqual(called, ["late", "early"]);
});

test("a question is asked until it is answered; a refusal is an answer", async (context) => {
  const { wait } = begin(context);
  let asked = 0;
  const answer = persist(async () => {
    asked += 1;
    if (asked < 3) throw new Unreachable("away");
    return "here";
  });
  await wait(0);
  await wait(2000);
  await wait(2000);
  assert.equal(await answer, "here");
  await assert.rejects(
    persist(async () => {
      throw new TypeError("a fault");
    }),
    TypeError,
  );
});

test("a question that nobody wants any more is not asked again", async (context) => {
  const { wait } = begin(context);
  const abort = new AbortController();
  let asked = 0;
  const answer = persist(async () => {
    asked += 1;
    throw new Unreachable("away");
  }, abort.signal);
  const refused = assert.rejects(answer, { name: "AbortError" });
  await wait(0);
  abort.abort();
  await wait(2000);
  await refused;
  assert.equal(asked, 1);
});
