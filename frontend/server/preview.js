/** Asking for traces while a slider is dragged: the newest question wins, and the old picture stays until its answer is there. */

/** @import { Block, Outcome, RunEvent, RunView, ServerProblem, Spec, Stores } from "../types/page.js" */

import { appendBlock, createRunView, decodeEvent, decodeFrame, lastStep } from "../state/run-data.js";
import { hrefOf } from "../state/site/root.js";
import { language } from "../words/numerals.js";
import { labelsOf, plot } from "../words/plot.js";
import { doubt, hangUp, PATIENCE, Retry, reached } from "./connection.js";

const REFUSED = 4000; // close codes from here on carry a sentence of the server
const LATE = 400; // ms without an answer that nobody sees as waiting
const UNSEEN = 120; // ms an unfinished answer may keep a newer question waiting, and may stay unseen

/**
 * One question and what has come back of it.
 *
 * @typedef {object} Question
 * @property {number} id
 * @property {Spec} spec
 * @property {RunView[]} runs
 * @property {boolean} late Whether it has had its time: it is shown as it comes, and gives way to a newer one.
 */

/** @typedef {{ type?: string, request?: number, place?: number, outcomes?: Outcome[], events?: RunEvent[] }} Answer A message in words. */

/** @typedef {(problem: (ServerProblem & { type?: string }) | null) => void} Report */

/**
 * Ask for traces on one connection; answers go into the stores.
 *
 * @param {Stores} stores
 * @param {Report} onProblem Called with null when an answer has come.
 * @param {object} [more]
 * @param {(is: boolean) => void} [more.late] Whether what is shown is not yet what was asked for, as everybody sees.
 * @param {(place: number | null) => void} [more.turn] How many are before it in the line of a busy server, itself
 *   included; null: its turn has come, or nothing is asked any more.
 * @param {(url: string) => WebSocket} [more.connect] Replaced in tests.
 */
export function createPreview(
  stores,
  onProblem,
  { late = () => {}, turn = () => {}, connect = (/** @type {string} */ url) => new WebSocket(url) } = {},
) {
  const preview = new Preview(stores, onProblem, { late, turn }, connect);
  return {
    /** Ask for the runs of a spec. @param {Spec} spec */
    ask: (spec) => preview.ask(spec),
    /** Let no answer come any more: something else is shown. */
    forget: () => preview.forget(),
    close: () => preview.close(),
  };
}

class Preview {
  #stores;
  #report;
  #late;
  #turn;
  #connect;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Question | null} */
  #asked = null;
  /** @type {Spec | null} */
  #waiting = null;
  /** @type {Spec | null} The last spec asked for: asked again after a lost connection. */
  #newest = null;
  #count = 0;
  #open = false;
  #missing = false;
  #closed = false;
  #retry = new Retry();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slow;
  /** @type {ReturnType<typeof setTimeout> | undefined} Until the newest question has its answer. */
  #unanswered;

  /**
   * @param {Stores} stores
   * @param {Report} report
   * @param {{ late: (is: boolean) => void, turn: (place: number | null) => void }} tell
   * @param {(url: string) => WebSocket} connect
   */
  constructor(stores, report, { late, turn }, connect) {
    this.#stores = stores;
    this.#report = report;
    this.#late = late;
    this.#turn = turn;
    this.#connect = connect;
    this.#start();
  }

