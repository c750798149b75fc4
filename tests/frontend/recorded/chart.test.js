import assert from "node:assert/strict";
import { test } from "node:test";

import { endsOf, nearestEntry, pathOf } from "../../../frontend/recorded/chart.js";
import { shownOf, stepsOf } from "../../../frontend/recorded/columns.js";

const curve = (values, steps = values.map((_, i) => i)) => ({ steps, values, color: "", dash: [] });
const run = (columns, n) => ({
  index: 0,
  label: "",
  n,
  outcome: null,
  columns: new Map(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)])),
});

test("an axis is logarithmic where positive values span decades, and knows finite values only", () => {
  assert.deepEqual(endsOf([curve([1, 2, NaN, Infinity])]), { low: 1, high: 2, log: false });
  assert.deepEqual(endsOf([curve([0.01]), curve([10])]), { low: 0.01, high: 10, log: true });
  assert.deepEqual(endsOf([curve([-1, 1000])]), { low: -1, high: 1000, log: false });
  assert.equal(endsOf([curve([NaN])]), null);
  assert.equal(endsOf([]), null);
});

test("a path is broken where a value is not finite", () => {
  const same = (value) => value;
  assert.equal(pathOf(curve([1, NaN, 3, 4], [0, 10, 20, 30]), same, same), "M0.0 1.0M20.0 3.0L30.0 4.0");
});

test("columns without numbers are left out, and shares are computed", () => {
  const one = run(
    { loss: [3, 2], lr: [0.1, 0.1], limit: [0.2, 0.05], scale: [NaN, NaN], update0: [1, 2], weight0: [4, 4] },
    2,
  );
  const shown = shownOf([one], ["lstm"]);
  assert.deepEqual(
    shown.map(({ title }) => title),
    ["Loss", "Learning rate", "Learning rate / stability limit", "Update / weights: lstm"],
  );
  assert.deepEqual(Array.from(shown[2].of(one)), [0.5, 2]);
  assert.deepEqual(Array.from(shown[3].of(one)), [0.25, 0.5]);
});

test("a gradient that nobody clipped is drawn once", () => {
  const titles = (clipped) =>
    shownOf([run({ grad_norm: [2, NaN], clipped_norm: [clipped, NaN] }, 2)], []).map(({ title }) => title);
  assert.equal(titles(2).length, 1);
  assert.equal(titles(1).length, 2);
});

test("entries are at their steps where those are told", () => {
  assert.deepEqual(Array.from(stepsOf(run({ loss: [1, 2] }, 2))), [0, 1]);
  assert.deepEqual(Array.from(stepsOf(run({ step: [0, 7, 9], loss: [1, 2, 3] }, 2))), [0, 7]);
});

test("what is pointed at is the nearest entry", () => {
  const at = (step, steps = [0, 10, 40]) => nearestEntry(steps, step);
  assert.deepEqual(
    [-5, 0, 4, 6, 24, 26, 99].map((step) => at(step)),
    [0, 0, 0, 1, 1, 2, 2],
  );
  assert.deepEqual([at(3, [7]), at(3, [])], [0, 0]);
});
