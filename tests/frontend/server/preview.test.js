import assert from "node:assert/strict";
import { test } from "node:test";

import { createPreview } from "../../../frontend/server/preview.js";
import { createStore } from "../../../frontend/state/store.js";

/** A frame of /api/preview: the same losses for every run. */
function frameOf(request, losses, { runs = [0], step = 0 } = {}) {
  const header = JSON.stringify({
    seq: 1,
    first: 1,
    step,
    stride: 1,
    n: losses.length,
    runs,
    columns: ["loss"],
    dtype: "<f8",
    request,
  });
  const padded = header + " ".repeat((8 - ((header.length + 4) % 8)) % 8);
  const buffer = new ArrayBuffer(4 + padded.length + 8 * losses.length * runs.length);
  new DataView(buffer).setUint32(0, padded.length, true);
  new Uint8Array(buffer, 4).set(new TextEncoder().encode(padded));
  new Float64Array(buffer, 4 + padded.length).set(runs.flatMap(() => losses));
  return buffer;
}

const specOf = (lr, steps = 2) => ({
  problem: { kind: "parabola" },
  runs: [{ optimizer: { kind: "sgd", lr } }],
  steps,
  seed: 0,
  dtype: "float64",
});
const outcome = { kind: "converged", because: "" };

function made(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const stores = {
    spec: createStore(specOf(0.1)),
    runs: createStore([]),
    landscape: createStore(null),
    events: createStore([]),
    clock: createStore({ step: 0, last: 0, playing: true, speed: 1, live: false }),
    view: createStore({ selected: 0, hovered: null, log: true, theme: "light", follow: false }),
  };
  const sockets = [];
  const problems = [];
  const connect = (url) => {
    const socket = {
      url,
      sent: [],
      send: (text) => socket.sent.push(JSON.parse(text)),
      close: () => socket.onclose?.({ code: 1000 }),
    };
    sockets.push(socket);
    return socket;
  };
  const lates = [];
  const late = (is) => is !== (lates.at(-1) ?? false) && lates.push(is);
  const turns = [];
  const turn = (place) => place !== (turns.at(-1) ?? null) && turns.push(place);
  const preview = createPreview(stores, (problem) => problems.push(problem), { connect, late, turn });
  const open = () => sockets.at(-1).onopen();
  const say = (message) =>
    sockets.at(-1).onmessage({ data: message instanceof ArrayBuffer ? message : JSON.stringify(message) });
  const losses = () => stores.runs.get().map((run) => [...run.columns.get("loss").slice(0, run.n)]);
  return {
    stores,
    preview,
    sockets,
    problems,
    lates,
    turns,
    open,
    say,
    losses,
    wait: (ms) => context.mock.timers.tick(ms),
  };
}

test("a question waits for the connection, and is answered with runs, outcomes and a clock that knows the last step", (context) => {
  const { stores, preview, sockets, problems, open, say, losses } = made(context);
  preview.ask(specOf(1.05));
  open();
  assert.deepEqual(sockets[0].sent, [{ id: 1, spec: specOf(1.05) }]);
  assert.match(sockets[0].url, /^wss?:\/\/.*\/api\/preview\?lang=en$/);
  say(frameOf(1, [16, 4, 1]));
  say({ type: "done", request: 1, outcomes: [outcome] });

  assert.deepEqual(losses(), [[16, 4, 1]]);
  assert.deepEqual(stores.runs.get()[0].outcome, outcome);
  assert.equal(stores.runs.get()[0].label, "lr 1.05");
  assert.deepEqual([stores.clock.get().last, stores.clock.get().playing], [2, true]);
  assert.equal(problems.at(-1), null);
});

