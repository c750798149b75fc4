/** Following an experiment while it runs: every frame once, acknowledged after it was drawn, resumed where the connection was lost. */

/** @import { Block, ExperimentRecord, Outcome, RunEvent } from "../types/page.js" */

import { decodeFrame } from "../state/run-data.js";
import { doubt, hangUp, Retry, reached } from "./connection.js";
import { address } from "./preview.js";

/** Close codes from here on are HTTP's, and carry a sentence of the server. */
export const REFUSED = 4000;
const SILENCE = 10_000; // ms without a word after which the server is looked at
const OPEN = 1; // WebSocket.OPEN
const MOST_ENTRIES = 20_000; // up to here every entry is drawn; beyond, as many as a screen can show
const EVERY = 6; // frames for one acknowledgement; the server waits for none until 12 are missing

/**
 * What the server says in words.
 * @typedef {RunEvent & { type: "event" }} EventMessage
 * @typedef {{ type: "done", status: ExperimentRecord["status"], outcomes: Outcome[] | null, error?: string | null }} DoneMessage
 */

/**
 * Who is told.
 *
 * @typedef {object} Listeners
 * @property {(block: Block) => void} block Frames in order, each once.
 * @property {(message: DoneMessage) => void} done
 * @property {(sentence: string, code: number) => void} error A sentence to show; following has stopped.
 * @property {(message: { type: "hello", spec: unknown, status: string }) => void} [hello]
 * @property {(message: EventMessage) => void} [event]
 * @property {(connected: boolean) => void} [connected]
 */

/**
 * Follow an experiment until it ends.
 *
 * @param {string} id
 * @param {Listeners} on
 * @param {object} [options]
 * @param {"full" | "screen"} [options.detail] Every entry, or as many as a screen can show.
 * @param {(url: string) => WebSocket} [options.connect] Replaced in tests.
 * @param {(then: () => void) => void} [options.afterDrawing] Replaced in tests.
 * @returns {() => void} Stop following.
 */
export function followExperiment(id, on, options = {}) {
  const { detail = "screen", connect = (url) => new WebSocket(url), afterDrawing = nextFrame } = options;
  const follower = new Follower(`api/experiments/${id}/stream?detail=${detail}&ack=1`, on, connect, afterDrawing);
  return () => follower.stop();
}

/**
 * In which detail so many entries are followed.
 * @param {number} entries
 */
export function detailOf(entries) {
  return entries <= MOST_ENTRIES ? "full" : "screen";
}

class Follower {
  #path;
  #on;
  #connect;
  #afterDrawing;
  #received = 0;
  #unacknowledged = 0;
  #promised = false;
  #retry = new Retry();
  #stopped = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** @type {WebSocket | null} */
  #socket = null;

  /**
   * @param {string} path
   * @param {Listeners} on
   * @param {(url: string) => WebSocket} connect
   * @param {(then: () => void) => void} afterDrawing
   */
  constructor(path, on, connect, afterDrawing) {
    this.#path = path;
    this.#on = on;
    this.#connect = connect;
    this.#afterDrawing = afterDrawing;
    this.#open();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#silence);
    this.#retry.stop();
    hangUp(this.#socket);
  }

  #open() {
    this.#unacknowledged = 0;
    const socket = this.#connect(address(`${this.#path}&after=${this.#received}`));
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = reached;
    socket.onmessage = ({ data }) => {
      if (this.#stopped || socket !== this.#socket) return;
      this.#heard();
      if (typeof data === "string") this.#hear(JSON.parse(data));
      else this.#receive(decodeFrame(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (!this.#stopped && socket === this.#socket) this.#lost(code, reason);
    };
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    clearTimeout(this.#silence);
    this.#on.connected?.(false);
    this.#stopped = code === 1000 || code >= REFUSED;
    if (code >= REFUSED) this.#on.error(reason, code);
    if (this.#stopped) return;
    this.#again();
  }

  /** From a server that says nothing for long nothing is known. */
  #heard() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(doubt, SILENCE);
  }

  #again() {
    this.#retry.again(() => this.#open());
  }

  /** @param {Block} block */
  #receive(block) {
    if (block.seq <= this.#received) return;
    if (block.first > this.#received + 1) {
      // Frames are missing: ask for everything after the last one that came.
      const socket = this.#socket;
      this.#socket = null;
      socket?.close();
      this.#again();
      return;
    }
    this.#received = block.seq;
    this.#retry.heard();
    this.#unacknowledged += 1;
    this.#on.block(block);
    if (this.#unacknowledged < EVERY || this.#promised) return;
    this.#promised = true;
    this.#afterDrawing(() => this.#acknowledge());
  }

  #acknowledge() {
    this.#promised = false;
    if (this.#stopped || this.#unacknowledged === 0) return;
    this.#unacknowledged = 0;
    const open = this.#socket?.readyState ?? OPEN;
    if (open === OPEN) this.#socket?.send(JSON.stringify({ ack: this.#received }));
  }

  /** @param {any} message */
  #hear(message) {
    if (message.type === "hello") {
      this.#on.connected?.(true);
      this.#on.hello?.(message);
    } else if (message.type === "event") this.#on.event?.(message);
    else if (message.type === "done") {
      this.#stopped = true;
      clearTimeout(this.#silence);
      this.#on.done(message);
      this.#socket?.close();
    }
  }
}

/**
 * Call back when the next frame has been drawn; never while the page is hidden, so that a hidden page pauses its stream.
 * @param {() => void} then
 */
function nextFrame(then) {
  requestAnimationFrame(() => setTimeout(then));
}
