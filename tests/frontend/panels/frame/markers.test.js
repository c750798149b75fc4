import assert from "node:assert/strict";
import { test } from "node:test";

import { createGate, markerAt } from "../../../../frontend/panels/frame/markers.js";
import { runOf } from "../../made.js";

const box = { x: 0, y: 0, width: 100, height: 100 };
const facet = {
  box,
  x: { range: [0, 10], log: false, title: "" },
  y: { range: [0, 10], log: false, title: "" },
  run: null,
};

function seriesOf(run) {
  return {
    run,
    facet: 0,
    x: null,
    y: run.columns.get("loss"),
    shift: 0,
    color: "#000000",
    width: 2,
    dash: [],
    dots: 0,
    monotone: true,
  };
}

test("between two entries a point is on the line that joins them", () => {
  const marker = markerAt(facet, seriesOf(runOf({ loss: [0, 4, 8] })), 1.25);
  assert.deepEqual([marker.index, marker.from, marker.at, marker.ended], [1, [10, 60], [12.5, 50], false]);
});

test("a run that ended stays at its last finite entry", () => {
  const run = runOf({ loss: [1, 2, Infinity] });
  for (const [step, index, ended] of [
    [1.5, 1, false],
    [2, 1, true],
    [99, 1, true],
  ]) {
    const marker = markerAt(facet, seriesOf(run), step);
    assert.deepEqual([marker.index, marker.at, marker.ended], [index, [10, 80], ended]);
  }
});

test("a run that left the box says so; one without a finite entry has no point", () => {
  assert.equal(markerAt(facet, seriesOf(runOf({ loss: [1, 50] })), 1).inside, false);
  assert.equal(markerAt(facet, seriesOf(runOf({ loss: [NaN] })), 0), null);
  assert.equal(markerAt(facet, seriesOf({ ...runOf({ loss: [1] }), n: 0 }), 0), null);
});

test("a point that leaps back and forth at 60 frames a second is shown elsewhere at most three times in any second", () => {
  const gate = createGate();
  const moves = [];
  let shown = 10;
  for (let frame = 0; frame < 240; frame++) {
    const x = frame % 2 === 0 ? 10 : 90;
    if (!gate.lets(0, [x, 50], (frame * 1000) / 60) || x === shown) continue;
    shown = x;
    moves.push(frame / 60);
  }
  assert.ok(moves.length > 5, "it does move");
  for (const from of moves) assert.ok(moves.filter((at) => at >= from && at < from + 1).length <= 3);
});

test("a point that glides is never held", () => {
  const gate = createGate();
  for (let frame = 0; frame < 60; frame++) assert.ok(gate.lets(0, [5 * frame, 50], (frame * 1000) / 60));
});
