/** The stored experiment that the page shows: networks train as one after every change, anything else on request. */

/** @import { ExperimentRecord, Origin, Spec, RunSpec, Stores } from "../types/page.js" */

import { specOf } from "../state/spec-paths.js";
import { labelsOf } from "../words/workbench.js";
import * as server from "./api.js";
import { persist } from "./connection.js";
import { checkOnReturn, followLive, isRunning } from "./live-experiment.js";

const SETTLE = 250; // ms without a change before a training begins

/**
 * @typedef {object} Actions
 * @property {(error: unknown) => void} failed Called with null when the server has taken a spec.
 * @property {(id: string | null, own: boolean) => void} opened The experiment that is played from now on; null for none.
 *   `own`: the page has started it by itself.
 * @property {(record: ExperimentRecord) => unknown} elsewhere One of another kind was asked for, which another view shows.
 * @property {() => void} gone The server does not know any more what was shown.
 * @property {boolean} [listed] Whether what the page trains by itself is kept in the library.
 */

export class Experiments {
  #stores;
  #on;
  #api;
  #follow;
  /** @type {Spec | null} The set-up of the experiment that is shown. */
  #shown = null;
  /** Was it started by the page itself? Such a one is given up, unfinished, for the next. */
  #own = false;
  /** @type {{ origin: Origin, spec: Spec } | null} The fork that is shown, and its set-up. */
  #fork = null;
  #unfollow = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #turn = 0;
  #wish = new AbortController();

  /**
   * @param {Stores} stores
   * @param {Actions} on
   * @param {{ api?: typeof server, follow?: typeof followLive }} [replaced] In tests.
   */
  constructor(stores, on, { api = server, follow = followLive } = {}) {
    this.#stores = stores;
    this.#on = on;
    this.#api = api;
    this.#follow = follow;
    checkOnReturn(
      () => this.record,
      (record) => this.#change(record),
      (error) => this.#lost(error),
      api.getExperiment,
    );
  }

  /** @returns {ExperimentRecord | null} */
  get record() {
    return this.#stores.experiment.get();
  }

  /** Is this the set-up of the experiment that is shown? @param {Spec} spec */
  shows(spec) {
    return this.record !== null && spec === this.#shown;
  }

  /** Does this set-up go on from where the fork that is shown does? @param {Spec} spec */
  continues(spec) {
    return this.#fork !== null && JSON.stringify(groundOf(spec)) === JSON.stringify(groundOf(this.#fork.spec));
  }

