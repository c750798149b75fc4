import assert from "node:assert/strict";
import { test } from "node:test";

import { barsOf, crowdOf, ghostOf } from "../../../frontend/room/results.js";

const steps = [0, 10, 20, 30, 40];
const sketch = { kind: "sketch", shape: { steps, run: 1, column: "loss" } };
const number = { kind: "number", shape: { low: 1, high: 100, mark: "step" } };

test("the ghost of a class is the median of its last round, with the middle half around it", () => {
  const median = [1, 0.5, 0.2, 0.1, 0.05];
  const results = [
    { round: 1, count: 2, median: [1, 1, 1, 1, 1], low: null, high: null },
    { round: 2, count: 3, median, low: median.map((y) => y / 2), high: median.map((y) => 2 * y) },
  ];
  const crowd = crowdOf({ ...sketch, results });
  assert.equal(crowd.run, 1);
  assert.deepEqual(crowd.line[2], [20, 0.2]);
  assert.deepEqual(crowd.band[2], [20, 0.1, 0.4]);
  assert.deepEqual(ghostOf(sketch, median).line[4], [40, 0.05]);
});

test("a number that is a step has a place in the picture, others have none", () => {
  const results = [{ round: 1, count: 4, median: 31.5, edges: [1, 10, 100], counts: [1, 3] }];
  assert.deepEqual(crowdOf({ ...number, results }), { step: 31.5 });
  assert.deepEqual(ghostOf(number, 12), { step: 12 });
  assert.equal(crowdOf({ ...number, shape: { mark: null }, results }), null);
  assert.equal(crowdOf({ ...number, results: [{ round: 1, count: 0, median: null }] }), null);
  assert.equal(crowdOf({ ...number, results: null }), null);
  assert.equal(crowdOf({ kind: "choice", shape: null, results: [{ round: 1, count: 1, counts: [1] }] }), null);
  assert.equal(
    crowdOf({ ...sketch, shape: { steps, column: "p0" }, results: [{ round: 1, count: 1, median: steps }] }),
    null,
  );
});

test("bars have the options or the bins, both rounds, and one's own", () => {
  const choice = { kind: "choice", options: ["Adam", "Momentum"] };
  const [first, second] = [{ counts: [3, 1] }, { counts: [1, 3] }];
  assert.deepEqual(barsOf(choice, [first], null), [
    { name: "Adam", before: null, after: 3, own: false },
    { name: "Momentum", before: null, after: 1, own: false },
  ]);
  assert.deepEqual(barsOf(choice, [first, second], 1)[1], { name: "Momentum", before: 1, after: 3, own: true });
  const bins = { edges: [1, 10, 100], counts: [2, 1] };
  const own = (value) => barsOf(number, [bins], value).map((bar) => bar.own);
  assert.deepEqual(own(9.9), [true, false]);
  assert.deepEqual(own(10), [false, true]);
  assert.deepEqual(own(100), [false, true]);
  assert.equal(barsOf(number, [bins], null)[0].name, "1 – 10");
  assert.deepEqual(barsOf({ kind: "sketch", options: null }, [{ median: steps }], null), []);
});
