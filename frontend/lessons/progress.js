/** What a reader has answered, and how deep they want to read: kept in this browser, and sent to nobody. */

/** @import { Answers, Depth } from "../types/lessons.js" */

import { createStore } from "../state/store.js";

const KEY = "slalom.lessons";

/** @type {readonly Depth[]} */
export const DEPTHS = ["basic", "medium", "detailed"];

/** @typedef {{ depth: Depth, lessons: Readonly<Record<string, Answers>> }} Kept */

/** @type {Kept} */
const NOTHING = { depth: "medium", lessons: {} };

/**
 * The answers to all lessons, as a store that outlives the page.
 *
 * @param {Pick<Storage, "getItem" | "setItem" | "removeItem"> | null} [storage] null: nothing is kept.
 */
export function createProgress(storage = ownStorage()) {
  const store = createStore(read(storage));

  /** @param {(now: Kept) => Kept} change */
  function update(change) {
    store.update(change);
    try {
      storage?.setItem(KEY, JSON.stringify(store.get()));
    } catch {
      // Storage can be full or forbidden; the answers then last until the page is closed.
    }
  }

  return {
    get: store.get,
    watch: store.watch,

    /** @param {string} slug @returns {Answers} */
    of: (slug) => store.get().lessons[slug] ?? {},

    /**
     * @param {string} slug
     * @param {Partial<Answers>} answers
     */
    answer: (slug, answers) =>
      update((now) => ({ ...now, lessons: { ...now.lessons, [slug]: { ...now.lessons[slug], ...answers } } })),

    /** @param {Depth} depth */
    read: (depth) => update((now) => ({ ...now, depth })),

    /** Begin a lesson anew. @param {string} slug */
    forget: (slug) =>
      update((now) => ({
        ...now,
        lessons: Object.fromEntries(Object.entries(now.lessons).filter(([name]) => name !== slug)),
      })),

    /** Forget everything; what is returned brings it back. @returns {() => void} */
    erase() {
      const before = store.get();
      update((now) => ({ ...now, lessons: {} }));
      return () => update(() => before);
    },
  };
}

/**
 * How many of a lesson's questions are answered, of how many: the prediction, what was seen, and the quiz.
 * @param {Answers} answers
 */
export function doneOf({ prediction, notice, quiz = {}, of = 0 }) {
  const quizzed = Object.values(quiz).filter((one) => typeof one === "number" || one.passed).length;
  return { done: Math.min(of, Number(prediction !== undefined) + Number(notice !== undefined) + quizzed), of };
}

/** @returns {Storage | null} */
function ownStorage() {
  try {
    return localStorage;
  } catch {
    return null; // Storage can be forbidden; the page works without.
  }
}

/**
 * @param {Pick<Storage, "getItem"> | null} storage
 * @returns {Kept}
 */
function read(storage) {
  try {
    const { depth, lessons } = JSON.parse(storage?.getItem(KEY) ?? "null") ?? NOTHING;
    const known = typeof lessons === "object" && lessons !== null ? Object.entries(lessons) : [];
    return {
      depth: DEPTHS.find((one) => one === depth) ?? NOTHING.depth,
      lessons: Object.fromEntries(known.filter(([, answers]) => typeof answers === "object" && answers !== null)),
    };
  } catch {
    return NOTHING; // What somebody else has written there is no progress.
  }
}
