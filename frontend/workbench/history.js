/** Undo and redo: every change of the set-up is a step, and those of one field that follow each other closely are one. */

/** @import { Spec, Store } from "../types/page.js" */

import { createStore } from "../state/store.js";

const TOGETHER = 600; // ms between two changes of a field that count as one
const MOST = 100; // steps that are kept

/** @typedef {{ undo: boolean, redo: boolean }} Possible */

/**
 * Remember what the set-up was.
 *
 * @param {Store<Spec>} spec
 * @param {object} [replaced] In tests.
 * @param {() => number} [replaced.now] Milliseconds.
 */
export function createHistory(spec, { now = () => performance.now() } = {}) {
  /** @type {Spec[]} */
  let past = [];
  /** @type {Spec[]} */
  let future = [];
  let shown = spec.get();
  let field = "";
  let at = -Infinity;
  let held = false;
  let moving = false;
  const possible = createStore(/** @type {Possible} */ ({ undo: false, redo: false }));

  function tell() {
    const can = { undo: past.length > 0, redo: future.length > 0 };
    possible.update((was) => (was.undo === can.undo && was.redo === can.redo ? was : can));
  }

  /** @param {Spec} next */
  function changed(next) {
    const before = shown;
    shown = next;
    if (moving) return;
    const changes = differences(before, next).join();
    if (changes === "") return;
    const same = held ? field !== "" : changes === field && now() - at < TOGETHER;
    if (!same) past = [...past, before].slice(-MOST);
    future = [];
    [field, at] = [changes, now()];
    tell();
  }

  /**
   * @param {Spec[]} from
   * @param {Spec[]} to
   */
  function move(from, to) {
    const other = from.pop();
    if (!other) return;
    to.push(shown);
    field = "";
    moving = true;
    spec.update(() => other);
    moving = false;
    tell();
  }

  spec.watch(changed);
  return {
    possible,
    undo: () => move(past, future),
    redo: () => move(future, past),

    /** While something is held, what it changes is one step, however long that takes. @param {boolean} is */
    hold(is) {
      held = is;
      if (is) field = "";
    },

    /** What is shown now is where it begins. */
    begin() {
      past = [];
      future = [];
      field = "";
      tell();
    },
  };
}

/**
 * The paths at which two values differ.
 *
 * @param {unknown} one
 * @param {unknown} other
 * @param {string} [path]
 * @returns {string[]}
 */
export function differences(one, other, path = "") {
  if (Object.is(one, other)) return [];
  if (!isNode(one) || !isNode(other) || Array.isArray(one) !== Array.isArray(other)) return [path];
  if (Array.isArray(one) && one.length !== other.length) return [path];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) => differences(one[name], other[name], path ? `${path}.${name}` : name));
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isNode(value) {
  return typeof value === "object" && value !== null;
}
