import assert from "node:assert/strict";
import { test } from "node:test";

/** The page is in a language before its modules run. */
globalThis.document = /** @type {any} */ ({ documentElement: { lang: "de", dataset: { decimal: "," } } });
const { language, listed, partsOf, readNumber, readNumbers, typedNumber } = await import(
  "../../../frontend/words/numerals.js"
);
const { count, number } = await import("../../../frontend/words/plot.js");
const { desk, selfcheck } = await import("../../../frontend/words/room/desk.js");
const { saving } = await import("../../../frontend/words/export.js");
const { duration } = await import("../../../frontend/words/training.js");
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

test("no sentence has a decimal point", () => {
  const { speed, clock } = selfcheck;
  const said = [
    desk.room.lag(1540),
    speed.good(3.25, 1.5),
    clock.good(0.25),
    duration(5400),
    saving.saved("a", 2.5e6),
  ].join(" ");
  assert.equal(said.match(/\d\.\d/), null, said);
  assert.deepEqual(said.match(/\d,\d/g)?.length, 6, said);
});

test("words write numbers by the rules of the language", async () => {
  const { readdir, readFile } = await import("node:fs/promises");
  const folder = new URL("../../../frontend/words/", import.meta.url);
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(".js") || ["plot.js", "numerals.js"].includes(name)) continue;
    const bare = (await readFile(new URL(name, folder), "utf8")).replaceAll(/withMarks\(.*?\.toFixed\(\d\)\)/g, "");
    assert.equal(bare.match(/\.to(Fixed|Precision|Exponential)\(/), null, name);
  }
});
