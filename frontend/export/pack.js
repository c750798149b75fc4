/** A value with many numbers in it as short text, and back: a container, compressed. */

/** @import { Numbers } from "../types/page.js" */

import { bytesOf, dtypeOf, numbersAt, readArrays, writeArrays } from "../state/container.js";

const PIECE = 0x8000; // bytes turned into letters at once

/**
 * Pack a value of plain objects, lists, texts and finite numbers, in which there may be typed arrays.
 *
 * @param {unknown} value
 * @returns {Promise<string>} Base64.
 */
export async function pack(value) {
  /** @type {Numbers[]} */
  const arrays = [];
  const plain = without(value, arrays);
  const planes = Object.fromEntries(arrays.map((array, i) => [i, inPlanes(array)]));
  const whole = writeArrays({ value: plain, dtypes: arrays.map(dtypeOf) }, planes);
  return base64Of(await through(whole, new CompressionStream("deflate-raw")));
}

/**
 * @param {string} packed
 * @returns {Promise<unknown>}
 */
export async function unpack(packed) {
  const letters = atob(packed);
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const whole = await through(bytes, new DecompressionStream("deflate-raw"));
  const { header, arrays } = readArrays(whole.buffer);
  const found = header.dtypes.map((/** @type {string} */ dtype, /** @type {number} */ i) =>
    fromPlanes(/** @type {Uint8Array} */ (arrays[i]?.data), dtype),
  );
  return within(header.value, found);
}

/**
 * A value with a number in place of every typed array in it.
 *
 * @param {unknown} value
 * @param {Numbers[]} arrays
 * @returns {unknown}
 */
function without(value, arrays) {
  if (ArrayBuffer.isView(value)) return { $array: arrays.push(/** @type {Numbers} */ (value)) - 1 };
  if (Array.isArray(value)) return value.map((one) => without(one, arrays));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, without(one, arrays)]));
}

/**
 * @param {any} value
 * @param {readonly Numbers[]} arrays
 * @returns {unknown}
 */
function within(value, arrays) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((one) => within(one, arrays));
  if (typeof value.$array === "number") return arrays[value.$array];
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, within(one, arrays)]));
}

/**
 * All first bytes of the numbers, then all second ones, and so on: neighbours are alike, so that they compress.
 * @param {Numbers} array
 */
function inPlanes(array) {
  const { BYTES_PER_ELEMENT: size, length } = array;
  const bytes = bytesOf(array);
  const planes = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) planes[(i % size) * length + Math.floor(i / size)] = bytes[i] ?? 0;
  return planes;
}

/**
 * @param {Uint8Array} planes
 * @param {string} dtype
 */
function fromPlanes(planes, dtype) {
  const array = numbersAt(new ArrayBuffer(planes.length), dtype, 0);
  const { BYTES_PER_ELEMENT: size, length } = array;
  const bytes = bytesOf(array);
  for (let i = 0; i < bytes.length; i++) bytes[i] = planes[(i % size) * length + Math.floor(i / size)] ?? 0;
  return array;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {CompressionStream | DecompressionStream} stream
 */
async function through(bytes, stream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** @param {Uint8Array} bytes */
function base64Of(bytes) {
  let letters = "";
  for (let i = 0; i < bytes.length; i += PIECE) letters += String.fromCharCode(...bytes.subarray(i, i + PIECE));
  return btoa(letters);
}
