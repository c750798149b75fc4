import assert from "node:assert/strict";
import { test } from "node:test";

import { nearest, paletteOf } from "../../../../frontend/export/video/colors.js";
import { changeOf } from "../../../../frontend/export/video/film.js";
import { gifEnd, gifFrame, gifStart, lzw } from "../../../../frontend/export/video/gif.js";

/** What a reader of GIF makes of LZW codes; an independent way to see whether they are right. */
function unpacked(bytes) {
  const entries = [];
  const reset = () => {
    entries.length = 0;
    for (let i = 0; i < 256; i++) entries.push([i]);
    entries.push(null, null);
  };
  const pixels = [];
  let [bits, at, before] = [9, 0, null];
  reset();
  for (;;) {
    let code = 0;
    for (let bit = 0; bit < bits; bit++, at++) code |= ((bytes[at >> 3] >> (at & 7)) & 1) << bit;
    if (code === 257) return pixels;
    if (code === 256) {
      reset();
      [bits, before] = [9, null];
      continue;
    }
    const entry = code < entries.length ? entries[code] : [...before, before[0]];
    assert.ok(entry && code <= entries.length, `code ${code} of ${entries.length}`);
    pixels.push(...entry);
    if (before && entries.length < 4096) entries.push([...before, entry[0]]);
    before = entry;
    if (entries.length === 1 << bits && bits < 12) bits += 1;
  }
}

/** Numbers below n, always the same. */
function drawn(length, n, seed = 1) {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * n);
  });
}

for (const [name, pixels] of [
  ["one pixel", Uint8Array.of(7)],
  ["one colour", new Uint8Array(5000)],
  ["two colours", drawn(3000, 2)],
  ["all colours, so that the codes are used up more than once", drawn(20_000, 256)],
  ["some colours", drawn(40_000, 5)],
]) {
  test(`LZW: ${name} comes back as it was`, () => {
    assert.deepEqual(unpacked(lzw(pixels)), [...pixels]);
  });
}

test("LZW comes back as it was at every length around the growth of the codes", () => {
  const pixels = drawn(1000, 256, 3);
  for (let length = 200; length < 1000; length++) {
    const part = pixels.subarray(0, length);
    assert.equal(unpacked(lzw(part)).length, length);
  }
});

test("plain areas become much smaller", () => {
  assert.ok(lzw(new Uint8Array(100_000)).length < 1000);
});

test("a file begins with its size and its colours, repeats for ever, and ends", () => {
  const start = gifStart(300, 200, [[1, 2, 3]]);
  assert.equal(String.fromCharCode(...start.subarray(0, 6)), "GIF89a");
  assert.deepEqual([...start.subarray(6, 10)], [44, 1, 200, 0]);
  assert.deepEqual([...start.subarray(13, 19)], [1, 2, 3, 0, 0, 0]);
  assert.ok(String.fromCharCode(...start).includes("NETSCAPE2.0"));
  assert.deepEqual([...gifEnd], [0x3b]);
});

test("a frame says how long it stays, where it is, and its blocks are at most 255 bytes", () => {
  const pixels = drawn(4000, 200);
  const frame = gifFrame({ x: 3, y: 4, width: 80, height: 50, pixels, centiseconds: 300 }, 255);
  assert.deepEqual([...frame.subarray(3, 8)], [0b101, 44, 1, 255, 0]);
  assert.deepEqual([...frame.subarray(8, 18)], [0x2c, 3, 0, 4, 0, 80, 0, 50, 0, 0]);
  const codes = [];
  let at = 19;
  for (; frame[at] > 0; at += frame[at] + 1) codes.push(...frame.subarray(at + 1, at + 1 + frame[at]));
  assert.equal(at, frame.length - 1);
  assert.deepEqual(unpacked(codes), [...pixels]);
});

test("only the rectangle that has changed is written, and what has not changed in it is transparent", () => {
  const before = new Uint32Array(20);
  const after = Uint32Array.from(before);
  after[1 * 5 + 1] = after[2 * 5 + 3] = 9;
  const index = (pixel) => (pixel === 9 ? 1 : 0);
  assert.deepEqual(changeOf(null, before, 5, 4, index).pixels, new Uint8Array(20));
  const { x, y, width, height, pixels } = changeOf(before, after, 5, 4, index);
  assert.deepEqual([x, y, width, height], [1, 1, 3, 2]);
  assert.deepEqual([...pixels], [1, 255, 255, 255, 255, 1]);
  assert.equal(changeOf(after, after, 5, 4, index).pixels.length, 1);
});

test("few colours are kept as they are", () => {
  const palette = paletteOf([Uint32Array.of(0xff0000ff, 0xff00ff00, 0xff0000ff)], 255);
  assert.deepEqual(palette.sort(), [
    [0, 255, 0],
    [255, 0, 0],
  ]);
});

test("of many colours every one has a near one, a rare bright line as well as the ground", () => {
  const grey = Uint32Array.from({ length: 100_000 }, (_, i) => 0xff000000 + 0x010101 * (i % 200));
  const line = Uint32Array.from({ length: 50 }, () => 0xff0000f0);
  const shades = Uint32Array.from({ length: 3000 }, (_, i) => 0xff000000 + ((i * 7919) % 0xffffff));
  const palette = paletteOf([grey, line, shades], 255);
  assert.ok(palette.length <= 255);
  const index = nearest(palette);
  for (const pixel of [0xff0000f0, 0xff404040, 0xffc0c0c0]) {
    const [red, green, blue] = palette[index(pixel)];
    const away = Math.hypot(red - (pixel & 255), green - ((pixel >> 8) & 255), blue - ((pixel >> 16) & 255));
    assert.ok(away < 40, `${pixel.toString(16)}: ${away}`);
  }
});