test("while dragging, the newest question is sent when the last one is answered; those in between never", (context) => {
  const { preview, sockets, open, say } = made(context);
  open();
  for (const lr of [0.1, 0.2, 0.3, 0.4]) preview.ask(specOf(lr));
  assert.deepEqual(
    sockets[0].sent.map(({ spec }) => spec.runs[0].optimizer.lr),
    [0.1],
  );
  say(frameOf(1, [1, 2, 3]));
  say({ type: "done", request: 1, outcomes: [outcome] });
  assert.deepEqual(
    sockets[0].sent.map(({ spec }) => spec.runs[0].optimizer.lr),
    [0.1, 0.4],
  );
});

test("an answer that takes long gives way to a newer question, and its late frames are not drawn", (context) => {
  const { preview, sockets, open, say, losses, wait } = made(context);
  open();
  preview.ask(specOf(0.1));
  preview.ask(specOf(0.2));
  wait(121);
  assert.equal(sockets[0].sent.length, 2);
  say(frameOf(1, [9, 9, 9]));
  say({ type: "superseded", request: 1 });
  assert.deepEqual(losses(), []);
  say(frameOf(2, [1, 1, 1]));
  say({ type: "done", request: 2, outcomes: [outcome] });
  assert.deepEqual(losses(), [[1, 1, 1]]);
});

test("the old picture stays until the new one is whole, or has taken its time", (context) => {
  const { stores, preview, open, say, losses, wait } = made(context);
  open();
  preview.ask(specOf(0.1));
  say(frameOf(1, [1, 1, 1]));
  say({ type: "done", request: 1, outcomes: [outcome] });
  preview.ask(specOf(0.2, 100));
  say(frameOf(2, [7, 6]));
  assert.deepEqual(losses(), [[1, 1, 1]]);
  wait(121);
  assert.deepEqual(losses(), [[7, 6]]);
  assert.equal(stores.clock.get().last, 100);
  say(frameOf(2, [5], { step: 2 }));
  assert.deepEqual(losses(), [[7, 6, 5]]);
  say({ type: "done", request: 2, outcomes: [outcome] });
  assert.equal(stores.clock.get().last, 2);
});

test("the clock keeps its step where the new trace has it, and its end where not", (context) => {
  const { stores, preview, open, say } = made(context);
  open();
  stores.clock.update((clock) => ({ ...clock, last: 40, step: 12 }));
  for (const [id, n, expected] of [
    [1, 41, 12],
    [2, 6, 5],
  ]) {
    preview.ask(specOf(0.1 * id));
    say(frameOf(id, Array(n).fill(1)));
    say({ type: "done", request: id, outcomes: [outcome] });
    assert.equal(stores.clock.get().step, expected);
  }
});

test("a bad spec is reported, the picture stays, and the next question is sent", (context) => {
  const { preview, sockets, problems, open, say, losses } = made(context);
  open();
  preview.ask(specOf(0.1));
  say(frameOf(1, [1]));
  say({ type: "done", request: 1, outcomes: [outcome] });
  preview.ask(specOf(-1));
  say({ type: "about:blank", title: "Not a spec", status: 422, detail: "lr is -1", request: 2 });
  assert.equal(problems.at(-1).detail, "lr is -1");
  assert.deepEqual(losses(), [[1]]);
  preview.ask(specOf(0.5));
  assert.equal(sockets[0].sent.length, 3);
});

test("after a lost connection it says so, waits ever longer, and asks the newest question again", (context) => {
  const { preview, sockets, problems, open, wait } = made(context);
  open();
  preview.ask(specOf(0.1));
  preview.ask(specOf(0.7));
  sockets[0].onclose({ code: 1006, reason: "" });
  assert.equal(problems.at(-1).type, "connection");
  wait(249);
  assert.equal(sockets.length, 1);
  wait(1);
  sockets[1].onclose({ code: 1006, reason: "" });
  wait(499);
  assert.equal(sockets.length, 2);
  wait(1);
  open();
  assert.deepEqual(
    sockets[2].sent.map(({ spec }) => spec.runs[0].optimizer.lr),
    [0.7],
  );
  assert.equal(problems.at(-1), null, "The connection is there again: its answer may take its time.");
});

