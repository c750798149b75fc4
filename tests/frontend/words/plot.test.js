import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { count, labelsOf, number, point, power } from "../../../frontend/words/plot.js";

const WRITTEN = JSON.parse(readFileSync(new URL("../../data/written_numbers.json", import.meta.url), "utf8"));
const EXTENDED = new Map([
  ["inf", Infinity],
  ["-inf", -Infinity],
  ["nan", NaN],
]);

test("a number is written by the rules of the server's sentences", () => {
  assert.ok(WRITTEN.length > 20);
  for (const [value, digits, text] of WRITTEN) assert.equal(number(EXTENDED.get(value) ?? value, digits), text);
});

test("of a number that was measured three digits are shown, of one that was chosen five", () => {
  assert.equal(number(1.23456), "1.23");
  assert.deepEqual(labelsOf([sgd(1.0001), sgd(1)]), ["lr 1.0001", "lr 1"]);
});

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

test("classes of other packages are called by their names, and told apart by their options", () => {
  const soap = (options) => ({ optimizer: { kind: "torch", path: "pytorch_optimizer.SOAP", lr: 0.1, options } });
  assert.deepEqual(labelsOf([soap({}), { optimizer: { kind: "adam", lr: 0.1 } }]), ["SOAP, lr 0.1", "Adam, lr 0.1"]);
  assert.deepEqual(labelsOf([soap({ weight_decay: 0.1 }), soap({ weight_decay: 0.5 })]), [
    "lr 0.1, weight decay 0.1",
    "lr 0.1, weight decay 0.5",
  ]);
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
