import assert from "node:assert/strict";
import { test } from "node:test";

import { FIRST, withCopy, withLr, withRun } from "../../../frontend/state/spec.js";
import { createStore } from "../../../frontend/state/store.js";
import { createHistory, differences } from "../../../frontend/workbench/history.js";

function begin() {
  const time = { now: 0 };
  const spec = createStore(FIRST);
  const history = createHistory(spec, { now: () => time.now });
  const rate = (lr, run = 0) => spec.update((now) => withRun(now, run, (one) => withLr(one, lr)));
  return { spec, history, rate, time, lr: (run = 0) => spec.get().runs[run].optimizer.lr };
}

test("every change is a step, which can be taken back and made again", () => {
  const { spec, history, rate, lr } = begin();
  rate(0.5);
  spec.update((now) => withCopy(now, 0));
  assert.deepEqual(history.possible.get(), { undo: true, redo: false });
  history.undo();
  assert.deepEqual([spec.get().runs.length, lr()], [2, 0.5]);
  history.undo();
  assert.equal(lr(), FIRST.runs[0].optimizer.lr);
  assert.deepEqual(history.possible.get(), { undo: false, redo: true });
  history.undo();
  history.redo();
  history.redo();
  assert.deepEqual([spec.get().runs.length, lr()], [3, 0.5]);
  history.undo();
  rate(0.7);
  assert.equal(history.possible.get().redo, false);
});

test("changes of one field that follow each other closely are one step, of two fields they are two", () => {
  const { history, rate, time, lr } = begin();
  for (const value of [0.5, 0.6, 0.7]) rate(value);
  rate(0.2, 1);
  time.now = 2000;
  rate(0.3, 1);
  history.undo();
  assert.equal(lr(1), 0.2);
  history.undo();
  assert.deepEqual([lr(0), lr(1)], [0.7, FIRST.runs[1].optimizer.lr]);
  history.undo();
  assert.equal(lr(0), FIRST.runs[0].optimizer.lr);
});

test("a drag is one step however long it takes, and the next drag is another", () => {
  const { history, rate, time, lr } = begin();
  for (const drag of [0, 1]) {
    history.hold(true);
    for (const value of [0.5, 0.6, 0.7]) {
      time.now += 5000;
      rate(value + drag);
    }
    history.hold(false);
  }
  history.undo();
  assert.equal(lr(), 0.7);
  history.undo();
  assert.equal(lr(), FIRST.runs[0].optimizer.lr);
});

test("what is the same is no step, and nothing leads back beyond the beginning", () => {
  const { spec, history, rate } = begin();
  spec.update((now) => structuredClone(now));
  assert.equal(history.possible.get().undo, false);
  rate(0.5);
  history.begin();
  assert.equal(history.possible.get().undo, false);
});

test("where two values differ is told by paths", () => {
  assert.deepEqual(differences({ a: 1, b: [1, { c: 2 }] }, { a: 1, b: [1, { c: 3 }] }), ["b.1.c"]);
  assert.deepEqual(differences({ a: [1] }, { a: [1, 2] }), ["a"]);
  assert.deepEqual(differences({ a: undefined }, {}), []);
});
