import assert from "node:assert/strict";
import { test } from "node:test";

import { createLeader } from "../../../../frontend/room/desk/lead.js";
import { sameView } from "../../../../frontend/room/stage.js";
import { pageOf, specOf, stageOf, stateOf } from "../hall.js";

function leading(context, stage = stageOf({ view: { state: stateOf(specOf(0.3)) } })) {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const page = { ...pageOf(), played: () => page.stores.experiment.get()?.id ?? null };
  const sent = [];
  const leader = createLeader(page, {
    send: (message) => sent.push(message) > 0,
    tooLong: assert.fail,
  });
  leader.take(stage);
  leader.follower.join();
  return { ...page, leader, sent, wait: (ms) => context.mock.timers.tick(ms) };
}

test("what is changed at the desk goes onto the stage once it rests, and comes back without being set again", (context) => {
  const { stores, leader, sent, opened, wait } = leading(context);
  stores.spec.update(() => specOf(0.4));
  stores.spec.update(() => specOf(0.5));
  assert.deepEqual(sent, []);
  wait(120);
  assert.equal(sent.length, 1);
  assert.equal(sent[0].revision, 1);
  assert.equal(sent[0].change.view.state, stateOf(specOf(0.5)));
  leader.take(stageOf({ revision: 2, view: sent[0].change.view }));
  wait(5000);
  assert.equal(sent.length, 1);
  assert.equal(opened.length, 1);
});

test("a change that another desk was faster than is sent on top of that", (context) => {
  const { stores, leader, sent, wait } = leading(context);
  stores.spec.update(() => specOf(0.4));
  wait(120);
  leader.take(stageOf({ revision: 5, view: { state: stateOf(specOf(0.9)) } }));
  wait(0);
  assert.equal(sent.at(-1).revision, 5);
  assert.equal(sent.at(-1).change.view.state, stateOf(specOf(0.4)));
  assert.equal(stores.spec.get().runs[0].optimizer.lr, 0.4);
});

test("what another desk puts on the stage is here, too, and is not sent back", (context) => {
  const { stores, leader, sent, wait } = leading(context);
  leader.take(stageOf({ revision: 2, view: { state: stateOf(specOf(0.9)) }, cursor: { step: 4 } }));
  wait(3000);
  assert.equal(stores.spec.get().runs[0].optimizer.lr, 0.9);
  assert.equal(stores.clock.get().step, 4);
  assert.deepEqual(sent, []);
});

test("the cursor is told at once, while it is dragged a few times a second, and at last where it rests", (context) => {
  const { stores, sent, wait } = leading(context);
  for (const step of [1, 2, 3, 4]) stores.clock.update((now) => ({ ...now, step }));
  assert.deepEqual(
    sent.map(({ change }) => change.cursor.step),
    [1],
  );
  wait(80);
  assert.deepEqual(
    sent.map(({ change }) => change.cursor.step),
    [1, 4],
  );
  assert.equal(sent[0].revision, undefined);
});

test("a part of a lesson, what is pointed at and a challenge are sent together until they are on the stage", (context) => {
  const { leader, sent, wait } = leading(context);
  leader.goTo({ page: "lesson", lesson: "ravines", part: "why" });
  leader.tell({ highlight: "join" });
  wait(0);
  const [{ change }] = sent;
  assert.ok(sameView(change.view, { ...change.view, page: "lesson", lesson: "ravines", part: "why" }));
  assert.equal(change.highlight, "join");
  leader.take(stageOf({ revision: 3, view: change.view }));
  wait(0);
  assert.deepEqual(sent[1].change, { highlight: "join" });
  leader.take(stageOf({ revision: 4, view: change.view, highlight: "join" }));
  wait(5000);
  assert.equal(sent.length, 2);
});

test("a training at the desk goes onto the stage", (context) => {
  const { stores, sent, wait } = leading(context);
  stores.experiment.update(() => ({ id: "abcdefghijkl" }));
  wait(120);
  assert.equal(sent[0].change.view.experiment, "abcdefghijkl");
});

test("another view goes onto the stage once it has an experiment, and a lesson's runs come in its place", (context) => {
  const lesson = { page: "lesson", lesson: "ravines", part: "why", state: stateOf(specOf(0.3)) };
  const { views, leader, sent, wait } = leading(context, stageOf({ view: lesson }));
  views.seen.update(() => ({ name: "map", id: null }));
  wait(120);
  assert.deepEqual(sent, []);
  views.seen.update(() => ({ name: "map", id: "abcdefghijkl" }));
  wait(120);
  const { shows, experiment, page, lesson: slug } = sent[0].change.view;
  assert.deepEqual([shows, experiment, page, slug], ["map", "abcdefghijkl", "workbench", null]);
  leader.take(stageOf({ revision: 2, view: sent[0].change.view }));
  leader.goTo({ page: "lesson", lesson: "ravines", part: "question" });
  assert.equal(views.seen.get().name, "play");
});

test("the part of a picture that is seen at the desk goes onto the stage, and its whole again", (context) => {
  const { stores, leader, sent, wait } = leading(context);
  const axes = { loss: { home: "a", x: [0, 10], y: [-1, 0] } };
  stores.axes.update(() => axes);
  wait(120);
  assert.deepEqual(sent[0].change, { axes });
  leader.take(stageOf({ revision: 2, view: { state: stateOf(specOf(0.3)) }, axes: structuredClone(axes) }));
  stores.axes.update(() => ({}));
  wait(120);
  assert.deepEqual(sent[1].change, { axes: {} });
  assert.equal(sent.length, 2);
});
