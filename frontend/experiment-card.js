/** The foot of the runs card: running a set-up as an experiment, its state, stopping and closing it. */

/** @import { ExperimentRecord, Recipe, Stores } from "./types.js" */

import { cancelExperiment, createExperiment, getExperiment } from "./api.js";
import { el, fill } from "./dom.js";
import { followLive, isRunning, recipeOf, sentence } from "./experiment.js";
import { icon } from "./icons.js";
import { words } from "./words.js";

/**
 * @typedef {object} Actions
 * @property {(error: unknown) => void} failed
 * @property {(id: string | null) => void} opened The experiment that the page shows from now on; null for none.
 */

export class Experiments {
  /** @type {ExperimentRecord | null} */
  #record = null;
  /** @type {Recipe | null} */
  #shown = null;
  #unfollow = () => {};
  #start = button(words.experiment.run, "flask", () => void this.#attempt(this.#run()), "wide");
  #stop = button(words.experiment.cancel, "stop", () => void this.#attempt(this.#cancel()));
  #leave = button(words.experiment.leave, "close", () => this.close());
  #note = el("p", { class: "help" }, words.experiment.help);
  #state = el("p", { role: "status" });

  /**
   * @param {HTMLElement} place
   * @param {Stores} stores
   * @param {Actions} on
   */
  constructor(place, stores, on) {
    this.place = place;
    this.stores = stores;
    this.on = on;
    this.#show();
  }

  /** Show a stored experiment. @param {string} id */
  async open(id) {
    const stored = await getExperiment(id);
    this.#follow(stored, recipeOf(stored.spec));
  }

  close() {
    if (!this.#record) return;
    this.#unfollow();
    this.#record = null;
    this.stores.clock.update((now) => ({ ...now, live: false }));
    this.on.opened(null);
    this.#show();
  }

  /** Say why only an experiment can compute this; null: anything can. @param {string | null} reason */
  advise(reason) {
    this.#note.textContent = reason ?? words.experiment.help;
    this.#note.className = reason ? "error" : "help";
    this.#start.classList.toggle("primary", reason !== null);
  }

  /** Is this the set-up of the experiment that is open? @param {Recipe} recipe */
  shows(recipe) {
    return this.#record !== null && recipe === this.#shown;
  }

  /** @param {Promise<void>} work */
  async #attempt(work) {
    this.#start.disabled = true;
    await work.catch(this.on.failed);
    this.#start.disabled = false;
  }

  async #run() {
    const recipe = this.stores.recipe.get();
    this.#follow(await createExperiment(recipe), recipe);
  }

  async #cancel() {
    if (this.#record) this.#change(await cancelExperiment(this.#record.id));
  }

  /**
   * @param {ExperimentRecord} stored
   * @param {Recipe} recipe
   */
  #follow(stored, recipe) {
    this.#unfollow();
    const shown = { ...recipe };
    this.#record = stored;
    this.#shown = shown;
    this.on.opened(stored.id);
    this.stores.recipe.update(() => shown);
    this.#show();
    this.#unfollow = followLive(this.stores, stored, (now) => this.#change(now), this.on.failed);
  }

  /** @param {Partial<ExperimentRecord>} now */
  #change({ status, error = null }) {
    if (!this.#record || !status) return;
    this.#record = { ...this.#record, status, error };
    this.#show();
  }

  #show() {
    const record = this.#record;
    this.#state.textContent = record ? sentence(record) : "";
    const row = el("div", { class: "row" }, isRunning(record) && this.#stop, this.#leave);
    fill(this.place, ...(record ? [this.#state, row] : [this.#start, this.#note]));
  }
}

/**
 * @param {string} name
 * @param {Parameters<typeof icon>[0]} sign
 * @param {() => void} act
 * @param {string} [look]
 */
function button(name, sign, act, look) {
  return el("button", { type: "button", class: look, onclick: act }, icon(sign), name);
}
