/** What a reader has answered, and how deep they want to read: kept in this browser, and sent to nobody. */

/** @import { Answers, Depth } from "../types/lessons.js" */

import { createStore } from "../state/store.js";

const KEY = "slalom.lessons";
const FORMAT = "slalom-lessons-1"; // of a file

/** A file that holds no answers. */
export class NoAnswers extends Error {}

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
  const store = createStore(keptIn(storage?.getItem(KEY) ?? null));

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

    /** Everything as the text of a file. */
    exported: () => `${JSON.stringify({ format: FORMAT, ...store.get() }, null, 1)}\n`,

    /**
     * Take what a file says in place of what is known; what is returned brings that back. Throws NoAnswers where it says
     * nothing of lessons.
     *
     * @param {string} text
     */
    imported(text) {
      if (parsed(text)?.format !== FORMAT) throw new NoAnswers();
      return replace(keptIn(text));
    },

    /** Forget all answers; what is returned brings them back. */
    erase: () => replace({ ...store.get(), lessons: {} }),
  };

  /** @param {Kept} next */
  function replace(next) {
    const before = store.get();
    update(() => next);
    return () => update(() => before);
  }
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

/** @param {string | null} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null; // What is no JSON is no answers either.
  }
}

/** @param {string | null} text @returns {Kept} */
function keptIn(text) {
  const { depth, lessons } = parsed(text) ?? NOTHING;
  const isObject = (/** @type {unknown} */ value) => typeof value === "object" && value !== null;
  return {
    depth: DEPTHS.find((one) => one === depth) ?? NOTHING.depth,
    lessons: Object.fromEntries(Object.entries(isObject(lessons) ? lessons : {}).filter(([, one]) => isObject(one))),
  };
}
