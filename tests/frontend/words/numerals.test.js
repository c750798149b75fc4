import assert from "node:assert/strict";
import { test } from "node:test";

import { parse, parseNumbers } from "../../../frontend/state/json-schema.js";
import { readNumber, readNumbers, size, typedNumber } from "../../../frontend/words/numerals.js";
import { number } from "../../../frontend/words/plot.js";

for (const [typed, value] of /** @type {[string, number][]} */ ([
  ["0.1", 0.1],
  [" -2 ", -2],
  ["−2", -2],
  [".5", 0.5],
  ["1e-3", 1e-3],
  ["1E+3", 1000],
  ["1/2", 0.5],
  ["-1 / 4", -0.25],
  ["1,05", 1.05],
  ["0,001", 0.001],
  ["1,5e-3", 1.5e-3],
  ["32,800", 32800],
  ["1,234,567.5", 1234567.5],
  ["10⁻⁴", 1e-4],
  ["1.1 × 10⁻⁸", 1.1e-8],
  ["-2·10^3", -2000],
  ["10^-5", 1e-5],
  ["105", 105],
])) {
  test(`“${typed}” is ${value}`, () => assert.equal(readNumber(typed), value));
}

for (const typed of ["", " ", "one", "1/2/3", "1,,2", "0x10", "Infinity", "1 2e", "/2", "--1", "1e"]) {
  test(`“${typed}” is no number`, () => assert.ok(!Number.isFinite(readNumber(typed))));
}

test("what the page writes can be typed back", () => {
  for (const value of [0, 0.1, -181, 32800, 1.13e-8, 1e-4, -2.5e9, 954000])
    assert.equal(readNumber(number(value)), value);
});

test("a list is separated by commas; by semicolons where a comma belongs to the numbers", () => {
  assert.deepEqual(readNumbers("1, 2.5 1/2"), [1, 2.5, 0.5]);
  assert.deepEqual(readNumbers("1,05; 2,5"), [1.05, 2.5]);
  assert.ok(parseNumbers("1, two").error);
});

test("a field of a form reads fractions and decimal commas, and still refuses what lies outside", () => {
  const field = /** @type {any} */ ({ type: "number", low: 0, high: 1, nullable: false });
  assert.deepEqual(parse(field, "1/2"), { value: 0.5 });
  assert.deepEqual(parse(field, "0,05"), { value: 0.05 });
  assert.ok(parse(field, "1,05").error);
  assert.ok(parse(field, "half").error);
});

test("a box shows all digits, and small numbers as they are typed", () => {
  assert.deepEqual([1e-5, 0.05, 0, 32800, -1.25e-7].map(typedNumber), ["1e-5", "0.05", "0", "32800", "-1.25e-7"]);
});

test("a size has the largest unit of which there is one, at every border", () => {
  const sizes = [0, 999, 1000, 999_499, 1e6, 4_240_000, 999_900_000, 1e9, 2e10, 1.25e12];
  assert.deepEqual(sizes.map(size), [
    "0 bytes",
    "999 bytes",
    "1 kB",
    "999 kB",
    "1 MB",
    "4.2 MB",
    "999.9 MB",
    "1 GB",
    "20 GB",
    "1250 GB",
  ]);
});
