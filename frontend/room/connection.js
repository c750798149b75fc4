/** The connection of a page with its room: one WebSocket, made again whenever it is lost, or was asleep with its page. */

/** @import { Told } from "../types/room.js" */

import { hangUp, Retry, reached } from "../server/connection.js";
import { address } from "../server/preview.js";

const LONGEST_DELAY = 4000; // ms before connecting again
const SPREAD = 0.5; // a share of a delay by which pages differ, so that a hall does not knock all at once
const REFUSED = 4000; // close codes from here on carry a sentence of the server
const ASLEEP = 3000; // ms that a page may be out of sight before its connection is not trusted any more
const OPEN = 1; // WebSocket.OPEN

/**
 * @param {object} on
 * @param {(message: Told) => void} on.hear
 * @param {(connected: boolean) => void} on.connected
 * @param {(sentence: string) => void} on.refused It will not come again.
 * @param {object} [time] Replaced in tests.
 * @param {(url: string) => WebSocket} [time.connect]
 * @param {() => number} [time.now]
 * @param {() => number} [time.random]
 */
export function connectRoom(on, time = {}) {
  const { connect = (url) => new WebSocket(url), now = () => Date.now(), random = Math.random } = time;
  /** @type {WebSocket | null} */
  let socket = null;
  const retry = new Retry(LONGEST_DELAY, () => 1 + SPREAD * random());
  let hidden = 0;
  let ended = false;

  function open() {
    retry.stop();
    const made = connect(address("api/room/live"));
    socket = made;
    made.onopen = () => {
      reached();
      if (made === socket) on.connected(true);
    };
    made.onmessage = ({ data }) => {
      if (made !== socket) return;
      retry.heard();
      on.hear(JSON.parse(data));
    };
    made.onclose = ({ code, reason }) => made === socket && lost(code, reason);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  function lost(code, reason) {
    socket = null;
    if (ended) return;
    on.connected(false);
    if (code >= REFUSED && code < REFUSED + 500) {
      ended = true;
      on.refused(reason);
      return;
    }
    retry.again(open);
  }

  /** What a sleeping page was sent is lost, and its connection may be dead without knowing. */
  function wake() {
    if (ended) return;
    const old = socket;
    socket = null;
    hangUp(old);
    open();
  }

  open();
  return {
    /** @param {object} message @returns {boolean} Whether it could be sent. */
    send(message) {
      if (socket?.readyState !== OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },

    /** The page went out of sight, or is seen again. @param {boolean} seen */
    sight(seen) {
      if (!seen) hidden = now();
      else if (hidden !== 0 && now() - hidden > ASLEEP) wake();
      if (seen) hidden = 0;
    },

    /** It is again after a sleep of which nobody told. */
    wake,

    close() {
      ended = true;
      retry.stop();
      hangUp(socket);
    },
  };
}

/**
 * Tell a connection when the page is out of sight, frozen, or away from the network.
 * @param {ReturnType<typeof connectRoom>} room
 */
export function watchSleep(room) {
  document.addEventListener("visibilitychange", () => room.sight(document.visibilityState === "visible"));
  document.addEventListener("resume", room.wake);
  addEventListener("pageshow", ({ persisted }) => persisted && room.wake());
  addEventListener("online", room.wake);
}
