/**
 * A view's picture of the set-up that nobody had to ask for: made when the view comes into sight, small enough to be there
 * at once, and made again when the set-up has changed, as long as that is cheap.
 */

/** @import { Choice, ExperimentRecord, Spec, ViewHost } from "../types/page.js" */
/** @import { createLife } from "./life.js" */

import { isBusy, sentenceOf } from "../server/api.js";
import { onReturn, Unreachable } from "../server/connection.js";
import { isNetwork } from "../state/spec.js";
import { set } from "../state/spec-paths.js";
import { el } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { views as words } from "../words/views.js";

const SETTLE = 300; // ms without a change before the picture is made again

/** @typedef {{ fields: readonly string[], key: string, note?: string | null }} Asked */

/**
 * What can be asked for; a sentence where nothing can; null where it is not known yet.
 * @typedef {{ spec: Record<string, unknown> & { steps: number }, note?: string | null } | string | null} Wanted
 */

/**
 * What is asked for where nobody has asked: no more steps than are there at once.
 *
 * @param {(Record<string, unknown> & { problem: Choice, steps: number }) | string | null} asked
 * @param {{ surface: number, network: number }} most Steps.
 * @returns {Wanted}
 */
export function firstLookOf(asked, most) {
  if (asked === null || typeof asked === "string") return asked;
  const steps = Math.min(asked.steps, isNetwork(asked.problem) ? most.network : most.surface);
  return { spec: { ...asked, steps }, note: steps < asked.steps ? words.short(steps, asked.steps) : null };
}

/**
 * @param {ViewHost} host
 * @param {Pick<ReturnType<typeof createLife>, "glance" | "passing" | "record" | "seen">} life
 * @param {object} view
 * @param {() => Wanted} view.wanted
 * @param {() => readonly string[]} view.fields What varies if it is asked for now, as dotted paths.
 * @param {(spec: Spec) => unknown} view.part What of a set-up the view depends on.
 */
export function createFirstLook({ stores }, life, { wanted, fields, part }) {
  const { spec, view, landscape } = stores;
  const text = el("span", {});
  const again = el("button", { type: "button", onclick: compute }, icon("restart"), words.again);
  const element = el("div", { class: "view-note", role: "status", hidden: true }, text, again);
  /** @type {Map<string, Asked>} Of which set-up experiments are, by id. */
  const made = new Map();
  /** @type {Asked | null} Of which set-up the next experiment is. */
  let asked = null;
  /** The set-up of which there is no picture. */
  let refused = "";
  let seen = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** The set-up as text, without the values of what varies. @param {readonly string[]} varied */
  function keyOf(varied) {
    let now = spec.get();
    for (const path of varied) for (const i of now.runs.keys()) now = set(now, path, null, i);
    return JSON.stringify(part(now));
  }

  /**
   * @param {string | null} said
   * @param {boolean} [canAgain] Whether a button computes what is shown anew.
   */
  function say(said, canAgain = false) {
    element.hidden = said === null;
    text.textContent = said;
    again.hidden = !canAgain;
  }

  function look() {
    clearTimeout(timer);
    if (!seen || (asked && keyOf(asked.fields) === asked.key)) return;
    const { record } = life;
    const known = record && made.get(record.id);
    if (!record || !known) return compute();
    if (keyOf(known.fields) === known.key) say(known.note ?? null);
    else if (life.passing && !isNetwork(spec.get().problem)) compute();
    else say(words.stale, true);
  }

  function compute() {
    const now = wanted();
    if (now === null) return;
    const key = keyOf(fields());
    if (key === refused) return;
    if (typeof now === "string") {
      refused = key;
      return say(now);
    }
    begin(now.note);
    say(now.note ?? null);
    void life.glance(now.spec, (error) => {
      asked = null;
      if (error instanceof Unreachable) return;
      const busy = isBusy(error);
      if (!busy) refused = key;
      say(sentenceOf(error), busy);
    });
  }

  /** What is asked for next is of the set-up of now. @param {string | null} [note] */
  function begin(note = null) {
    asked = { fields: fields(), key: keyOf(fields()), note };
    refused = "";
  }

  function later() {
    clearTimeout(timer);
    if (seen) timer = setTimeout(look, SETTLE);
  }

  const stops = [spec.watch(later), landscape.watch(later), view.watch(later), onReturn(look)];
  return {
    element,
    look,

    /** The reader asks for an experiment of the set-up. */
    begin() {
      begin();
      say(null);
    },

    /**
     * An experiment is shown from now on.
     *
     * @param {ExperimentRecord} record
     * @param {readonly string[]} varied
     */
    made(record, varied) {
      made.set(record.id, asked ?? { fields: varied, key: keyOf(varied) });
      asked = null;
    },

    /** Nothing more comes of what was asked for. */
    settled() {
      asked = null;
    },

    /** @param {boolean} is Whether the view is in sight. */
    seen(is) {
      seen = is;
      life.seen(is);
      if (is) look();
      else clearTimeout(timer);
    },

    close() {
      clearTimeout(timer);
      for (const stop of stops) stop();
    },
  };
}
