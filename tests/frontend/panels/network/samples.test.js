import assert from "node:assert/strict";
import { test } from "node:test";
import { gridOf } from "../../../../frontend/panels/network/samples.js";

test("names stand in one column where there is height, else in more, and never on top of each other", () => {
  assert.deepEqual(gridOf(12, 200, 400), { rows: 12, across: 200, down: 400 / 12, size: 17 });
  for (const height of [60, 100, 160, 250, 700]) {
    const { rows, across, down, size } = gridOf(12, 300, height);
    assert.ok(size <= 0.85 * down && rows * down <= height, `${height}: ${size} in ${down}`);
    assert.ok(size >= 12 && across >= 100, `legible in ${height}`);
  }
});
