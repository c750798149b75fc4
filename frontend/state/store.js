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
