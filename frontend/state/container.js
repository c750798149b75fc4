/** The one binary shape of the wire: a JSON header and a body of numbers. Frames, landscapes, views and replays are uses of it. */

/** @import { Numbers } from "../types/page.js" */

const BODY_ALIGNMENT = 8; // bytes: a body begins on a multiple of this, and so does every named array in it

/** @type {Record<string, new (buffer: ArrayBufferLike, offset?: number, length?: number) => Numbers>} */
const TYPES = { "<f8": Float64Array, "<f4": Float32Array, "|u1": Uint8Array, "<u2": Uint16Array, "<i4": Int32Array };

/**
 * Read a message: u32 little-endian header length, JSON header, spaces, body.
 *
 * @param {ArrayBuffer} buffer
 * @returns {{ header: any, body: number }} The header, and where the body begins.
 */
export function readContainer(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { header, body: 4 + length };
}

/**
 * Numbers of a body, as a view and not a copy.
 *
 * @param {ArrayBuffer} buffer
 * @param {string} dtype As NumPy writes it.
 * @param {number} offset From the start of the message, in bytes.
 * @param {number} [length] Of numbers; all that are left if not given.
 */
export function numbersAt(buffer, dtype, offset, length) {
  const Type = TYPES[dtype];
  if (!Type) throw new Error(`There are numbers of the type ${dtype}; this page reads ${Object.keys(TYPES)}.`);
  return new Type(buffer, offset, length);
}

/**
 * Read named arrays and what is said of them; the arrays are views of the message.
 *
 * @param {ArrayBuffer} buffer
 * @returns {{ header: any, arrays: Record<string, { shape: number[], data: Numbers }> }}
 */
export function readArrays(buffer) {
  const { header, body } = readContainer(buffer);
  const arrays = header.arrays.map((/** @type {Listed} */ { name, dtype, shape, offset }) => {
    const length = shape.reduce((a, b) => a * b, 1);
    return [name, { shape, data: numbersAt(buffer, dtype, body + offset, length) }];
  });
  return { header, arrays: Object.fromEntries(arrays) };
}

/** @typedef {{ name: string, dtype: string, shape: number[], offset: number }} Listed An array in a header. */

/**
 * Write what `readArrays` reads.
 *
 * @param {Record<string, unknown>} header
 * @param {Record<string, Numbers>} arrays Of one axis each.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeArrays(header, arrays) {
  let size = 0;
  const listed = Object.entries(arrays).map(([name, data]) => {
    const offset = size;
    size += aligned(data.byteLength);
    return { name, dtype: dtypeOf(data), shape: [data.length], offset };
  });
  const text = new TextEncoder().encode(JSON.stringify({ ...header, arrays: listed }));
  const body = aligned(4 + text.length);
  const whole = new Uint8Array(body + size);
  new DataView(whole.buffer).setUint32(0, body - 4, true);
  whole.fill(0x20, 4, body).set(text, 4);
  for (const { name, offset } of listed) whole.set(bytesOf(/** @type {Numbers} */ (arrays[name])), body + offset);
  return whole;
}

/** @param {number} size */
function aligned(size) {
  return Math.ceil(size / BODY_ALIGNMENT) * BODY_ALIGNMENT;
}

/** @param {Numbers} data */
export function dtypeOf(data) {
  const name = Object.keys(TYPES).find((dtype) => data.constructor === TYPES[dtype]);
  if (!name) throw new Error(`Numbers of the type ${data.constructor.name} cannot be written.`);
  return name;
}

/** The bytes of numbers, as a view. @param {Numbers} data */
export function bytesOf(data) {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
