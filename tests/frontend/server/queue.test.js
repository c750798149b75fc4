import assert from "node:assert/strict";
import { test } from "node:test";
import { whenBegun } from "../../../frontend/server/queue.js";

/** Answers one after the other; every question is kept. */
function serverOf(...answers) {
  const asked = [];
  const get = async (id) => {
    asked.push(id);
    const status = answers.shift();
    if (status === undefined) throw new Error("away");
    return { id, status };
  };
  return { asked, get };
}

const settle = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

async function pass(context, ms) {
  context.mock.timers.tick(ms);
  await settle();
}

test("a queued experiment is asked for, ever less often, until a worker has taken it", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { asked, get } = serverOf("queued", "queued", "running");
  const begun = [];
  whenBegun({ id: "a", status: "queued" }, ({ status }) => begun.push(status), get);
  await pass(context, 1000);
  assert.deepEqual(asked, ["a"]);
  await pass(context, 1400);
  assert.equal(asked.length, 1, "The second question comes after one and a half seconds.");
  await pass(context, 100);
  assert.equal(asked.length, 2);
  assert.deepEqual(begun, []);
  await pass(context, 2250);
  assert.deepEqual(begun, ["running"]);
  await pass(context, 60_000);
  assert.equal(asked.length, 3);
});

test("what runs already, what is not wanted any more, and a server that is away are not asked again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const [running, left, away] = [serverOf("running"), serverOf("queued", "running"), serverOf()];
  const begun = [];
  whenBegun({ id: "a", status: "running" }, () => begun.push("a"), running.get);
  const leave = whenBegun({ id: "b", status: "queued" }, () => begun.push("b"), left.get);
  whenBegun({ id: "c", status: "queued" }, () => begun.push("c"), away.get);
  await pass(context, 1000);
  leave();
  await pass(context, 60_000);
  const questions = [running, left, away].map(({ asked }) => asked.length);
  assert.deepEqual(questions, [0, 1, 1]);
  assert.deepEqual(begun, []);
});
