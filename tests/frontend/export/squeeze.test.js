import assert from "node:assert/strict";
import { test } from "node:test";

import { released, squeezed } from "../../../frontend/export/squeeze.js";
import { descent } from "../made.js";

/** Numbers of every size and sign, the same ones every time. */
function anyNumbers(n) {
  let seed = 7;
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  return Float64Array.from({ length: n }, () => (next() - 0.5) * 10 ** (600 * next() - 300));
}

const SPECIAL = [0, -0, NaN, Infinity, -Infinity, 1e308, -1.7976931348623157e308, 1e-300, 5e-324, 1, -1];

for (const digits of [16, 19]) {
  test(`with ${digits} digits a number is as exact as that, whatever its size, and what is not finite stays`, () => {
    const column = Float64Array.from([...SPECIAL, ...anyNumbers(3000)]);
    const back = released(squeezed(column, { digits, floor: 0 }));
    for (const [i, value] of column.entries()) {
      if (Number.isFinite(value))
        assert.ok(Math.abs(back[i] - value) <= Math.abs(value) * 2 ** -digits + 1e-307, `${value}`);
      else assert.equal(back[i], value);
    }
  });
}

test("above a floor the distance is what is exact, and the floor itself is", () => {
  const column = Float64Array.from({ length: 100 }, (_, i) => -1.25 + 0.5 ** i);
  column[99] = -1.25;
  const back = released(squeezed(column, { digits: 16, floor: -1.25 }));
  for (const [i, value] of column.entries())
    assert.ok(Math.abs(back[i] - value) <= (value + 1.25) * 2 ** -16, `${value}`);
  assert.equal(back[99], -1.25);
});

test("in steps a number is half a step off at most; one that is too far away is left to others", () => {
  const column = Float64Array.from({ length: 500 }, (_, i) => Math.sin(i) * 40);
  const back = released(squeezed(column, { step: 1e-3 }));
  for (const [i, value] of column.entries()) assert.ok(Math.abs(back[i] - value) <= 0.5001e-3);
  for (const far of [1e300, NaN, Infinity, -Infinity, 2e6])
    assert.equal(squeezed(Float64Array.of(0, far), { step: 1e-3 }), null);
});

test("what goes on as it went is foretold, also a zigzag: little is left to write", () => {
  for (const lr of [0.05, 0.9]) {
    const { loss, p0 } = descent({ lr, steps: 200 });
    for (const [column, exactness] of [
      [loss, { digits: 16, floor: 0 }],
      [p0, { step: 10 / 2 ** 16 }],
    ]) {
      const [, , rest] = squeezed(Float64Array.from(column), exactness);
      const sizes = [...rest].map((value) => Math.abs(value)).sort((a, b) => a - b);
      assert.ok(sizes[150] < 64, `${lr}: ${sizes[150]}`);
    }
  }
});
