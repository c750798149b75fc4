/** Encoded frames as a WebM file: with its length, and an index, so that a player can jump. */

import { joined } from "../npz.js";

/** @typedef {{ data: Uint8Array<ArrayBuffer>, key: boolean, milliseconds: number }} Coded One frame; a key frame stands alone. */

/** What the elements are called in a file. Source: RFC 8794 (EBML), RFC 9559 (Matroska), section 5. */
const ID = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  scale: 0x2ad7b1,
  duration: 0x4489,
  muxer: 0x4d80,
  writer: 0x5741,
  tracks: 0x1654ae6b,
  entry: 0xae,
  number: 0xd7,
  uid: 0x73c5,
  type: 0x83,
  codec: 0x86,
  video: 0xe0,
  colour: 0x55b0,
  matrix: 0x55b1,
  range: 0x55b9,
  transfer: 0x55ba,
  primaries: 0x55bb,
  width: 0xb0,
  height: 0xba,
  cluster: 0x1f43b675,
  time: 0xe7,
  block: 0xa3,
  cues: 0x1c53bb6b,
  cue: 0xbb,
  cueTime: 0xb3,
  cuePlaces: 0xb7,
  cueTrack: 0xf7,
  cueCluster: 0xf1,
};
/** How a file counts what WebCodecs has names for. Source: RFC 9559, section 5.1.4.1.28.16; ITU-T H.273. */
const MATRIX = /** @type {const} */ ({ rgb: 0, bt709: 1, bt470bg: 5, smpte170m: 6, "bt2020-ncl": 9 });
const TRANSFER = /** @type {const} */ ({ bt709: 1, smpte170m: 6, linear: 8, "iec61966-2-1": 13, pq: 16, hlg: 18 });
const PRIMARIES = /** @type {const} */ ({ bt709: 1, bt470bg: 5, smpte170m: 6, bt2020: 9, smpte432: 12 });
const MILLISECOND = 1_000_000; // nanoseconds: the unit of all times in the file
const KEY = 0x80;

/**
 * @param {readonly Coded[]} frames In order; the first is a key frame.
 * @param {{ width: number, height: number, milliseconds: number, codec: "V_VP8" | "V_VP9", space: VideoColorSpaceInit | undefined }} about
 *   `space`: how the encoder turned colours into numbers.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function webmFile(frames, { width, height, milliseconds, codec, space }) {
  const about = element(
    ID.info,
    number(ID.scale, MILLISECOND),
    float(ID.duration, milliseconds),
    text(ID.muxer, "Slalom"),
    text(ID.writer, "Slalom"),
  );
  const video = element(ID.video, number(ID.width, width), number(ID.height, height), colour(space));
  const entry = [number(ID.number, 1), number(ID.uid, 1), number(ID.type, 1), text(ID.codec, codec), video];
  const head = joined([about, element(ID.tracks, element(ID.entry, ...entry))]);
  const clusters = grouped(frames).map(cluster);
  let at = head.length;
  const cues = clusters.map(({ time, bytes }) => {
    const places = element(ID.cuePlaces, number(ID.cueTrack, 1), number(ID.cueCluster, at));
    at += bytes.length;
    return element(ID.cue, number(ID.cueTime, time), places);
  });
  const version = [text(ID.docType, "webm"), number(ID.docTypeVersion, 2), number(ID.docTypeReadVersion, 2)];
  const segment = element(ID.segment, head, ...clusters.map(({ bytes }) => bytes), element(ID.cues, ...cues));
  return joined([element(ID.ebml, ...version), segment]);
}

/**
 * Frames in groups that begin with a key frame.
 * @param {readonly Coded[]} frames
 */
function grouped(frames) {
  /** @type {Coded[][]} */
  const groups = [];
  for (const frame of frames) {
    if (frame.key || groups.length === 0) groups.push([]);
    groups.at(-1)?.push(frame);
  }
  return groups;
}

/** @param {readonly Coded[]} frames */
function cluster(frames) {
  const time = frames[0]?.milliseconds ?? 0;
  const blocks = frames.map(({ data, key, milliseconds }) => {
    const after = milliseconds - time;
    return element(ID.block, Uint8Array.of(0x81, after >> 8, after & 255, key ? KEY : 0), data);
  });
  return { time, bytes: element(ID.cluster, number(ID.time, time), ...blocks) };
}

/**
 * @param {number} id
 * @param {...Uint8Array} parts
 */
function element(id, ...parts) {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  // Lengths always have eight bytes: then nothing depends on how long a length is.
  return joined([bytesOf(id), Uint8Array.of(1, 0, 0, ...bytesOf(size, 5)), ...parts]);
}

/**
 * What a player has to know so that it shows the colours that were drawn: without it, it guesses by the size.
 * @param {VideoColorSpaceInit | undefined} space
 */
function colour(space) {
  if (!space?.matrix || !space.transfer || !space.primaries) return new Uint8Array();
  return element(
    ID.colour,
    number(ID.matrix, MATRIX[space.matrix]),
    number(ID.range, space.fullRange ? 2 : 1),
    number(ID.transfer, TRANSFER[space.transfer]),
    number(ID.primaries, PRIMARIES[space.primaries]),
  );
}

/** @param {number} id @param {number} value */
function number(id, value) {
  return element(id, bytesOf(value));
}

/** @param {number} id @param {number} value */
function float(id, value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return element(id, bytes);
}

/** @param {number} id @param {string} value */
function text(id, value) {
  return element(id, new TextEncoder().encode(value));
}

/**
 * A whole number, the highest byte first.
 *
 * @param {number} value
 * @param {number} [least] Bytes.
 */
function bytesOf(value, least = 1) {
  /** @type {number[]} */
  const bytes = [];
  for (let rest = value; rest > 0 || bytes.length < least; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}
