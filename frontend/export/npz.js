/** Arrays as NumPy reads them, and a plain ZIP archive of files, without compression. */

const BLOCK = 64; // an array's data begins on a multiple of this
const HEADER = 10; // bytes before an array's description
const DAY = 0x21; // 1 January 1980: the same arrays give the same bytes
const UTF8 = 0x800;

/** @typedef {{ name: string, data: Uint8Array<ArrayBuffer> }} File */

/**
 * One array as an .npy file, version 1.0, in rows.
 *
 * @param {Float64Array | BigInt64Array} data
 * @param {readonly number[]} shape
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function npyOf(data, shape) {
  const dtype = data instanceof Float64Array ? "<f8" : "<i8";
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const about = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((HEADER + about.length + 1) / BLOCK) * BLOCK - HEADER;
  const file = new Uint8Array(HEADER + length + data.byteLength);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  file.set(new TextEncoder().encode(`${about.padEnd(length - 1)}\n`), HEADER);
  // Typed arrays are little-endian on every machine that a browser runs on.
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), HEADER + length);
  return file;
}

/**
 * Put files into an archive as they are.
 * Source: PKWARE, .ZIP File Format Specification 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
 *
 * @param {readonly File[]} files
 * @param {string} [comment] At most 65,535 bytes in UTF-8.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function zipOf(files, comment = "") {
  /** @type {Uint8Array[]} */
  const parts = [];
  /** @type {Uint8Array[]} */
  const directory = [];
  let at = 0;
  for (const { name, data } of files) {
    const title = new TextEncoder().encode(name);
    const fields = fieldsOf(data, title.length);
    parts.push(numbers([4, 0x04034b50], ...fields), title, data);
    // After the same fields: no comment, the first disk, no attributes, and where the file begins.
    directory.push(numbers([4, 0x02014b50], [2, 20], ...fields, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]), title);
    at += 30 + title.length + data.length;
  }
  const said = new TextEncoder().encode(comment);
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = files.length;
  const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, at], [2, said.length]);
  return joined([...parts, ...directory, end, said]);
}

/**
 * What both headers of a file say: version, flags, no compression, time, day, checksum, sizes, lengths of the names.
 *
 * @param {Uint8Array} data
 * @param {number} title
 * @returns {[bytes: number, value: number][]}
 */
function fieldsOf(data, title) {
  const { length } = data;
  return [
    [2, 20],
    [2, UTF8],
    [2, 0],
    [2, 0],
    [2, DAY],
    [4, crcOf(data)],
    [4, length],
    [4, length],
    [2, title],
    [2, 0],
  ];
}

/** @param {...[bytes: number, value: number]} fields Little-endian. */
function numbers(...fields) {
  const bytes = fields.flatMap(([size, value]) => Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 255));
  return Uint8Array.from(bytes);
}

/** @param {readonly Uint8Array[]} parts @returns {Uint8Array<ArrayBuffer>} */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** The checksum of ZIP and PNG. @param {Uint8Array} data */
export function crcOf(data) {
  let sum = 0xffffffff;
  for (const byte of data) sum = (CRC[(sum ^ byte) & 255] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
