/**
 * The page's address carries its state: spec, view and step as `#1.<payload>.<check>`.
 *
 * The payload is a short JSON list in base64url, so that chat programs neither cut nor alter it;
 * the check makes sure that a link that was cut or mistyped all the same is refused, not misread.
 */

/** @import { Choice, DeviceChoice, Spec, RunSpec, StepAxis, View } from "../types/page.js" */

import { readMore, readPairs, written } from "./link-options.js";
import { FIRST } from "./spec.js";

/** @typedef {Pick<View, "selected" | "log" | "follow" | "axis"> & import("./link-options.js").Chosen} SharedView */
/** @typedef {{spec: Spec, view: SharedView} & import("./link-options.js").More} Shared */

const VERSION = "1";
const LONGEST = 2000; // characters; longer links are cut by mail and chat programs
const MOST_RUNS = 32;
const MOST_STEPS = 1e9;
const MOST_SEED = 2 ** 32 - 1;

/** @type {readonly StepAxis[]} In the order of their numbers in links. */
const AXES = ["steps", "examples", "seconds"];
/** @type {readonly DeviceChoice[]} */
const DEVICES = ["auto", "cpu", "cuda"];
const MOST_MARKS = 7 + 8 * (AXES.length - 1);

/** What is shown where a link says nothing of it. @type {Shared} */
export const USUAL = { spec: FIRST, view: { selected: 0, log: true, follow: false, axis: "steps" } };

/**
 * Write spec and view as a fragment without its "#"; null where it would be too long to share.
 *
 * @param {Shared} state
 * @returns {string | null}
 */
export function encode({ spec, view, ...rest }) {
  const { problem, runs, steps, seed, dtype, device = "auto" } = spec;
  const yes = (view.log ? 1 : 0) + (view.follow ? 2 : 0) + (dtype === "float32" ? 4 : 0);
  const marks = yes + 8 * AXES.indexOf(view.axis);
  const parts = [fromChoice(problem), runs.map(fromRun), steps, seed, view.selected, marks];
  const more = written(rest, view);
  const last = Object.keys(more).length > 0 ? [device, more] : device === "auto" ? [] : [device];
  const payload = toBase64(JSON.stringify([...parts, ...last]));
  const fragment = `${VERSION}.${payload}.${check(payload)}`;
  return fragment.length <= LONGEST ? fragment : null;
}

/**
 * Read a fragment; null where there is none, or where it is damaged or of another version.
 *
 * @param {string} fragment With or without its "#".
 * @returns {Shared | null}
 */
export function decode(fragment) {
  const [state = "", ...pairs] = fragment.replace(/^#/, "").split("&");
  try {
    if (/^(hide|lock|step)=/.test(state)) return withPairs(USUAL, [state, ...pairs]);
    const shared = readState(state);
    return shared && withPairs(shared, pairs);
  } catch {
    return null;
  }
}

/** @param {string} state @returns {Shared | null} */
function readState(state) {
  const [version, payload, sum, ...more] = state.split(".");
  if (version !== VERSION || !payload || sum !== check(payload) || more.length > 0) return null;
  return toShared(JSON.parse(fromBase64(payload)));
}

/**
 * @param {Shared} shared
 * @param {readonly string[]} pairs
 */
function withPairs(shared, pairs) {
  return { ...shared, ...readMore(readPairs(pairs)).more };
}

/**
 * @param {unknown} value
 * @returns {Shared | null}
 */
function toShared(value) {
  if (!Array.isArray(value) || !Array.isArray(value[1]) || value[1].length > MOST_RUNS) return null;
  const [problem, runs, steps, seed, selected, marks, device = "auto", rest = {}] = value;
  if (!isWhole(steps, 1, MOST_STEPS) || !isWhole(seed, 0, MOST_SEED) || !isWhole(marks, 0, MOST_MARKS)) return null;
  if (!isWhole(selected, 0, Math.max(0, runs.length - 1)) || !DEVICES.includes(device)) return null;
  if (!isPlain(rest)) return null;
  const { more, view } = readMore(rest);
  return {
    spec: {
      problem: toChoice(problem),
      runs: runs.map(toRun),
      steps,
      seed,
      dtype: marks & 4 ? "float32" : "float64",
      ...(device === "auto" ? {} : { device }),
    },
    view: { selected, log: (marks & 1) > 0, follow: (marks & 2) > 0, axis: AXES[marks >> 3] ?? "steps", ...view },
    ...more,
  };
}

/** @param {Choice} choice */
function fromChoice({ kind, ...settings }) {
  return Object.keys(settings).length > 0 ? [kind, settings] : kind;
}

/**
 * @param {unknown} value
 * @returns {Choice}
 */
function toChoice(value) {
  const [kind, settings] = Array.isArray(value) ? value : [value, {}];
  if (typeof kind !== "string" || !isPlain(settings) || "kind" in settings) throw new Error("not a choice");
  return { kind, ...settings };
}

/** @param {RunSpec} run */
function fromRun({ optimizer, schedule, ...rest }) {
  const parts = [fromChoice(optimizer), schedule ? fromChoice(schedule) : 0, rest];
  return Object.keys(rest).length > 0 ? parts : parts.slice(0, schedule ? 2 : 1);
}

/**
 * @param {unknown} value
 * @returns {RunSpec}
 */
function toRun(value) {
  if (!Array.isArray(value)) throw new Error("not a run");
  const [optimizer, schedule, rest = {}] = value;
  if (!isPlain(rest) || !isPoint(rest.start)) throw new Error("not a run");
  return {
    optimizer: toChoice(optimizer),
    ...(schedule ? { schedule: toChoice(schedule) } : {}),
    ...rest,
  };
}

/**
 * @param {unknown} value
 * @param {number} low
 * @param {number} high
 */
function isWhole(value, low, high) {
  return Number.isInteger(value) && /** @type {number} */ (value) >= low && /** @type {number} */ (value) <= high;
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isPlain(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a run can start there: at numbers, or where its problem says. @param {unknown} value */
function isPoint(value) {
  return value === undefined || value === null || (Array.isArray(value) && value.every((x) => typeof x === "number"));
}

/** @param {string} text */
function toBase64(text) {
  const bytes = new TextEncoder().encode(text);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
function fromBase64(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
}

/**
 * FNV-1a of the payload, 32 bits as 7 characters.
 * @param {string} text
 */
function check(text) {
  let sum = 0x811c9dc5;
  for (const character of text) sum = Math.imul(sum ^ character.charCodeAt(0), 0x01000193);
  return (sum >>> 0).toString(36).padStart(7, "0");
}
