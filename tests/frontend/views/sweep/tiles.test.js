import assert from "node:assert/strict";
import { test } from "node:test";
import { curveOf, drawn, sharedAxis } from "../../../../frontend/views/sweep/tiles.js";

test("of very many values evenly spread ones are drawn, with both ends", () => {
  assert.deepEqual(drawn(3), [0, 1, 2]);
  assert.deepEqual(drawn(101, 5), [0, 25, 50, 75, 100]);
});

test("a network's curve joins what was measured, any other has every entry", () => {
  const run = (columns, n) => ({ n, columns: new Map(Object.entries(columns)), outcome: null, step: 0, stride: 1 });
  const columns = { loss: [1, 1, 1, 1], train_loss: [100, 100, 100, 1] };
  assert.deepEqual(curveOf(run(columns, 4)), { step: [0, 3], loss: [100, 1], n: 2 });
  assert.deepEqual(curveOf(run({ loss: [2, 2, 1] }, 3)), { step: [0, 1, 2], loss: [2, 2, 1], n: 3 });
  assert.equal(curveOf(run({}, 0)).n, 0);
  const shared = sharedAxis([run({ loss: [1], train_loss: [4] }, 1), run({ loss: [1], train_loss: [0.5] }, 1)]);
  assert.ok(shared.axis.range[0] <= Math.log10(0.5) && shared.axis.range[1] >= Math.log10(8));
});