  /** Show a stored experiment. @param {string} id */
  async open(id) {
    const turn = this.#next();
    const stored = await this.#api.getExperiment(id);
    if (turn !== this.#turn) return;
    if (stored.kind !== "comparison") await this.#on.elsewhere(stored);
    else this.#show(stored, specOf(stored), false);
  }

  /**
   * Train once nothing has changed for a while. What was in training until then is given up if the page had
   * started it; what has finished is kept.
   *
   * @param {Spec} spec
   */
  train(spec) {
    const turn = this.#next();
    if (this.#renames(spec)) return;
    this.#timer = setTimeout(() => void this.#attempt(this.#train(spec, turn, true)), SETTLE);
  }

  /** Train what is shown once more, from its beginning. */
  async again() {
    await this.#attempt(this.#train(this.#stores.spec.get(), this.#next(), true));
  }

  /** Compute the set-up of the page as an experiment. */
  async run() {
    await this.#attempt(this.#train(this.#stores.spec.get(), this.#next(), false));
  }

  /**
   * Go on from an entry of a run; a preview becomes an experiment for that.
   *
   * @param {number} run
   * @param {number} step
   * @param {RunSpec[]} runs
   * @param {number} steps
   */
  async fork(run, step, runs, steps) {
    const turn = this.#next();
    await this.#attempt(this.#branch({ run, step }, runs, steps, turn));
  }

  /** @param {"cancel" | "pause" | "resume"} what */
  async tell(what) {
    const { record } = this;
    if (record) await this.#attempt(this.#api.tellExperiment(record.id, what).then((now) => this.#change(now)));
  }

  /** Show no experiment any more. */
  close() {
    this.#next();
    const { record } = this;
    if (!record) return;
    this.#unfollow();
    this.#giveUp(record);
    this.#shown = this.#fork = null;
    this.#stores.experiment.update(() => null);
    this.#stores.events.update(() => []);
    this.#stores.clock.update((now) => ({ ...now, live: false, paced: false }));
    this.#on.opened(null, true);
  }

  /**
   * Where runs have other names and are the same otherwise, nothing has to be computed again.
   * @param {Spec} spec
   */
  #renames(spec) {
    if (!this.record || !this.#shown || nameless(spec) !== nameless(this.#shown)) return false;
    this.#shown = spec;
    const labels = labelsOf(spec.runs);
    this.#stores.runs.update((all) => all.map((run) => ({ ...run, label: labels[run.index] ?? run.label })));
    return true;
  }

  /** What was asked before is no longer wanted. */
  #next() {
    clearTimeout(this.#timer);
    this.#wish.abort();
    this.#wish = new AbortController();
    this.#turn += 1;
    return this.#turn;
  }

  /** @param {Promise<void>} work */
  async #attempt(work) {
    const turn = this.#turn;
    try {
      await work;
      if (turn === this.#turn) this.#on.failed(null);
    } catch (error) {
      if (turn === this.#turn) this.#on.failed(error);
    }
  }

  /**
   * @param {Spec} spec
   * @param {number} turn
   * @param {boolean} own
   */
  async #train(spec, turn, own) {
    const origin = this.continues(spec) ? (this.#fork?.origin ?? null) : null;
    const record = origin
      ? await this.#api.forkExperiment(origin, spec.runs, spec.steps)
      : await this.#create(spec, own);
    if (turn !== this.#turn) return void this.#api.deleteExperiment(record.id).catch(() => {});
    this.#show(record, spec, own);
  }

  /**
   * What the page trains by itself it asks for until a server is there; what was asked of it may be asked again.
   *
   * @param {Spec} spec
   * @param {boolean} own
   */
  #create(spec, own) {
    const create = () => this.#api.createExperiment(spec, !own || this.#on.listed !== false);
    return own ? persist(create, this.#wish.signal) : create();
  }

  /** @param {unknown} error */
  #lost(error) {
    if (!server.isGone(error)) return this.#on.failed(error);
    this.close();
    this.#on.gone();
  }

  /**
   * @param {Omit<Origin, "id">} entry
   * @param {RunSpec[]} runs
   * @param {number} steps
   * @param {number} turn
   */
  async #branch(entry, runs, steps, turn) {
    const parent = this.record ?? (await this.#api.createExperiment(this.#stores.spec.get()));
    const record = await this.#api.forkExperiment({ ...entry, id: parent.id }, runs, steps);
    if (turn !== this.#turn) return void this.#api.deleteExperiment(record.id).catch(() => {});
    if (this.#own && isRunning(parent)) void this.#api.tellExperiment(parent.id, "pause").catch(() => {});
    this.#own = false; // It waits for its reader to come back, and leaves its place to the fork.
    this.#show(record, specOf(record), true);
  }

  /**
   * @param {ExperimentRecord} record
   * @param {Spec} spec
   * @param {boolean} own
   */
  #show(record, spec, own) {
    this.#unfollow();
    if (this.record) this.#giveUp(this.record);
    this.#shown = spec;
    this.#own = own;
    this.#fork = record.parent ? { origin: record.parent, spec } : null;
    this.#stores.experiment.update(() => record);
    this.#on.opened(record.id, own);
    this.#stores.spec.update(() => spec);
    this.#unfollow = this.#follow(
      this.#stores,
      record,
      (now) => this.#change(now),
      (error) => this.#lost(error),
    );
  }

  /** @param {ExperimentRecord} record */
  #giveUp(record) {
    if (this.#own && isRunning(record)) void this.#api.deleteExperiment(record.id).catch(() => {});
    this.#own = false;
  }

  /**
   * What has ended stays so: its stream may say it before the answer to "stop" is here.
   * @param {Partial<ExperimentRecord>} now
   */
  #change(now) {
    const { id, status, error = null, outcomes = null } = now;
    this.#stores.experiment.update((record) => {
      if (!record || !status || (id ?? record.id) !== record.id) return record;
      const changed = { ...record, status, error, outcomes };
      return isRunning(record) || !isRunning(changed) ? changed : record;
    });
  }
}

/** A spec without the names of its runs. @param {Spec} spec */
function nameless(spec) {
  return JSON.stringify({ ...spec, runs: spec.runs.map(({ label: _, ...run }) => run) });
}

/** What a fork cannot change without beginning anew. @param {Spec} spec */
function groundOf({ problem, seed, dtype, device = "auto" }) {
  return [problem, seed, dtype, device];
}
