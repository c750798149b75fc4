/**
 * What a link says besides the set-up: the step, the part of a narrow page, and for exercises what is hidden or locked.
 *
 * A teacher can write the last ones by hand behind any link: `#1.abc.def&hide=lr,optimizer&lock=1&step=12`; the page then
 * writes them into its own form. A new choice of the view that links should carry is one line in CHOICES.
 */

/** @import { View } from "../types/page.js" */

import { PICTURES } from "./network-views.js";

/**
 * @typedef {object} More
 * @property {number} [step] Where the clock stands; without it, the page plays from the start.
 * @property {import("../ui/tabs.js").Tab} [tab]
 * @property {Hideable[]} [hide] Controls that are not there.
 * @property {true} [lock] Nothing can be changed but playback.
 */
/** @typedef {typeof HIDEABLE[number]} Hideable */
/** @typedef {Partial<Pick<View, keyof typeof CHOICES | "pair">>} Chosen Choices of the view that are not the usual ones. */

/** What an exercise can hide; css/exercise.css says what each of them is. */
export const HIDEABLE = /** @type {const} */ ([
  "lr",
  "optimizer",
  "settings",
  "problem",
  "formula",
  "start",
  "steps",
  "advanced",
  "runs",
  "experiment",
  "why",
  "loss",
  "edge",
]);
const TABS = ["plot", "controls", "why"];
const MOST_STEPS = 1e9;

/** The view's choices that links carry, the usual one first. */
export const CHOICES = /** @type {const} */ ({
  picture: ["data", ...PICTURES],
  fact: ["limit", "accuracy", "ratio", "noise", "saturation"],
  ground: ["contour", "heat", "solid", "now", "spectrum", "pair"],
});

/**
 * What is not as usual, in the order of its keys.
 *
 * @param {More} more
 * @param {Chosen} view
 * @returns {Record<string, unknown>}
 */
export function written({ step, tab, hide, lock }, view) {
  const chosen = Object.entries(CHOICES).flatMap(([name, [usual]]) => {
    const value = view[/** @type {keyof typeof CHOICES} */ (name)];
    return value === undefined || value === usual ? [] : [[name, value]];
  });
  return {
    ...(step === undefined ? {} : { step }),
    ...(tab === undefined || tab === TABS[0] ? {} : { tab }),
    ...(hide?.length ? { hide } : {}),
    ...(lock ? { lock } : {}),
    ...Object.fromEntries(chosen),
    ...(view.pair ? { pair: view.pair } : {}),
  };
}

/**
 * Read what `written` wrote; unknown keys are ignored. Raises an Error where a known one has no such value.
 *
 * @param {Record<string, unknown>} given
 * @returns {{ more: More, view: Chosen }}
 */
export function readMore(given) {
  const { step, tab, hide, lock } = given;
  const view = Object.entries(CHOICES).flatMap(([name, choices]) => {
    if (given[name] === undefined) return [];
    return [[name, oneOf(given[name], choices)]];
  });
  return {
    more: {
      ...(step === undefined ? {} : { step: whole(step) }),
      ...(tab === undefined ? {} : { tab: oneOf(tab, TABS) }),
      ...(hide === undefined ? {} : { hide: hidden(hide) }),
      ...(lock === undefined ? {} : { lock: oneOf(lock, [true]) }),
    },
    view: { ...Object.fromEntries(view), ...(given.pair === undefined ? {} : { pair: twoOf(given.pair) }) },
  };
}

/**
 * Read what was written by hand behind a link: "hide=lr,optimizer", "lock=1", "step=12".
 *
 * @param {readonly string[]} pairs
 * @returns {Record<string, unknown>}
 */
export function readPairs(pairs) {
  /** @type {Record<string, (value: string) => unknown>} */
  const readers = { hide: (value) => value.split(","), lock: (value) => value === "1" || value, step: Number };
  const given = pairs.map((pair) => /** @type {const} */ ([pair.split("=", 1)[0] ?? "", pair.replace(/^[^=]*=?/, "")]));
  return Object.fromEntries(given.flatMap(([name, value]) => (readers[name] ? [[name, readers[name](value)]] : [])));
}

/** @param {unknown} value @returns {number} */
function whole(value) {
  if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > MOST_STEPS) throw new Error("not a step");
  return Number(value);
}

/** @param {unknown} value @returns {[number, number]} */
function twoOf(value) {
  if (!Array.isArray(value) || value.length !== 2 || value[0] === value[1]) throw new Error("not a pair");
  return [whole(value[0]), whole(value[1])];
}

/** @param {unknown} value @returns {Hideable[]} */
function hidden(value) {
  if (!Array.isArray(value)) throw new Error("not a list");
  return HIDEABLE.filter((name) => value.includes(name));
}

/**
 * @template T
 * @param {unknown} value
 * @param {readonly T[]} choices
 * @returns {any}
 */
function oneOf(value, choices) {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Error("no such choice");
  return found;
}
