import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decodeBundle } from "../../../frontend/state/arrays.js";
import { numbersAt, readArrays, readContainer, writeArrays } from "../../../frontend/state/container.js";
import { decodeFrame, decodeLandscape } from "../../../frontend/state/run-data.js";

// What Python writes and what it reads: tests/wire/test_read_by_the_page.py holds it to the same file.
const WIRE = JSON.parse(readFileSync(new URL("../../data/wire.json", import.meta.url), "utf8"));

/** The bytes of a message in a buffer of their own, as a socket gives them. */
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64")).buffer;
/** Numbers as JSON has them; of single precision, nearest to what was written. */
const listed = (data) =>
  Array.from(data, (value) =>
    Number.isFinite(value) ? value : String(value).replace("Infinity", "inf").toLowerCase(),
  );

for (const [name, { base64, header, data }] of Object.entries(WIRE.frames))
  test(`a frame of Python is read: ${name}`, () => {
    const { data: found, request, ...rest } = decodeFrame(bytes(base64));
    const { dtype, request: asked = null, ...expected } = header;
    assert.deepEqual(rest, expected);
    assert.equal(request, asked);
    assert.equal(found.constructor, dtype === "<f8" ? Float64Array : Float32Array);
    assert.deepEqual(listed(found), data);
  });

test("named arrays of Python are read, each with its type and its shape", () => {
  const { base64, header, arrays } = WIRE.arrays;
  const bundle = decodeBundle(bytes(base64));
  const found = Object.entries(bundle.arrays).map(([name, { shape, data }]) => [name, { shape, data: listed(data) }]);
  assert.deepEqual(Object.fromEntries(found), arrays);
  assert.deepEqual({ ...bundle, arrays: header.arrays }, header);
});

test("a landscape of Python is read", () => {
  const { base64, header, data } = WIRE.landscape;
  const { z, ...rest } = decodeLandscape(bytes(base64));
  assert.deepEqual(rest, header);
  assert.deepEqual(listed(z), data);
});

test("what the page writes are the bytes that Python reads, and the page reads them too", () => {
  const { base64, header, arrays } = WIRE.page;
  const given = Object.entries(arrays).map(([name, [dtype, values]]) => {
    const array = numbersAt(new ArrayBuffer(8 * values.length), dtype, 0, values.length);
    array.set(values.map((value) => (typeof value === "number" ? value : Number(value.replace("inf", "Infinity")))));
    return [name, array];
  });
  const written = writeArrays(header, Object.fromEntries(given));
  assert.equal(Buffer.from(written).toString("base64"), base64);
  const back = readArrays(written.buffer);
  for (const [name, array] of given) assert.deepEqual(back.arrays[name], { shape: [array.length], data: array });
  assert.equal(readContainer(written.buffer).body % 8, 0);
});
