/** The pictures of a network that only the server can compute: asked for when they are seen, while it learns again and again, and once more at the end. */

/** @import { Bundle, Spec, Seen, Stores, View, ViewKind, Views } from "../types/page.js" */

import { decodeBundle, grows, joined } from "../state/arrays.js";
import { VIEWS } from "../state/kinds.js";
import { dataFacts, isNetwork } from "../state/spec.js";
import { pictures } from "../words/pictures.js";
import { ApiError, getBundle, isGone, sentenceOf } from "./api.js";

const EVERY = 1500; // ms between two questions for the same picture while a run is live
const UNSEEN = 300; // ms between two looks whether somebody sees the page again
const FRAMES = 60; // snapshots asked for at once
const MOST = 2 * FRAMES; // snapshots of a picture, beyond which all of it is asked for again
const ENDED = new Set(["done", "cancelled", "failed", "interrupted"]);

/** @typedef {{ kind: ViewKind | "data", run: number, query: string, key: string }} Question */

/**
 * What has to be asked for a picture; null where it is not one of a network.
 *
 * @param {Pick<Spec, "problem">} spec
 * @param {View} view
 * @param {Views} views
 * @returns {Question | null}
 */
export function questionFor({ problem }, { picture, selected }, views) {
  if (!isNetwork(problem)) return null;
  const kind = picture === "data" ? dataFacts(problem).view : picture;
  const options = kind === "data" ? [] : VIEWS[kind].options;
  const query = options.map((name) => `&${name}=${views[name]}`).join("");
  // The plane of the paths is the same for all runs.
  const run = kind === "plane" && views.directions === "path" ? 0 : selected;
  return { kind, run, query, key: `${kind} ${run}${query}` };
}

/**
 * The bundle of the picture in the middle, where there is one with a snapshot.
 *
 * @param {Seen} seen
 * @returns {Bundle | null}
 */
export function shownBundle({ spec, view, views }) {
  const bundle = views.bundles[questionFor(spec, view, views)?.key ?? ""];
  return bundle && bundle.steps.length > 0 ? bundle : null;
}

/**
 * Why there is nothing to show; null where it is only not there yet.
 *
 * @param {Seen} seen
 */
export function refusalOf({ spec, view, views }) {
  const refused = views.refused[questionFor(spec, view, views)?.key ?? ""];
  return refused?.none ? pictures.noPicture : (refused?.detail ?? null);
}

/**
 * @typedef {object} Answer
 * @property {ArrayBuffer | null} bundle
 * @property {string} detail Why there is none.
 * @property {boolean} none Whether there never is one.
 */

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function ask(url, signal) {
  try {
    return { bundle: await getBundle(url, signal), detail: "", none: false };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { bundle: null, detail: error.message, none: isGone(error) };
  }
}

/**
 * Keep the bundles of what is seen in `stores.views`.
 *
 * @param {Stores} stores
 * @param {object} [replaced] In tests.
 * @param {typeof ask} [replaced.asks]
 * @param {() => boolean} [replaced.seen] Whether anybody can see the page.
 * @returns {() => void} Stop.
 */
export function followViews(stores, { asks = ask, seen = () => !document.hidden } = {}) {
  const follower = new Follower(stores, asks, seen);
  return () => follower.close();
}

class Follower {
  #stores;
  #asks;
  #seen;
  #stops;
  #abort = new AbortController();
  #asking = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Set<string>} Keys that need not be asked again. */
  #complete = new Set();
  /** @type {Map<string, number>} When a key was last asked for. */
  #asked = new Map();
  #ended = false;
  #told = 0;

  /**
   * @param {Stores} stores
   * @param {typeof ask} asks
   * @param {() => boolean} seen
   */
  constructor(stores, asks, seen) {
    this.#stores = stores;
    this.#asks = asks;
    this.#seen = seen;
    const { experiment, view, views, events, spec } = stores;
    this.#stops = [
      experiment.watch(() => this.#settle()),
      events.watch((all) => this.#hear(all.filter(({ kind }) => kind === "plane").length)),
      ...[view, views, spec].map((store) => store.watch(() => this.#next())),
    ];
  }

  close() {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  /** Another experiment, or the same one that has ended now. */
  #settle() {
    const record = this.#stores.experiment.get();
    const ended = record !== null && ENDED.has(record.status);
    if (record?.id !== (this.#stores.views.get().experiment ?? undefined)) this.#forget(record?.id ?? null);
    if (ended && !this.#ended) this.#asked.clear();
    this.#ended = ended;
    this.#next();
  }

  /** @param {string | null} experiment */
  #forget(experiment) {
    this.#abort.abort();
    this.#asking = "";
    this.#complete.clear();
    this.#asked.clear();
    this.#ended = false;
    this.#told = 0;
    this.#stores.views.update((now) => ({ ...now, experiment, bundles: {}, refused: {} }));
  }

  /** A new plane makes the old one's picture out of date. @param {number} planes */
  #hear(planes) {
    if (planes > this.#told && this.#stores.view.get().picture === "plane") this.#asked.clear();
    this.#told = planes;
    this.#next();
  }

  /** What is seen and not there, or out of date; null where there is nothing to ask. */
  #wanted() {
    const { spec, view, views, experiment } = this.#stores;
    if (!experiment.get()) return null;
    const { refused } = views.get();
    const question = questionFor(spec.get(), view.get(), views.get());
    return question && !refused[question.key]?.none && !this.#complete.has(question.key) ? question : null;
  }

  #next() {
    const question = this.#wanted();
    if (!question || question.key === this.#asking) return;
    if (this.#asking) this.#abort.abort();
    clearTimeout(this.#timer);
    const wait = (this.#asked.get(question.key) ?? -Infinity) + EVERY - performance.now();
    if (wait > 0 || !this.#seen()) this.#timer = setTimeout(() => this.#next(), Math.max(wait, UNSEEN));
    else void this.#ask(question);
  }

  /** @param {Question} question */
  async #ask(question) {
    const id = this.#stores.experiment.get()?.id ?? "";
    const abort = new AbortController();
    this.#abort = abort;
    this.#asking = question.key;
    this.#asked.set(question.key, performance.now());
    const final = this.#ended;
    try {
      const old = final ? undefined : this.#stores.views.get().bundles[question.key];
      const after = old && grows(old.kind) && old.steps.length < MOST ? (old.steps.at(-1) ?? -1) : -1;
      const path = `api/experiments/${encodeURIComponent(id)}/views/${question.kind}`;
      const url = `${path}?run=${question.run}&after=${after}&frames=${FRAMES}${question.query}`;
      const answer = await this.#asks(url, abort.signal);
      if (abort.signal.aborted) return;
      this.#take(question, answer, after >= 0 ? old : undefined, final);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#take(question, { bundle: null, detail: sentenceOf(error), none: false }, undefined, false);
    }
  }

  /**
   * @param {Question} question
   * @param {Answer} answer
   * @param {Bundle | undefined} old What it adds to.
   * @param {boolean} final Whether the run had ended when it was asked for.
   */
  #take({ key }, { bundle, detail, none }, old, final) {
    this.#asking = "";
    if (none || final) this.#complete.add(key);
    this.#stores.views.update((now) => {
      const { [key]: _, ...refused } = now.refused;
      if (!bundle) return { ...now, refused: { ...refused, [key]: { detail, none } } };
      const newer = decodeBundle(bundle);
      return { ...now, refused, bundles: { ...now.bundles, [key]: old ? joined(old, newer) : newer } };
    });
    this.#next();
  }
}
