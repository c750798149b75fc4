/** A value with many numbers in it as short text, and back: what the numbers are in JSON, the numbers themselves compressed. */

/** @typedef {Float64Array | Float32Array | Uint8Array | Uint16Array | Int32Array} Numbers */

/** @type {Record<string, new (buffer: ArrayBuffer) => Numbers>} */
const TYPES = { f8: Float64Array, f4: Float32Array, u1: Uint8Array, u2: Uint16Array, i4: Int32Array };
const PIECE = 0x8000; // bytes turned into letters at once

/** @typedef {{ value: unknown, arrays: [type: string, length: number][], body: string }} Packed */

/**
 * Pack a value of plain objects, lists, texts and finite numbers, in which there may be typed arrays.
 *
 * @param {unknown} value
 * @returns {Promise<Packed>}
 */
export async function pack(value) {
  /** @type {Numbers[]} */
  const arrays = [];
  const plain = without(value, arrays);
  const bytes = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const array of arrays) {
    bytes.set(inPlanes(array), at);
    at += array.byteLength;
  }
  const body = base64Of(await through(bytes, new CompressionStream("deflate-raw")));
  return { value: plain, arrays: arrays.map((array) => [typeOf(array), array.length]), body };
}

/**
 * @param {Packed} packed
 * @returns {Promise<unknown>}
 */
export async function unpack({ value, arrays, body }) {
  const letters = atob(body);
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const whole = await through(bytes, new DecompressionStream("deflate-raw"));
  let at = 0;
  const found = arrays.map(([type, length]) => {
    const Type = TYPES[type] ?? Float64Array;
    const size = new Type(new ArrayBuffer(0)).BYTES_PER_ELEMENT;
    const part = whole.subarray(at, at + size * length);
    at += size * length;
    return new Type(fromPlanes(part, size));
  });
  return within(value, found);
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

/** @param {Numbers} array */
function typeOf(array) {
  return Object.keys(TYPES).find((name) => array instanceof (TYPES[name] ?? Array)) ?? "f8";
}

/**
 * All first bytes of the numbers, then all second ones, and so on: neighbours are alike, so that they compress.
 * @param {Numbers} array
 */
function inPlanes(array) {
  const { BYTES_PER_ELEMENT: size, length } = array;
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const planes = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) planes[(i % size) * length + Math.floor(i / size)] = bytes[i] ?? 0;
  return planes;
}

/**
 * @param {Uint8Array} planes
 * @param {number} size
 */
function fromPlanes(planes, size) {
  const length = planes.length / size;
  const bytes = new Uint8Array(planes.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = planes[(i % size) * length + Math.floor(i / size)] ?? 0;
  return bytes.buffer;
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
