import assert from "node:assert/strict";
import { test } from "node:test";

import { followExperiment } from "../../../frontend/server/stream.js";

/** A frame of a stream that covers the chunks first..seq. */
function frameOf(seq, first = seq) {
  const header = JSON.stringify({ seq, first, step: seq, stride: 1, n: 1, runs: [0], columns: ["loss"], dtype: "<f8" });
  const padded = header + " ".repeat((8 - ((header.length + 4) % 8)) % 8);
  const buffer = new ArrayBuffer(4 + padded.length + 8);
  new DataView(buffer).setUint32(0, padded.length, true);
  new Uint8Array(buffer, 4).set(new TextEncoder().encode(padded));
  return buffer;
}

function made(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const sockets = [];
  const seen = { blocks: [], done: [], errors: [], events: [], hello: [] };
  const drawings = [];
  const connect = (url) => {
    const socket = { url, sent: [], closed: false, send: (text) => socket.sent.push(JSON.parse(text)) };
    socket.close = () => {
      socket.closed = true;
    };
    sockets.push(socket);
    return socket;
  };
  const on = {
    block: (block) => seen.blocks.push(block.seq),
    done: (message) => seen.done.push(message.status),
    error: (sentence) => seen.errors.push(sentence),
    event: (message) => seen.events.push(message.kind),
    hello: (message) => seen.hello.push(message.status),
  };
  const stop = followExperiment("abc123abc123", on, { connect, afterDrawing: (then) => drawings.push(then) });
  const draw = () => {
    for (const then of drawings.splice(0)) then();
  };
  const say = (message) =>
    sockets.at(-1).onmessage({ data: message instanceof ArrayBuffer ? message : JSON.stringify(message) });
  return { sockets, seen, stop, draw, say, wait: (ms) => context.mock.timers.tick(ms) };
}

const after = (url) => Number(new URL(url).searchParams.get("after"));

test("it asks for the decimated stream with acknowledgements, from the beginning", (context) => {
  const { url } = made(context).sockets[0];
  assert.match(url, /\/api\/experiments\/abc123abc123\/stream\?detail=screen&ack=1&after=0&lang=en$/);
});

test("every sixth frame is acknowledged, once, after it was drawn", (context) => {
  const { sockets, say, draw } = made(context);
  for (let seq = 1; seq <= 5; seq++) say(frameOf(seq));
  draw();
  assert.deepEqual(sockets[0].sent, []);
  say(frameOf(6));
  say(frameOf(7));
  assert.deepEqual(sockets[0].sent, [], "not before it was drawn");
  draw();
  assert.deepEqual(sockets[0].sent, [{ ack: 7 }]);
  for (let seq = 8; seq <= 13; seq++) say(frameOf(seq));
  draw();
  assert.deepEqual(sockets[0].sent, [{ ack: 7 }, { ack: 13 }]);
});

test("after a lost connection it asks only for what it has not seen, waiting ever longer", (context) => {
  const { sockets, seen, say, wait } = made(context);
  say(frameOf(1));
  say(frameOf(2));
  sockets[0].onclose({ code: 1006, reason: "" });
  wait(250);
  assert.equal(after(sockets[1].url), 2);
  sockets[1].onclose({ code: 1006, reason: "" });
  wait(250);
  assert.equal(sockets.length, 2);
  wait(250);
  say(frameOf(3));
  assert.deepEqual(seen.blocks, [1, 2, 3]);
});

test("a frame that was seen is not shown again, one frame may cover many", (context) => {
  const { seen, say } = made(context);
  for (const frame of [frameOf(1), frameOf(1), frameOf(9, 2), frameOf(5), frameOf(10)]) say(frame);
  assert.deepEqual(seen.blocks, [1, 9, 10]);
});

test("a gap is not drawn over: it asks again from the last frame that came", (context) => {
  const { sockets, seen, say, wait } = made(context);
  say(frameOf(1));
  say(frameOf(4));
  assert.equal(sockets[0].closed, true);
  wait(250);
  assert.equal(after(sockets[1].url), 1);
  assert.deepEqual(seen.blocks, [1]);
});

test("hello, events and the end are passed on, and after the end nothing is asked", (context) => {
  const { sockets, seen, say, wait } = made(context);
  say({ type: "hello", spec: {}, status: "running" });
  say({ type: "event", run: 0, kind: "first_rise", step: 3, sentence: "The loss rose." });
  say({ type: "done", status: "done", outcomes: [] });
  sockets[0].onclose({ code: 1000, reason: "" });
  wait(60_000);
  assert.deepEqual([seen.hello, seen.events, seen.done], [["running"], ["first_rise"], ["done"]]);
  assert.equal(sockets.length, 1);
});

test("a refusal is shown, not retried", (context) => {
  const { sockets, seen, wait } = made(context);
  sockets[0].onclose({ code: 4404, reason: "There is no experiment 'abc123abc123'." });
  wait(60_000);
  assert.deepEqual(seen.errors, ["There is no experiment 'abc123abc123'."]);
  assert.equal(sockets.length, 1);
});

test("stopped, it hears nothing more and does not come back", (context) => {
  const { sockets, seen, stop, say, wait } = made(context);
  stop();
  say(frameOf(1));
  sockets[0].onclose({ code: 1006, reason: "" });
  wait(60_000);
  assert.deepEqual(seen.blocks, []);
  assert.equal(sockets.length, 1);
});
