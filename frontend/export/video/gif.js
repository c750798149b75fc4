/** Animated GIF: frames of palette indices, of which only what has changed is written, compressed with LZW. */

import { joined } from "../npz.js";

const FIRST_BITS = 9; // of a code, with 256 colours
const CLEAR = 256;
const END = 257;
const MOST_CODES = 4096;
const BLOCK = 255; // bytes of a sub-block
const HASH = 1 << 14;

/** @typedef {{ x: number, y: number, width: number, height: number, pixels: Uint8Array, centiseconds: number }} Frame */

/**
 * What stands before the frames: the size, the colours, and that it plays again and again.
 * Source: CompuServe, Graphics Interchange Format, version 89a; Netscape's looping extension.
 *
 * @param {number} width
 * @param {number} height
 * @param {readonly (readonly number[])[]} palette Red, green and blue of at most 256 colours.
 */
export function gifStart(width, height, palette) {
  const colors = Array.from({ length: 256 }, (_, i) => [0, 1, 2].map((c) => palette[i]?.[c] ?? 0)).flat();
  return Uint8Array.from([
    ...bytesOf("GIF89a"),
    ...u16(width),
    ...u16(height),
    ...[0xf7, 0, 0], // a palette of 256 colours; the first is the background; square pixels
    ...colors,
    ...[0x21, 0xff, 11],
    ...bytesOf("NETSCAPE2.0"),
    ...[3, 1, 0, 0, 0], // for ever
  ]);
}

/**
 * @param {Frame} frame
 * @param {number} transparent The index that leaves the frame before as it was.
 */
export function gifFrame({ x, y, width, height, pixels, centiseconds }, transparent) {
  const control = [0x21, 0xf9, 4, 0b0000_0101, ...u16(centiseconds), transparent, 0]; // keep the frame; transparent
  const image = [0x2c, ...u16(x), ...u16(y), ...u16(width), ...u16(height), 0, 8];
  return joined([Uint8Array.from([...control, ...image]), inBlocks(lzw(pixels))]);
}

export const gifEnd = Uint8Array.of(0x3b);

/**
 * Compress indices of 8 bits: codes of 9 to 12 bits, and from the start again when they are used up.
 * Source: Welch (1984); GIF89a, appendix F.
 *
 * @param {Uint8Array} pixels
 */
export function lzw(pixels) {
  const codes = new Codes(pixels.length);
  const table = new Table();
  codes.write(CLEAR);
  let prefix = pixels[0] ?? 0;
  for (let i = 1; i < pixels.length; i++) {
    const pixel = pixels[i] ?? 0;
    const known = table.find(prefix, pixel);
    if (known >= 0) {
      prefix = known;
      continue;
    }
    codes.write(prefix);
    prefix = pixel;
    // The reader adds its entry one code later, so the codes grow when the number after the newest needs a bit more.
    if (table.next === MOST_CODES) {
      codes.write(CLEAR);
      codes.bits = FIRST_BITS;
      table.clear();
    } else if (table.add() === 1 << codes.bits) codes.bits += 1;
  }
  if (pixels.length > 0) codes.write(prefix);
  if (table.next === 1 << codes.bits && codes.bits < 12) codes.bits += 1;
  codes.write(END);
  return codes.done();
}

/** Which code stands for a code followed by a pixel: a table of open addresses. */
class Table {
  #keys = new Int32Array(HASH).fill(-1);
  #codes = new Int16Array(HASH);
  #free = 0;
  #key = 0;
  next = END + 1;

  clear() {
    this.#keys.fill(-1);
    this.next = END + 1;
  }

  /** @param {number} prefix @param {number} pixel @returns {number} -1 where there is none; add() then gives it one. */
  find(prefix, pixel) {
    const key = (prefix << 8) | pixel;
    let at = (key * 0x9e3b) & (HASH - 1);
    while (this.#keys[at] !== -1) {
      if (this.#keys[at] === key) return this.#codes[at] ?? -1;
      at = (at + 1) & (HASH - 1);
    }
    [this.#free, this.#key] = [at, key];
    return -1;
  }

  /** Give what was looked for last the next code, and return that code. */
  add() {
    this.#keys[this.#free] = this.#key;
    this.#codes[this.#free] = this.next;
    return this.next++;
  }
}

/** Codes of changing length, the lowest bit first. */
class Codes {
  #bytes;
  #length = 0;
  #rest = 0;
  #waiting = 0;
  bits = FIRST_BITS;

  /** @param {number} pixels */
  constructor(pixels) {
    this.#bytes = new Uint8Array(Math.ceil(pixels * 1.6) + 16); // 12 bits a pixel at worst, and the clear codes
  }

  /** @param {number} code */
  write(code) {
    this.#rest |= code << this.#waiting;
    this.#waiting += this.bits;
    while (this.#waiting >= 8) {
      this.#bytes[this.#length++] = this.#rest & 255;
      this.#rest >>>= 8;
      this.#waiting -= 8;
    }
  }

  done() {
    if (this.#waiting > 0) this.#bytes[this.#length++] = this.#rest & 255;
    return this.#bytes.subarray(0, this.#length);
  }
}

/** @param {Uint8Array} data */
function inBlocks(data) {
  const blocks = Math.ceil(data.length / BLOCK);
  const whole = new Uint8Array(data.length + blocks + 1);
  for (let i = 0; i < blocks; i++) {
    const part = data.subarray(i * BLOCK, (i + 1) * BLOCK);
    whole[i * (BLOCK + 1)] = part.length;
    whole.set(part, i * (BLOCK + 1) + 1);
  }
  return whole;
}

/** @param {number} value */
const u16 = (value) => [value & 255, (value >> 8) & 255];

/** @param {string} text */
const bytesOf = (text) => [...text].map((letter) => letter.charCodeAt(0));
