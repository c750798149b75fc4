/** Whether a hall is fit for a class: what is measured, and what it means for a room of phones. */

/** @typedef {"good" | "poor" | "bad"} Grade */

const LOADED = 0.45; // megabytes that a phone loads for its first picture
const FIRST = 10; // seconds that the first picture may take where all begin at once
const SOCKETS = 3; // connections of a phone: stage, previews, and a training that is followed
const [NEAR, FAR] = [150, 600]; // ms to the server and back that nobody notices, and that everybody does
const [WIDE, NARROW] = [4, 0.7]; // Mbit/s

/** @param {number} ms @returns {Grade} */
export const gradeTrip = (ms) => (ms <= NEAR ? "good" : ms <= FAR ? "poor" : "bad");

/** @param {number} rate Mbit/s. @returns {Grade} */
export const gradeRate = (rate) => (rate >= WIDE ? "good" : rate >= NARROW ? "poor" : "bad");

/** How many seconds a first picture takes of a connection. @param {number} rate Mbit/s. */
export const secondsToLoad = (rate) => (8 * LOADED) / rate;

/**
 * How many phones a server will carry, and what sets the limit. The first picture is loaded by all at once.
 *
 * @param {{ room: number, sockets: number, rate: number }} known `rate`: Mbit/s of this connection.
 * @returns {{ phones: number, by: "room" | "sockets" | "network" }}
 */
export function phonesOf({ room, sockets, rate }) {
  const limits = /** @type {const} */ ([
    ["room", room],
    ["sockets", Math.floor(sockets / SOCKETS)],
    ["network", Math.floor((FIRST * rate) / (8 * LOADED))],
  ]);
  const [by, phones] = limits.reduce((least, one) => (one[1] < least[1] ? one : least));
  return { phones: Math.max(0, phones), by };
}

/** The middle one of several. @param {readonly number[]} values */
export function middleOf(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
