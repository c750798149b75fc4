/** Whether the server answers: one question finds out for the whole page, and whoever waits asks again as soon as it does. */

import { hrefOf } from "../state/site/root.js";
import { createStore } from "../state/store.js";

const APART = 1000; // ms between two looks at a server that is away
const AGAIN = 2000; // ms until something is asked again of a server that answers others
const FIRST_DELAY = 250; // ms until a connection is made again; doubles with every failure at a server that answers others
const LONGEST_DELAY = 8000;
const ASKED = 3; // times of a proxy that refuses one question though the server answers others
const OF_A_PROXY = new Set([502, 503, 504]);
export const PATIENCE = 4000; // ms without an answer after which it is looked at

/** The server did not answer at all; at most a proxy did. */
export class Unreachable extends Error {
  name = "Unreachable";

  /**
   * @param {string} [message]
   * @param {boolean} [byProxy] Whether a proxy answered in its place.
   */
  constructor(message, byProxy = false) {
    super(message);
    this.byProxy = byProxy;
  }
}

/** Whether the server is known not to answer. */
export const away = createStore(false);
const doubts = createStore(0);
const answers = createStore(0);

/** Something was not answered: find out whether the server is there. */
export const doubt = () => doubts.update((n) => n + 1);

/** Something was answered: a server that was away may be back, so that the next look at it need not wait. */
export const reached = () => {
  if (away.get()) answers.update((n) => n + 1);
};

/**
 * Whether an answer is the server's own, and not that of a proxy whose server is away.
 * @param {Response} answer
 */
export function isOfServer({ status, headers }) {
  return !OF_A_PROXY.has(status) || (headers.get("Content-Type") ?? "").includes("json");
}

/**
 * Look at the server whenever somebody doubts that it is there, again and again until it is.
 * @param {() => Promise<unknown>} [look] Rejects while it is away.
 */
export function startReach(look = healthz) {
  let looking = false;
  const one = async () => {
    if (looking) return;
    looking = true;
    for (let there = false; !there; ) {
      there = await look().then(
        () => true,
        () => false,
      );
      away.update(() => !there);
      if (!there) await pause();
    }
    looking = false;
  };
  globalThis.addEventListener?.("online", reached);
  const stop = later(doubts, () => void one());
  return () => {
    globalThis.removeEventListener?.("online", reached);
    stop();
  };
}

/** Until the next look at a server that is away: a while, or until something is answered. */
function pause() {
  return new Promise((/** @type {(value: void) => void} */ done) => {
    const timer = setTimeout(end, APART);
    const stop = later(answers, end);
    function end() {
      clearTimeout(timer);
      stop();
      done();
    }
  });
}

/**
 * Call back with every change, not at once.
 *
 * @param {import("../types/page.js").Watchable<unknown>} store
 * @param {() => void} act
 */
function later(store, act) {
  let begun = false;
  const stop = store.watch(() => begun && act());
  begun = true;
  return stop;
}

/** Any answer of the server will do. */
async function healthz() {
  const answer = await fetch(hrefOf("healthz"), { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (!isOfServer(answer)) throw new Unreachable(answer.statusText, true);
}

/** Call back whenever the server has come back. @param {() => void} act */
export function onReturn(act) {
  let was = away.get();
  return away.watch((is) => {
    const back = was && !is;
    was = is;
    if (back) act();
  });
}

/**
 * Call back after a while; where the server is away, as soon as it has come back and not before.
 *
 * @param {number} ms
 * @param {(back: boolean) => void} act `back`: the server was away.
 * @returns {() => void} Do not.
 */
export function soon(ms, act) {
  const timer = setTimeout(() => away.get() || go(false), ms);
  const stop = onReturn(() => go(true));
  function cancel() {
    clearTimeout(timer);
    stop();
  }
  /** @param {boolean} back */
  function go(back) {
    cancel();
    act(back);
  }
  return cancel;
}

/** Making a connection again that was lost: with all others as soon as the server is back, else later and later. */
export class Retry {
  #longest;
  #spread;
  #delay = FIRST_DELAY;
  #cancel = () => {};

  /**
   * @param {number} [longest] Milliseconds.
   * @param {() => number} [spread] A factor of each delay, so that not all pages knock at once.
   */
  constructor(longest = LONGEST_DELAY, spread = () => 1) {
    this.#longest = longest;
    this.#spread = spread;
  }

  /** It was lost. @param {() => void} connect */
  again(connect) {
    this.#cancel();
    doubt();
    this.#cancel = soon(this.#delay * this.#spread(), (back) => {
      // What failed while nobody was there says nothing about this connection.
      if (back) this.#delay = FIRST_DELAY;
      connect();
    });
    this.#delay = Math.min(2 * this.#delay, this.#longest);
  }

  /** Something has come over it. */
  heard() {
    this.#delay = FIRST_DELAY;
  }

  stop() {
    this.#cancel();
  }
}

/**
 * Ask until there is an answer: for questions that may be asked twice. A refusal is an answer.
 *
 * @template T
 * @param {() => Promise<T>} ask Rejects with Unreachable while the server is away.
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function persist(ask, signal) {
  for (let refused = 0; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      refused = error.byProxy && !away.get() ? refused + 1 : 0;
      if (refused >= ASKED) throw error;
    }
    doubt();
    await new Promise((done) => void soon(AGAIN, () => done(undefined)));
    signal?.throwIfAborted();
  }
}

/**
 * Close a socket; one that is not open yet as soon as it is: a browser calls that a failure otherwise.
 *
 * @param {WebSocket | null | undefined} socket
 */
export function hangUp(socket) {
  if (socket?.readyState === 0) socket.onopen = () => socket.close();
  else socket?.close();
}