  /** @param {Spec} spec */
  ask(spec) {
    this.#newest = spec;
    this.#unanswered ??= setTimeout(() => this.#late(true), LATE);
    if (this.#open && (!this.#asked || this.#asked.late)) this.#send(spec);
    else this.#waiting = spec;
  }

  forget() {
    this.#rest();
    this.#answered();
    this.#asked = this.#waiting = this.#newest = null;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#unanswered);
    this.#rest();
    this.#retry.stop();
    hangUp(this.#socket);
  }

  #start() {
    const socket = this.#connect(address("api/preview"));
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#open = true;
      reached();
      this.#found();
      if (this.#newest) this.#send(this.#newest);
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#hear(JSON.parse(data));
      else this.#receive(decodeFrame(data));
    };
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    this.#open = false;
    this.#asked = null;
    this.#rest();
    if (this.#closed) return;
    this.#missing = true;
    const detail = code >= REFUSED && reason ? reason : plot.reconnecting;
    this.#report({ type: "connection", title: plot.lost, status: code, detail });
    this.#retry.again(() => this.#start());
  }

  /** The connection is there again: what is asked over it is computed, and may take its time. */
  #found() {
    if (this.#missing) this.#report(null);
    this.#missing = false;
  }

  /** @param {Spec} spec */
  #send(spec) {
    this.#waiting = null;
    this.#rest();
    this.#count += 1;
    const runs = labelsOf(spec.runs).map((label, i) => createRunView(i, label, spec.problem));
    this.#asked = { id: this.#count, spec, late: false, runs };
    this.#socket?.send(JSON.stringify({ id: this.#count, spec }));
    this.#patience = setTimeout(() => this.#tire(), UNSEEN);
    this.#slow = setTimeout(doubt, PATIENCE);
  }

  /** The newest question has its answer. */
  #answered() {
    clearTimeout(this.#unanswered);
    this.#unanswered = undefined;
    this.#late(false);
  }

  /** Nothing is waited for. */
  #rest() {
    clearTimeout(this.#patience);
    clearTimeout(this.#slow);
    this.#turn(null);
  }

  #sendWaiting() {
    if (this.#waiting) this.#send(this.#waiting);
  }

  /** An answer that takes long is shown as far as it has come, and gives way to a newer question. */
  #tire() {
    if (this.#asked) this.#asked.late = true;
    this.#show();
    this.#sendWaiting();
  }

  /** @param {Block} block */
  #receive(block) {
    if (!this.#asked || block.request !== this.#asked.id) return;
    this.#retry.heard();
    this.#turn(null);
    appendBlock(this.#asked.runs, block);
    if (this.#asked.late) this.#show();
  }

  /** @param {Answer & Partial<ServerProblem>} message */
  #hear(message) {
    if (message.type === "superseded" || (message.request ?? this.#asked?.id) !== this.#asked?.id) return;
    if (message.type === "waiting") this.#queue(message.place ?? 1);
    else if (message.type === "done") this.#finish(message);
    else if (message.title !== undefined || message.detail !== undefined) {
      this.#rest();
      this.#asked = null;
      if (!this.#waiting) this.#answered();
      this.#report(/** @type {ServerProblem} */ (message));
      this.#sendWaiting();
    }
  }

  /** Others are before it: the server is there, and busy. @param {number} place */
  #queue(place) {
    clearTimeout(this.#slow);
    this.#turn(place);
  }

  /** @param {Answer} answer */
  #finish({ outcomes = [], events = [] }) {
    this.#rest();
    if (!this.#asked) return;
    for (const [i, run] of this.#asked.runs.entries()) run.outcome = outcomes[i] ?? null;
    this.#show(events.map(decodeEvent));
    this.#asked = null;
    if (!this.#waiting) this.#answered();
    this.#report(null);
    this.#sendWaiting();
  }

  /**
   * Put what has come into the stores; the clock keeps its step where that still exists.
   * @param {RunEvent[] | null} events null: there is more to come.
   */
  #show(events = null) {
    if (!this.#asked?.runs.every((run) => run.n > 0)) return;
    const { runs, spec } = this.#asked;
    this.#asked.runs = runs.map((run) => ({ ...run }));
    const seen = this.#asked.runs;
    this.#stores.runs.update(() => seen);
    this.#stores.events.update(() => events ?? []);
    const last = events ? lastStep(runs) : spec.steps;
    this.#stores.clock.update((clock) => ({
      ...clock,
      last,
      step: Math.min(clock.step, last),
      live: false,
      paced: false,
    }));
  }
}

/**
 * The address of a WebSocket of this server.
 * @param {string} path
 */
export function address(path) {
  const { protocol, host } = globalThis.location ?? { protocol: "http:", host: "localhost" };
  const query = `${path.includes("?") ? "&" : "?"}lang=${language}`;
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}${hrefOf(path)}${query}`;
}
