import assert from "node:assert/strict";
import { test } from "node:test";

import {
  away,
  doubt,
  isOfServer,
  onReturn,
  persist,
  Retry,
  reached,
  soon,
  startReach,
  Unreachable,
} from "../../../frontend/server/connection.js";

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

test("whoever waits for a server that is away is called as soon as it is back, once, and not before", async (context) => {
  const { server, wait } = begin(context);
  const called = [];
  soon(500, () => called.push("after its time"));
  await wait(500);
  assert.deepEqual(called, ["after its time"]);
  server.there = false;
  doubt();
  await wait(0);
  soon(60_000, () => called.push("long"));
  soon(500, () => called.push("short"));
  const cancel = soon(60_000, () => called.push("cancelled"));
  await wait(500);
  assert.equal(called.length, 1, "Nobody asks a server that is known to be away.");
  cancel();
  server.there = true;
  await wait(500);
  assert.deepEqual(called, ["after its time", "long", "short"]);
  await wait(60_000);
  assert.equal(called.length, 3);
});

test("an answer to anybody ends the pause between two looks", async (context) => {
  const { server, wait } = begin(context);
  server.there = false;
  doubt();
  await wait(0);
  server.there = true;
  await wait(100);
  assert.equal(away.get(), true);
  reached();
  await wait(0);
  assert.equal(away.get(), false);
  assert.equal(server.looks, 2);
  reached();
  await wait(5000);
  assert.equal(server.looks, 2, "Of a server that is there nobody needs to know that it is.");
});

test("after a long absence all connections are made again at once, and one that fails then a moment later", async (context) => {
  const { server, wait } = begin(context);
  const made = { one: 0, other: 0 };
  const retries = { one: new Retry(), other: new Retry(4000, () => 1.5) };
  const connect = (name) => {
    made[name] += 1;
    if (!server.there) retries[name].again(() => connect(name));
  };
  server.there = false;
  connect("one");
  connect("other");
  await wait(0);
  for (let i = 0; i < 30; i++) await wait(1000);
  assert.deepEqual(made, { one: 1, other: 1 });
  server.there = true;
  await wait(1000);
  assert.deepEqual(made, { one: 2, other: 2 });
  retries.one.again(() => connect("one"));
  await wait(500);
  assert.equal(made.one, 3);
});

test("a connection that fails at a server which answers others is made later and later, until something comes over it", async (context) => {
  const { wait } = begin(context);
  const retry = new Retry(1000);
  let made = 0;
  const waited = async () => {
    retry.again(() => {
      made += 1;
    });
    const before = made;
    for (let ms = 0; ; ms += 250) {
      if (made > before) return ms;
      await wait(250);
    }
  };
  assert.deepEqual([await waited(), await waited(), await waited(), await waited()], [250, 500, 1000, 1000]);
  retry.heard();
  assert.equal(await waited(), 250);
  retry.again(() => {
    made = -1;
  });
  retry.stop();
  await wait(10_000);
  assert.notEqual(made, -1);
});

test("what a proxy says of a server that is away is no answer of the server", () => {
  const answer = (status, type) => new Response(null, { status, headers: type ? { "Content-Type": type } : {} });
  for (const status of [502, 503, 504]) assert.equal(isOfServer(answer(status, "text/html")), false);
  assert.equal(isOfServer(answer(502)), false);
  assert.equal(isOfServer(answer(503, "application/problem+json")), true, "The server itself can be too busy.");
  assert.equal(isOfServer(answer(500, "text/html")), true);
  assert.equal(isOfServer(answer(200)), true);
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

test("a question that a proxy refuses three times, though the server is there, is refused", async (context) => {
  const { server, wait } = begin(context);
  let asked = 0;
  const ask = async () => {
    asked += 1;
    throw new Unreachable("Gateway Timeout", true);
  };
  server.there = false;
  const answer = assert.rejects(persist(ask), { name: "Unreachable", byProxy: true });
  await wait(0);
  await wait(2000);
  await wait(1000);
  assert.equal(asked, 1, "The server is away: nobody asks.");
  server.there = true;
  await wait(1000);
  await wait(2000);
  await wait(2000);
  await answer;
  assert.equal(asked, 3);
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
