/** What the page knows: values that can be watched, and showing what several of them hold together. */

/** @import { Values, Watchable } from "../types/page.js" */

/**
 * A value that can be watched.
 *
 * The contract is Svelte's: watching calls back at once with the current value and again after
 * every change, and returns a function that stops it. Nothing else in this app holds state.
 *
 * @template T
 * @param {T} value
 */
export function createStore(value) {
  /** @type {Set<(value: T) => void>} */
  const watchers = new Set();

  return {
    get: () => value,

    /** @param {(value: T) => T} change Returning the same value tells nobody. */
    update(change) {
      const next = change(value);
      if (Object.is(next, value)) return;
      value = next;
      for (const watcher of watchers) watcher(value);
    },

    /**
     * @param {(value: T) => void} watcher
     * @returns {() => void} Stop watching.
     */
    watch(watcher) {
      watchers.add(watcher);
      watcher(value);
      return () => void watchers.delete(watcher);
    },
  };
}

/**
 * Show what stores hold together: at once, then at most once a frame, and only where it has become something else.
 *
 * @template {Record<string, Watchable<any>>} S
 * @template {object} [P=Values<S>]
 * @param {S} stores By the names under which their values are given.
 * @param {(shown: P) => void} show
 * @param {(values: Values<S>) => P} [part] What of the values is shown; it is the same where every member is.
 * @returns {() => void} Stop.
 */
export function watchAll(stores, show, part = (values) => /** @type {P} */ (/** @type {unknown} */ (values))) {
  /** @type {P | null} */
  let shown = null;

  function now() {
    const values = Object.fromEntries(Object.entries(stores).map(([name, store]) => [name, store.get()]));
    const next = part(/** @type {Values<S>} */ (values));
    if (shown !== null && same(shown, next)) return;
    shown = next;
    show(next);
  }

  now();
  const stops = Object.values(stores).map((store) => later(store, now));
  return () => {
    for (const stop of stops) stop();
    waiting.delete(now);
  };
}

/**
 * Ask for a frame whenever a store changes.
 *
 * @param {Watchable<any>} store
 * @param {() => void} show
 */
function later(store, show) {
  let begun = false;
  const stop = store.watch(() => {
    if (begun) atNextFrame(show);
  });
  begun = true;
  return stop;
}

/** @type {Set<() => void>} */
const waiting = new Set();
let asked = false;

/**
 * Call back at the next frame, once however often it was asked for.
 * @param {() => void} show
 */
export function atNextFrame(show) {
  waiting.add(show);
  if (asked) return;
  asked = true;
  requestAnimationFrame(showWaiting);
}

/** Show now what waits for the next frame; what changes while it is shown is shown, too. */
export function showWaiting() {
  asked = false;
  for (const show of waiting) {
    waiting.delete(show);
    show();
  }
}

/**
 * @param {object} one
 * @param {object} other
 */
function same(one, other) {
  return Object.entries(one).every(([name, value]) => Object.is(value, /** @type {any} */ (other)[name]));
}
