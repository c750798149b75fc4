/** What was refused, and by whom: below its field where it has one, else as a notice; and the word in the header. */

/** @import { ServerProblem, Store, Stores } from "../types/page.js" */
/** @import { Status } from "../ui/header.js" */

import { ApiError, sentenceOf } from "../server/api.js";
import { away, onReturn, Unreachable } from "../server/connection.js";
import { isNetwork } from "../state/spec.js";
import { createStore, watchAll } from "../state/store.js";
import { showProblem } from "../ui/form.js";
import { isSaid } from "../ui/notice.js";
import { plot } from "../words/plot.js";
import { words } from "../words/workbench.js";
import { markMistake } from "./formula-box.js";

/** @typedef {"page" | "preview" | "landscape"} Source Where a refusal came from; each takes back its own. */

/**
 * @param {Stores} stores
 * @param {object} show
 * @param {HTMLElement} show.controls Whose fields the messages are about.
 * @param {(status: Status, said?: string) => void} show.status
 * @param {(text: string | null) => void} show.notice
 * @param {(text: string | null) => void} show.advise What would be possible as an experiment.
 * @param {Store<boolean>} show.late Whether what is shown is not yet what was asked for.
 * @param {Store<number | null>} [show.turn] The place of what is asked for in the line of a busy server.
 * @param {() => boolean} [show.held] Whether no run is to begin yet.
 * @param {Store<Status | null>} show.doing What another view does; null while the runs are played.
 */
export function createErrors(
  stores,
  { controls, status, notice, advise, late, turn = createStore(null), held = () => false, doing },
) {
  const { spec, runs, clock, experiment } = stores;
  const refusals = createStore(
    /** @type {Record<Source, ServerProblem | null>} */ ({ page: null, preview: null, landscape: null }),
  );
  let refused = false;
  let formed = false;
  /** @type {unknown} The runs that are of what was asked for before. */
  let current = null;

  /**
   * @param {Source} source
   * @param {ServerProblem | null} problem
   */
  function refuse(source, problem) {
    refusals.update((now) => (now[source] === problem ? now : { ...now, [source]: problem }));
  }

  function show() {
    const { page, preview: asked, landscape: drawn } = refusals.get();
    const problem = page ?? asked ?? drawn;
    const large = problem?.setting?.startsWith("SLALOM_SIMULATE") ?? false;
    const rest = large ? [] : showProblem(controls, problem, spec.get());
    advise(large ? (problem?.detail ?? null) : null);
    markMistake(controls, drawn ?? problem, spec.get());
    // That an action could not be done says more than that what is shown waits for the server.
    const known = rest[0] === plot.reconnecting && isSaid(words.notices.unreachable);
    if ((rest[0] || refused) && !known) notice(rest[0] ?? null);
    refused = rest.length > 0;
    showStatus();
  }

  function showStatus() {
    const all = Object.values(refusals.get()).filter((problem) => problem !== null);
    const lost = all.some(({ type }) => type === "connection");
    const waiting = runs.get().length === 0 && all.length === 0 && !held();
    const state = experiment.get()?.status;
    const computing = waiting ? isNetwork(spec.get().problem) : late.get();
    const calm = computing ? "computing" : waiting ? "loading" : "ready";
    const played = state === "paused" || state === "queued" ? state : clock.get().live ? "live" : calm;
    const place = turn.get();
    if (place !== null && !lost && doing.get() === null) return status("busy", words.busy(place));
    const now = doing.get() ?? played;
    status(lost ? "reconnecting" : now === "ready" && !formed ? "loading" : now);
  }

  /** @param {{ late: boolean, away: boolean, runs: unknown }} now */
  function showAge(now) {
    if (!now.late) current = now.runs;
    const root = document.documentElement;
    root.toggleAttribute("data-late", now.late || now.away);
    root.toggleAttribute("data-stale", now.away || (now.late && now.runs === current));
  }

  return {
    refuse,
    /** The forms are there, in which places are marked. */
    formed() {
      formed = true;
      show();
    },
    /** @param {unknown} error */
    report: (error) => refuse("page", problemOf(error)),
    start() {
      onReturn(() => {
        if (refusals.get().page?.type === "connection") refuse("page", null);
      });
      watchAll({ clock, runs, experiment, late, turn, doing }, showStatus);
      watchAll({ late, away, runs }, showAge);
      watchAll({ refusals }, show);
    },
  };
}

/**
 * An error as a problem like the server's.
 *
 * @param {unknown} error
 * @returns {ServerProblem | null}
 */
export function problemOf(error) {
  if (error === null) return null;
  if (error instanceof ApiError) return error.problem;
  const type = error instanceof Unreachable ? "connection" : "about:blank";
  const detail = sentenceOf(error);
  return { type, title: detail, detail, status: 0 };
}

/**
 * The server's refusal with advice for someone at a page; other refusals are as they were.
 *
 * @param {ServerProblem} problem
 * @returns {ServerProblem}
 */
export function inWords(problem) {
  const { setting = "", value = 0, limit = 0 } = problem;
  if (setting === "SLALOM_SIMULATE_RUN_STEPS") return { ...problem, detail: words.budget(value, limit) };
  if (/^SLALOM_SIMULATE_(SURFACE_)?WORK$/.test(setting ?? "")) return { ...problem, detail: words.work(value, limit) };
  if (setting === "SLALOM_SIMULATE_NUMBERS") return { ...problem, detail: words.numbers };
  return problem;
}
