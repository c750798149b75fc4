import assert from "node:assert/strict";
import { test } from "node:test";

import { connectRoom } from "../../../frontend/room/connection.js";

function made(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const sockets = [];
  const told = [];
  let now = 0;
  const connect = (url) => {
    const socket = { url, readyState: 1, sent: [], send: (text) => socket.sent.push(JSON.parse(text)), close() {} };
    sockets.push(socket);
    return socket;
  };
  const on = {
    hear: (message) => told.push(message),
    connected: (is) => told.push(is),
    refused: (sentence) => told.push(sentence),
  };
  const room = connectRoom(on, { connect, now: () => now, random: () => 0 });
  return { sockets, told, room, pass: (ms) => (now += ms), tick: (ms) => context.mock.timers.tick(ms) };
}

test("messages are heard, and what is said is sent where the socket is open", (context) => {
  const { sockets, told, room } = made(context);
  assert.match(sockets[0].url, /\/api\/room\/live\?lang=en$/);
  sockets[0].onopen();
  sockets[0].onmessage({ data: '{"type":"room"}' });
  assert.deepEqual(told, [true, { type: "room" }]);
  assert.equal(room.send({ type: "ack" }), true);
  assert.deepEqual(sockets[0].sent, [{ type: "ack" }]);
  sockets[0].readyState = 3;
  assert.equal(room.send({ type: "ack" }), false);
});

test("a lost connection is made again, each time later", (context) => {
  const { sockets, told, tick } = made(context);
  sockets[0].onclose({ code: 1006, reason: "" });
  tick(249);
  assert.equal(sockets.length, 1);
  tick(1);
  assert.equal(sockets.length, 2);
  sockets[1].onclose({ code: 1006, reason: "" });
  tick(499);
  assert.equal(sockets.length, 2);
  tick(1);
  assert.equal(sockets.length, 3);
  assert.deepEqual(told, [false, false]);
});

test("a refusal is told in the server's words, and is not tried again", (context) => {
  const { sockets, told, tick } = made(context);
  sockets[0].onclose({ code: 4403, reason: "The class has ended." });
  tick(60_000);
  assert.deepEqual(told, [false, "The class has ended."]);
  assert.equal(sockets.length, 1);
});

test("a page that was away for long connects anew, and hears nothing of the old socket", (context) => {
  const { sockets, told, room, pass } = made(context);
  room.sight(false);
  pass(3000);
  room.sight(true);
  assert.equal(sockets.length, 1);
  room.sight(false);
  pass(3001);
  room.sight(true);
  assert.equal(sockets.length, 2);
  sockets[0].onmessage({ data: '{"type":"room"}' });
  sockets[0].onclose({ code: 1006, reason: "" });
  assert.deepEqual(told, []);
});
