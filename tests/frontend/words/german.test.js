import assert from "node:assert/strict";
import { test } from "node:test";

/** The page is in a language before its modules run. */
globalThis.document = /** @type {any} */ ({ documentElement: { lang: "de" } });
const { language, listed, partsOf, readNumber, readNumbers, typedNumber } = await import(
  "../../../frontend/words/numerals.js"
);
const { count, number } = await import("../../../frontend/words/plot.js");
const { asLabel, inSentence } = await import("../../../frontend/words/fields.js");

test("numbers have the marks of the page's language", () => {
  assert.equal(language, "de");
  assert.deepEqual(
    [0.05, 32800, 1.13e-8, -181.5, 954000].map((value) => number(value)),
    ["0,05", "32.800", "1,13 × 10⁻⁸", "−182", "954.000"],
  );
  assert.equal(count(12000), "12.000");
});

test("what the page writes can be typed back, and a point is still a decimal point where no thousands follow", () => {
  for (const value of [0, 0.1, -181, 32800, 1.13e-8, 1e-4, -2.5e9, 954000, 1.005])
    assert.equal(readNumber(number(value, 5)), value);
  assert.deepEqual(
    ["1,005", "0.05", "1.05", "12.000", "1/2", "1,5e-3"].map(readNumber),
    [1.005, 0.05, 1.05, 12000, 0.5, 1.5e-3],
  );
  assert.deepEqual([1e-5, 0.05, 1.25e-7].map(typedNumber), ["1e-5", "0,05", "1,25e-7"]);
});

test("a list is separated by semicolons or blanks, and can be typed back", () => {
  assert.deepEqual(readNumbers(listed([0.5, 1.005, 3].map(typedNumber))), [0.5, 1.005, 3]);
  assert.deepEqual(readNumbers("1, 2,5 0,25"), [1, 2.5, 0.25]);
  assert.deepEqual(partsOf("sgd, adam; lion"), ["sgd", "adam", "lion"]);
});

test("a noun keeps its capital within a sentence", () => {
  assert.equal(inSentence("Lernrate"), "Lernrate");
  assert.equal(asLabel("verborgene Schichten"), "Verborgene Schichten");
});