test("events come with the end of an answer, and those of the answer before are gone until then", (context) => {
  const { stores, preview, open, say, wait } = made(context);
  const rise = { run: 0, kind: "first_rise", step: 1, sentence: "Step 1: the loss rises." };
  open();
  preview.ask(specOf(0.1));
  say(frameOf(1, [1]));
  say({ type: "done", request: 1, outcomes: [outcome], events: [rise, { ...rise, kind: "nonfinite", value: "inf" }] });
  assert.deepEqual(stores.events.get(), [
    { ...rise, value: null },
    { ...rise, kind: "nonfinite", value: Infinity },
  ]);

  preview.ask(specOf(0.2));
  say(frameOf(2, [2]));
  wait(120);
  assert.equal(stores.runs.get()[0].columns.get("loss")[0], 2);
  assert.deepEqual(stores.events.get(), []);
});

test("forgotten, an answer is not shown, nor the question asked again", (context) => {
  const { preview, sockets, open, say, losses, wait } = made(context);
  open();
  preview.ask(specOf(0.1));
  preview.ask(specOf(0.2));
  preview.forget();
  say(frameOf(1, [1, 2, 3]));
  say({ type: "done", request: 1, outcomes: [outcome] });
  wait(1000);
  sockets[0].onclose({ code: 1006, reason: "" });
  wait(250);
  open();
  assert.deepEqual([losses(), sockets[1].sent], [[], []]);
  preview.ask(specOf(0.3));
  assert.equal(sockets[1].sent.length, 1);
});

test("closed, it neither connects again nor says anything", (context) => {
  const { preview, sockets, problems, open, wait } = made(context);
  open();
  preview.close();
  wait(60_000);
  assert.equal(sockets.length, 1);
  assert.deepEqual(problems, []);
});

test("what is shown is said to be late from 400 ms on, until the newest question has its answer", (context) => {
  const { preview, open, say, wait, lates } = made(context);
  open();
  preview.ask(specOf(0.1));
  wait(399);
  assert.deepEqual(lates, []);
  wait(1);
  assert.deepEqual(lates, [true]);
  say(frameOf(1, [4, 2, 1]));
  assert.deepEqual(lates, [true], "some of it is not all");
  preview.ask(specOf(0.2));
  say({ type: "done", request: 1, outcomes: [outcome] });
  say(frameOf(2, [4, 1, 0]));
  assert.deepEqual(lates, [true]);
  say({ type: "done", request: 2, outcomes: [outcome] });
  assert.deepEqual(lates, [true, false]);
});

test("a question that cannot be sent is late too; a refusal is an answer, and what is forgotten is not waited for", (context) => {
  const { preview, sockets, open, say, wait, lates } = made(context);
  open();
  sockets[0].onclose({ code: 1006 });
  preview.ask(specOf(0.1));
  wait(400);
  assert.deepEqual(lates, [true]);
  open();
  say({ request: 1, title: "Too long", detail: "steps is 1e9.", status: 422 });
  assert.deepEqual(lates, [true, false]);
  preview.ask(specOf(0.2));
  wait(400);
  preview.forget();
  assert.deepEqual(lates, [true, false, true, false]);
  wait(5000);
  assert.deepEqual(lates, [true, false, true, false]);
});

test("a busy server says which place a question has; its answer, a refusal and a newer question end that", (context) => {
  const { preview, problems, turns, open, say } = made(context);
  preview.ask(specOf(0.1));
  open();
  say({ type: "waiting", request: 1, place: 12 });
  say({ type: "waiting", request: 1, place: 3 });
  say({ type: "waiting", request: 7, place: 9 });
  say(frameOf(1, [16, 4, 1]));
  say({ type: "done", request: 1, outcomes: [outcome] });
  assert.deepEqual(turns, [12, 3, null]);
  preview.ask(specOf(0.2));
  say({ type: "waiting", request: 2, place: 2 });
  preview.forget();
  assert.deepEqual(turns, [12, 3, null, 2, null]);
  assert.deepEqual(problems.filter(Boolean), []);
});
