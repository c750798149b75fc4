import assert from "node:assert/strict";
import { test } from "node:test";

import { count, labelsOf, number, point, power } from "../../../frontend/words/plot.js";

for (const [value, text] of /** @type {[number, string][]} */ ([
  [0, "0"],
  [-181.07, "−181"],
  [0.1, "0.1"],
  [1.2e-7, "1.2e−7"],
  [1e-7, "1e−7"],
  [32774, "32800"],
  [2.5e9, "2.5e9"],
  [Infinity, "∞"],
  [-Infinity, "−∞"],
  [NaN, "NaN"],
])) {
  test(`${value} is written ${text}`, () => assert.equal(number(value), text));
}

test("steps have their thousands apart, powers of ten their exponent raised", () => {
  assert.deepEqual([count(3709), count(999), count(1_234_567)], ["3,709", "999", "1,234,567"]);
  assert.deepEqual([power(0), power(1), power(-4), power(12)], ["1", "10", "10⁻⁴", "10¹²"]);
  assert.equal(point(["x", "y"], [-4.2, 1.45]), "x = −4.2, y = 1.45");
});

const sgd = (/** @type {number} */ lr, rest = {}) => ({ optimizer: { kind: "sgd", lr, ...rest } });

test("runs of one rule are told apart by their rate, others by their rule too", () => {
  assert.deepEqual(labelsOf([sgd(1.05), sgd(0.1)]), ["lr 1.05", "lr 0.1"]);
  assert.deepEqual(labelsOf([sgd(0.1), { optimizer: { kind: "adam", lr: 0.1 } }]), ["SGD, lr 0.1", "Adam, lr 0.1"]);
  assert.deepEqual(labelsOf([sgd(0.1, { momentum: 0.9 }), sgd(0.1)]), ["Momentum, lr 0.1", "SGD, lr 0.1"]);
});

test("runs of one rule and rate are told apart by what differs, else by their number; no label is there twice", () => {
  assert.deepEqual(labelsOf([sgd(0.1, { momentum: 0.5 }), sgd(0.1, { momentum: 0.9 })]), [
    "lr 0.1, momentum 0.5",
    "lr 0.1, momentum 0.9",
  ]);
  assert.deepEqual(labelsOf([sgd(0.1), sgd(0.1)]), ["lr 0.1", "lr 0.1 (2)"]);
  assert.deepEqual(labelsOf([{ ...sgd(0.1), label: "mine" }, sgd(0.1)]), ["mine", "lr 0.1"]);
  assert.deepEqual(labelsOf([]), []);
});
