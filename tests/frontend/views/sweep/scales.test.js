import assert from "node:assert/strict";
import { test } from "node:test";
import { heightOf } from "../../../../frontend/views/small-curve.js";
import { NG } from "../../../../frontend/views/sweep/fields.js";
import {
  fitting,
  hasDiverged,
  lossAxis,
  placesOf,
  stepsAxis,
  stretches,
} from "../../../../frontend/views/sweep/scales.js";
import { value } from "./made.js";

test("values stand by their ratios where they were asked for so, or span more than a factor of twenty", () => {
  const log = placesOf(NG);
  assert.equal(log.kind, "log");
  assert.deepEqual([log.at[0], log.at.at(-1)], [0, 1]);
  assert.ok(Math.abs(log.at[3] - 1 / 3) < 1e-12);
  assert.ok(Math.abs(log.place(0.1) - 2 / 3) < 1e-12);
  assert.equal(log.place(2), null);
  assert.equal(placesOf([1, 2, 3]).kind, "linear");
  assert.equal(placesOf([1, 2, 3], "log").kind, "log");
  assert.equal(placesOf([0, 0.9], "log").kind, "linear");
  const named = placesOf([1, 256, null]);
  assert.deepEqual([named.kind, named.at, named.place(1)], ["named", [0, 0.5, 1], null]);
  assert.deepEqual(placesOf([0.1]).at, [0.5]);
});

test("the loss axis is that of the values that hold", () => {
  const held = [value({ final: 1e-3, final_low: 1e-4, final_high: 1 }), value({ final: 1e90, diverged: 1 })];
  const { range, log } = lossAxis(held, null);
  assert.ok(log && range[0] <= -4 && range[1] >= 0 && range[1] < 2, String(range));
  assert.ok(lossAxis(held, 1e-6).range[0] <= -6);
  assert.equal(lossAxis([value({ final: -1, final_low: -2, final_high: 0 })], null).log, false);
  assert.deepEqual(
    lossAxis([value({ final: "inf", final_low: "inf", final_high: "inf", diverged: 1 })], null).range,
    [-1, 1],
  );
  const zero = lossAxis([value({ final: 0, final_low: 0, final_high: 1 })], null);
  assert.ok(zero.log && Number.isFinite(zero.range[0]));
  assert.equal(heightOf(zero, 0), 0);
  assert.equal(heightOf(zero, Infinity), 1);
});

test("the steps begin at zero unless they span more than a factor of twenty", () => {
  assert.equal(
    stepsAxis([value({}), value({ to_target: null, to_target_low: null, to_target_high: null })], 99).log,
    false,
  );
  assert.equal(
    stepsAxis([value({}), value({ to_target: 400, to_target_low: 300, to_target_high: 500 })], 999).log,
    true,
  );
  assert.ok(stepsAxis([], 99).range[1] >= 99);
});

test("neighbours that diverge are hatched as one stretch", () => {
  assert.deepEqual(stretches([0, 0.5, 1], [false, true, true]), [[0.25, 1.5]]);
  assert.deepEqual(stretches([1, 0, 0.5], [true, true, false]), [
    [-0.5, 0.25],
    [0.75, 1.5],
  ]);
  assert.deepEqual(stretches([0, 1], [false, false]), []);
  assert.deepEqual(stretches([0.5], [true]), [[-0.5, 1.5]]);
  assert.ok(hasDiverged(value({ runs: [0, 1], diverged: 1 })));
  assert.ok(!hasDiverged(value({ runs: [0, 1, 2], diverged: 1 })));
});

test("labels that would touch give way to the one that matters", () => {
  const labels = [0, 10, 20].map((middle, i) => ({ middle, width: 12, weight: i === 1 ? 1 : 0 }));
  assert.deepEqual(fitting(labels, 2), [false, true, false]);
  assert.deepEqual(
    fitting(
      labels.map((one) => ({ ...one, weight: 0 })),
      2,
    ),
    [true, false, true],
  );
});
