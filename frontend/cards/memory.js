/** What a learner remembers of the cards, and when each comes again: kept in this browser, and sent to nobody. */

import { FRESH, KNOWN, repeated } from "./sm2.js";

/** @typedef {import("./sm2.js").Memory} Memory */
/** @typedef {Memory & { due: number }} Kept The day on which the card comes again, as a count of days. */
/** @typedef {{ cards: Record<string, Kept>, begun: { day: number, n: number } }} State How many new cards a day has had. */

const KEY = "slalom.cards";
const FORMAT = "slalom-cards-1";
const DAY = 86_400_000; // ms

/** New cards a day: more of them come back together in a week. */
export const NEW_A_DAY = 12;

/** A file that holds no cards. */
export class NoCards extends Error {}

/** The day, by this place's own midnight. @param {Date} [now] */
export function dayOf(now = new Date()) {
  return Math.floor((now.getTime() - now.getTimezoneOffset() * 60_000) / DAY);
}

/**
 * @param {Pick<Storage, "getItem" | "setItem" | "removeItem"> | null} storage null: nothing outlives the page.
 * @param {() => number} [today]
 */
export function createMemory(storage, today = dayOf) {
  let state = read(storage?.getItem(KEY) ?? null);

  function keep() {
    try {
      storage?.setItem(KEY, JSON.stringify(state));
    } catch {
      // Storage can be full or forbidden; what is remembered then lasts until the page is closed.
    }
  }

  const begunToday = () => (state.begun.day === today() ? state.begun.n : 0);

  return {
    /** @param {string} id @returns {Kept | undefined} */
    of: (id) => state.cards[id],

    /**
     * Which cards come today: those that are due, the longest overdue first, then as many new ones as the day has left.
     * @param {readonly string[]} ids
     */
    queue(ids) {
      const due = ids.filter((id) => (state.cards[id]?.due ?? Infinity) <= today());
      due.sort((a, b) => (state.cards[a]?.due ?? 0) - (state.cards[b]?.due ?? 0));
      const fresh = ids.filter((id) => !state.cards[id]).slice(0, Math.max(0, NEW_A_DAY - begunToday()));
      return { due, fresh };
    },

    /**
     * Note how well a card was remembered; return whether it is asked again today.
     *
     * @param {string} id
     * @param {number} quality 0 to 5.
     * @param {boolean} [again] Whether it was asked today before: that changes no interval.
     */
    grade(id, quality, again = false) {
      const before = state.cards[id];
      if (!again) {
        const begun = before ? state.begun : { day: today(), n: begunToday() + 1 };
        const memory = repeated(before ?? FRESH, quality);
        state = { cards: { ...state.cards, [id]: { ...memory, due: today() + memory.interval } }, begun };
        keep();
      }
      return quality < KNOWN;
    },

    /** Days until a card would come again. @param {string} id @param {number} quality */
    interval: (id, quality) => repeated(state.cards[id] ?? FRESH, quality).interval,

    /** How many of these cards have been asked before. @param {readonly string[]} ids */
    known: (ids) => ids.filter((id) => state.cards[id]).length,

    /** Everything as the text of a file. */
    exported: () => `${JSON.stringify({ format: FORMAT, ...state }, null, 1)}\n`,

    /**
     * Take what a file says in place of what is known. Throws NoCards where it says nothing of cards.
     *
     * @param {string} text
     * @returns {() => void} Brings back what was known before.
     */
    imported(text) {
      const given = parsed(text);
      if (given?.format !== FORMAT) throw new NoCards();
      return replace(read(text));
    },

    /** Forget everything; what is returned brings it back. */
    erase: () => replace(read(null)),
  };

  /** @param {State} next */
  function replace(next) {
    const before = state;
    state = next;
    keep();
    return () => {
      state = before;
      keep();
    };
  }
}

/** @param {string | null} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null; // What is no JSON is no memory either.
  }
}

/** @param {string | null} text @returns {State} */
function read(text) {
  const { cards = {}, begun = {} } = parsed(text) ?? {};
  const sound = Object.entries(cards).filter(([, card]) =>
    [card?.ease, card?.interval, card?.repetition, card?.due].every((value) => Number.isFinite(value) && value >= 0),
  );
  const kept = sound.map(([id, { ease, interval, repetition, due }]) => [id, { ease, interval, repetition, due }]);
  return { cards: Object.fromEntries(kept), begun: { day: Number(begun.day) || 0, n: Number(begun.n) || 0 } };
}
