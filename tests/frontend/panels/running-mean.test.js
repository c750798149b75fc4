import assert from "node:assert/strict";
import { test } from "node:test";
import { runningMean, windowOf } from "../../../frontend/panels/running-mean.js";
import { createRunView } from "../../../frontend/state/run-data.js";

const runOf = (losses, n = losses.length) => {
  const run = createRunView(0, "");
  run.columns.set("loss", Float64Array.from(losses));
  run.n = n;
  return run;
};

const exact = (losses, i, window) => {
  const kept = losses.slice(Math.max(0, i - window + 1), i + 1);
  return kept.reduce((sum, one) => sum + one, 0) / kept.length;
};

test("each value is the mean of a window that ends there, also when entries come in parts", () => {
  const losses = Array.from({ length: 1000 }, (_, i) => 10 ** (4 * Math.cos(i)) + (i === 300 ? 1e12 : 0));
  const whole = runningMean(runOf(losses), 40);
  const growing = runOf(losses, 311);
  runningMean(growing, 40);
  growing.n = 1000;
  const grown = runningMean(growing, 40);
  for (let i = 0; i < 1000; i++) {
    const right = exact(losses, i, 40);
    assert.ok(Math.abs(whole[i] - right) <= 1e-6 * right, `${i}: ${whole[i]} is not ${right}`);
    assert.ok(Math.abs(grown[i] - right) <= 1e-6 * right, `${i}, grown`);
  }
});

test("an infinite loss leaves the mean when it leaves the window", () => {
  const mean = runningMean(runOf([1, Infinity, ...Array(100).fill(2)]), 10);
  assert.equal(mean[5], Infinity);
  assert.equal(mean[50], 2);
});

test("only what is noisy and long is averaged", () => {
  const scene = (run, steps) => ({ spec: { runs: [run], steps } });
  const run = createRunView(0, "");
  assert.equal(windowOf(scene({ noise: 1 }, 4000), run), 40);
  assert.equal(windowOf(scene({ batch_size: 16 }, 2000), run), 20);
  assert.equal(windowOf(scene({ noise: 1 }, 200), run), 0);
  assert.equal(windowOf(scene({}, 4000), run), 0);
});
