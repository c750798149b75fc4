import assert from "node:assert/strict";
import { test } from "node:test";

import {
  edgeScale,
  exitOf,
  fillBox,
  linearSpan,
  logSpan,
  lossScale,
  percentile,
  spanOf,
  summary,
} from "../../../frontend/plot/ranges.js";
import { appendBlock } from "../../../frontend/state/run-data.js";
import { blockOf, runOf } from "../made.js";

const good = runOf({ loss: [16, 4, 1, 0.25] }, { kind: "converged" });
const bad = runOf({ loss: [16, 1e3, 1e6, 1e300, Infinity] }, { index: 1, kind: "diverged" });

test("one exploding run does not flatten the others: the axis ends three decades above the best run's start", () => {
  const { range } = lossScale([good, bad], true);
  assert.ok(range[1] >= Math.log10(16e3) && range[1] < 5, String(range));
  assert.ok(range[0] <= Math.log10(0.25) && range[0] > -2, String(range));
});

test("no decade is wasted where no run goes so high", () => {
  const { range } = lossScale([good], true);
  assert.ok(range[1] < 2, String(range));
});

test("where every run diverged, the axis still ends three decades above the start", () => {
  const { range } = lossScale([bad], true);
  assert.ok(range[1] < 5, String(range));
});

test("a run that rises far but did not diverge is shown as far as its 99th percentile", () => {
  const loss = Array.from({ length: 200 }, (_, i) => (i < 20 ? 10 ** (i / 2) : 1e-3));
  const { range } = lossScale([runOf({ loss }, { kind: "converged" })], true);
  assert.ok(range[1] > 8 && range[1] < 10, String(range));
});

test("the linear axis ends at the best run's start", () => {
  const { range } = lossScale([good, bad], false);
  assert.ok(range[0] <= 0 && range[1] >= 16 && range[1] < 18, String(range));
});

const cases = {
  "no run": [],
  "one entry": [runOf({ loss: [3] })],
  "nothing but NaN": [runOf({ loss: [NaN, NaN] })],
  "nothing but infinity": [runOf({ loss: [Infinity, -Infinity] })],
  "nothing but zero": [runOf({ loss: [0, 0] })],
  "the largest and smallest numbers": [runOf({ loss: [1e308, 5e-324, -1e308] })],
  "a constant": [runOf({ loss: [7, 7, 7] })],
  "only diverged runs": [bad],
};
for (const [name, runs] of Object.entries(cases)) {
  for (const log of [true, false]) {
    test(`${name}: the ${log ? "logarithmic" : "linear"} axis is finite, ascending and within what can be plotted`, () => {
      const { range, shift } = lossScale(runs, log);
      assert.ok(range.every(Number.isFinite) && range[0] < range[1], String(range));
      assert.ok(Number.isFinite(shift));
      assert.ok(Math.abs(range[0]) < (log ? 320 : 2e150) && Math.abs(range[1]) < (log ? 320 : 2e150), String(range));
    });
  }
}

test("negative losses are shifted by the best, and zero is said to have no logarithm", () => {
  assert.deepEqual((({ shift, zero }) => ({ shift, zero }))(lossScale([runOf({ loss: [3, -1, -2] })], true, -2.5)), {
    shift: -2.5,
    zero: false,
  });
  assert.deepEqual((({ shift, zero }) => ({ shift, zero }))(lossScale([runOf({ loss: [3, -1, -2] })], true)), {
    shift: -2,
    zero: true,
  });
  assert.deepEqual((({ shift, zero }) => ({ shift, zero }))(lossScale([runOf({ loss: [4, 0] })], true, 0)), {
    shift: 0,
    zero: true,
  });
  assert.equal(lossScale([runOf({ loss: [3, -2] })], false).shift, 0);
});

test("an exit is where the loss stays above the axis, and where it stops being a number", () => {
  const scale = { log: true, range: [-1, 4], shift: 0 };
  const exit = { exact: true, what: "inf" };
  assert.deepEqual(exitOf(bad, scale), { ...exit, off: 2, nonfinite: 4, n: 5 });
  assert.deepEqual(exitOf(good, scale), { ...exit, off: null, nonfinite: null, n: 4 });
  assert.equal(exitOf(runOf({ loss: [1, 1e5, 2] }), scale).off, null);
  assert.deepEqual(exitOf(runOf({ loss: [1, 2, NaN] }), scale), { ...exit, off: 2, nonfinite: 2, what: "NaN", n: 3 });
  const thinned = runOf({ loss: [1] });
  appendBlock([thinned], blockOf({ loss: [1e5, 1e6] }, { step: 10, stride: 10 }));
  assert.deepEqual(exitOf(thinned, scale), { ...exit, off: 10, exact: false, nonfinite: null, n: 3 });
});

test("the axis of the edge panel always shows 1, and is logarithmic only where shares are far apart", () => {
  const share = (low, high) => ({ low, high, positive: low });
  for (const [shares, log] of [
    [[], false],
    [[share(0.05, 1.05)], false],
    [[share(0.5, 2.9)], false],
    [[share(0.01, 50)], true],
    [[share(1e-9, 1e300)], true],
  ]) {
    const { range, log: got } = edgeScale(shares);
    const one = got ? 0 : 1;
    assert.equal(got, log);
    assert.ok(range[0] <= one && one <= range[1] && range.every(Number.isFinite), String(range));
  }
});

test("a domain is widened about its centre to the shape of its box, or left free where that would be too much", () => {
  const box = (width, height) => ({ x: 0, y: 0, width, height });
  assert.deepEqual(
    fillBox(
      [
        [-2, 2],
        [-1, 3],
      ],
      box(400, 200),
    ),
    [
      [-4, 4],
      [-1, 3],
    ],
  );
  assert.deepEqual(
    fillBox(
      [
        [-2, 2],
        [-1, 3],
      ],
      box(200, 400),
    ),
    [
      [-2, 2],
      [-3, 5],
    ],
  );
  assert.deepEqual(
    fillBox(
      [
        [0, 1000],
        [0, 1],
      ],
      box(400, 400),
    ),
    [
      [0, 1000],
      [0, 1],
    ],
  );
});

test("a summary reads every entry once, also of a run that grows", () => {
  const run = runOf({ loss: [5, NaN, -1] });
  const { start, final, low, high, positive } = summary(run, "loss");
  assert.deepEqual({ start, final, low, high, positive }, { start: 5, final: -1, low: -1, high: 5, positive: 5 });
  appendBlock([run], blockOf({ loss: [0.5, 9] }, { step: 3 }));
  const after = summary(run, "loss");
  assert.deepEqual([after.n, after.high, after.positive, after.final], [5, 9, 0.5, 9]);
});

test("spans leave a margin and survive constants", () => {
  assert.ok(logSpan(1, 1)[1] - logSpan(1, 1)[0] >= 1);
  assert.ok(linearSpan(2, 2)[0] < 2 && linearSpan(2, 2)[1] > 2);
  assert.deepEqual(spanOf([NaN, Infinity]), [0, 1]);
  assert.ok(spanOf([0, 10])[0] < 0 && spanOf([0, 10])[1] > 10);
  assert.equal(percentile([3, 1, 2], 0.5), 2);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});
