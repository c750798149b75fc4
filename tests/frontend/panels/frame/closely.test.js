import assert from "node:assert/strict";
import { test } from "node:test";

import { stepsInSight } from "../../../../frontend/panels/frame/closely.js";
import { runOf } from "../../made.js";

const box = { x: 0, y: 0, width: 100, height: 100 };
const axis = (low, high) => ({ range: [low, high], log: false, title: "" });
const seriesOf = (run, x, y) => ({ run, facet: 0, x: run.columns.get(x) ?? null, y: run.columns.get(y), shift: 0 });

test("the steps in sight are those of ways that cross the picture, of runs that are there as an overview", () => {
  const columns = { step: [0, 100, 200, 300, 400], loss: [9, 8, 5, 5, 5], p0: [0, 1, 2, 3, 4], p1: [0, 1, 2, 3, 4] };
  const run = runOf(columns);
  const curve = seriesOf(run, "", "loss");
  assert.deepEqual(stepsInSight([curve], [{ box, x: axis(150, 180), y: axis(0, 10) }]), { first: 100, last: 200 });
  const path = seriesOf(run, "p0", "p1");
  assert.deepEqual(stepsInSight([path], [{ box, x: axis(2.2, 3.8), y: axis(2.2, 3.8) }]), { first: 200, last: 400 });
  assert.equal(stepsInSight([path], [{ box, x: axis(20, 30), y: axis(20, 30) }]), null);
  const whole = runOf({ loss: [9, 8, 7] });
  assert.equal(stepsInSight([seriesOf(whole, "", "loss")], [{ box, x: axis(0, 2), y: axis(0, 10) }]), null);
});
