/** Whether the server answers: one question finds out for the whole page, and whoever waits asks again as soon as it does. */

import { hrefOf } from "../state/site/root.js";
import { createStore } from "../state/store.js";

const APART = 1000; // ms between two looks at a server that is away
const AGAIN = 2000; // ms until something is asked again of a server that answers others
export const PATIENCE = 4000; // ms without an answer after which it is looked at

/** The server did not answer at all. */
export class Unreachable extends Error {
  name = "Unreachable";
}

/** Whether the server is known not to answer. */
export const away = createStore(false);
const doubts = createStore(0);

/** Something was not answered: find out whether the server is there. */
export const doubt = () => doubts.update((n) => n + 1);

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
      if (!there) await new Promise((done) => setTimeout(done, APART));
    }
    looking = false;
  };
  let first = true;
  return doubts.watch(() => {
    if (!first) void one();
    first = false;
  });
}

/** Any answer will do. */
function healthz() {
  return fetch(hrefOf("healthz"), { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
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
 * Call back after a while, or as soon as the server has come back.
 *
 * @param {number} ms
 * @param {() => void} act
 * @returns {() => void} Do not.
 */
export function soon(ms, act) {
  const timer = setTimeout(go, ms);
  const stop = onReturn(go);
  function cancel() {
    clearTimeout(timer);
    stop();
  }
  function go() {
    cancel();
    act();
  }
  return cancel;
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
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
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
