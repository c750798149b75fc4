import assert from "node:assert/strict";
import { test } from "node:test";
import { curveTable, withRate } from "../../../../frontend/views/range/table.js";
import { range as words } from "../../../../frontend/words/range.js";

test("the table of a range test begins and ends with the curve, infinite losses among its numbers", () => {
  const lr = Array.from({ length: 100 }, (_, i) => 1e-4 * 1.1 ** i);
  const median = lr.map((_, i) => (i === 99 ? "inf" : 100 - i));
  const band = { lr, median, low: median, high: median, min: median, max: median };
  const { columns, rows } = curveTable({ band, seeds: 3 });
  assert.deepEqual(columns, ["Learning rate", "Loss, median", "First quartile", "Third quartile"]);
  assert.equal(rows.length, 20);
  assert.deepEqual(rows[0], ["10⁻⁴", "100", "100", "100"]);
  assert.equal(rows.at(-1)[1], "∞");
  assert.deepEqual(curveTable({ band, seeds: 1 }).columns, ["Learning rate", "Loss, median"]);
});

test("what became of a rate is told beside the best one, and of how many seeds it left", () => {
  const told = (/** @type {string[]} */ outcomes, /** @type {number | null | undefined} */ share) =>
    words.outcome({ outcomes, steps: 300, share });
  assert.equal(told(["converged"], 0.9731), "300 updates took off 97.3 % of what the best rate did");
  assert.equal(told(["unfinished"], -0.2), "300 updates, and the loss did not fall");
  assert.equal(told(["diverged"], null), "diverged");
  assert.equal(told(["diverged", "growing", "diverged"], null), "diverged with 2 of 3 seeds");
  assert.equal(told(["growing", "unfinished"], 0.5), "left for good with 1 of 2 seeds");
  assert.equal(told(["unfinished"], undefined), "300 updates, none diverged");
});

test("a found rate goes into the run with three digits, held or decaying", () => {
  const run = { optimizer: { kind: "sgd", lr: 1, momentum: 0.9 }, schedule: { kind: "step" }, label: "mine" };
  const held = { optimizer: { kind: "sgd", lr: 0.021, momentum: 0.9 }, label: "mine" };
  assert.deepEqual(withRate(run, 0.0209738, false), held);
  assert.deepEqual(withRate(run, 0.0209738, true), { ...held, schedule: { kind: "cosine" } });
});
