/** The experiment that a view shows: started or opened, followed to its end, stopped, and left for another one. */

/** @import { Block, ExperimentRecord, ViewHost } from "../types/page.js" */
/** @import { Kind } from "../state/experiment-kinds.js" */

import * as server from "../server/api.js";
import { checkOnReturn, isRunning } from "../server/live-experiment.js";
import { whenBegun } from "../server/queue.js";
import { detailOf, followExperiment } from "../server/stream.js";
import { forgetExperiment, pushExperiment, showExperiment, trailTo } from "../state/address.js";
import { kindOf } from "../state/experiment-kinds.js";
import { isNetwork } from "../state/spec.js";
import { words } from "../words/workbench.js";

/**
 * What a view makes of one experiment; it may be left, and shown again.
 *
 * @typedef {object} Picture
 * @property {(block: Block) => void} block Entries have come.
 * @property {(record: ExperimentRecord) => void} show It has changed, or is shown again.
 * @property {(record: ExperimentRecord) => Promise<void>} [ended] What is asked for once it has ended.
 * @property {() => void} leave Something else is shown from now on.
 * @property {number} [entries] How many it has in all; left out, every one is wanted.
 */

/**
 * What is different from one view to another.
 *
 * @typedef {object} Actions
 * @property {(record: ExperimentRecord, trail: readonly string[]) => void} adopt Let the forms say what a stored experiment was made from.
 * @property {(record: ExperimentRecord) => Picture | Promise<Picture>} picture
 * @property {() => void} clear Show what is there before an experiment.
 * @property {(busy: boolean) => void} wait An experiment was asked for, and there is no answer yet.
 */

/**
 * @typedef {object} Shown
 * @property {ExperimentRecord} record
 * @property {Picture} picture
 * @property {"followed" | "ended" | "lost"} state
 * @property {boolean} kept Somebody has asked for it; else nothing of it is left once something else is shown.
 * @property {boolean} rests It waits until it can be seen again.
 * @property {() => void} unfollow
 */

/**
 * @param {ViewHost} host
 * @param {Kind} kind What the view can show.
 * @param {Actions} on
 * @param {{ api?: typeof server, follow?: typeof followExperiment }} [replaced] In tests.
 */
export function createLife(host, kind, on, { api = server, follow = followExperiment } = {}) {
  /** @type {Shown | null} */
  let shown = null;
  /** @type {Map<string, Shown>} What has ended, by id: going back to it is immediate. */
  const ended = new Map();
  /** @type {readonly string[]} The experiments that the one shown is a part of, and itself. */
  let trail = [];
  let turn = 0;
  const forget = checkOnReturn(
    () => shown?.record ?? null,
    () => {},
    (error) => (server.isGone(error) ? lose(shown?.record.id ?? "") : host.refuse(error)),
    api.getExperiment,
  );

  /** @param {Shown | null} next */
  function put(next) {
    if (shown) leave(shown);
    shown = next;
    if (next) tell(next);
    else {
      host.status("ready");
      on.clear();
    }
  }

  /** What has ended is kept as it is; anything else would be followed anew. @param {Shown} one */
  function leave(one) {
    one.picture.leave();
    if (one.kept && one.state === "ended") ended.set(one.record.id, one);
    else one.unfollow();
    if (!one.kept) discard(one.record.id);
  }

  /** @param {string} id */
  function discard(id) {
    void api.discardExperiment(id).catch(() => {}); // One that is not there any more is what was wanted.
  }

  /** @param {Shown} one */
  function tell(one) {
    if (one !== shown) return;
    one.picture.show(one.record);
    const { status } = one.record;
    const running = status === "queued" ? "queued" : "live";
    host.status(one.state !== "followed" ? "ready" : isRunning(one.record) ? running : "loading");
  }

  /**
   * @param {ExperimentRecord} record
   * @param {Picture} picture
   * @param {boolean} kept
   * @returns {Shown}
   */
  function followed(record, picture, kept) {
    /** @type {Shown} */
    const one = { record, picture, state: "followed", kept, rests: false, unfollow: () => {} };
    /** @param {Pick<ExperimentRecord, "status">} now */
    const begun = ({ status }) => {
      // That it has ended is told by its stream, after its last entries.
      if (one.record.status === "queued" && isRunning({ status })) one.record = { ...one.record, status };
      tell(one);
    };
    const unwatch = whenBegun(record, begun, api.getExperiment);
    const unfollow = follow(
      record.id,
      {
        block(block) {
          unwatch();
          picture.block(block);
          begun({ status: "running" });
        },
        done({ status, error = null }) {
          unwatch();
          void finish(one, { status, error });
        },
        error(sentence) {
          unwatch();
          one.state = "lost";
          tell(one);
          host.refuse(sentence);
        },
      },
      { detail: detailOf(picture.entries ?? 0) },
    );
    one.unfollow = () => {
      unwatch();
      unfollow();
    };
    return one;
  }

  /**
   * @param {Shown} one
   * @param {Pick<ExperimentRecord, "status" | "error">} told
   */
  async function finish(one, told) {
    one.record = { ...one.record, ...told };
    try {
      await one.picture.ended?.(one.record);
    } catch (error) {
      host.refuse(error);
    }
    one.state = "ended";
    tell(one);
  }

  /**
   * @param {ExperimentRecord} record
   * @param {number} mine
   * @param {boolean} [kept]
   */
  async function begin(record, mine, kept = true) {
    const made = await on.picture(record);
    if (mine === turn) put(followed(record, made, kept));
    else if (!kept) discard(record.id);
  }

  /** Something that was shown is not there any more: that is told, unless nobody had asked for it. @param {string} id */
  function lose(id) {
    const kept = shown?.record.id !== id || shown.kept;
    put(null);
    ended.delete(id);
    if (kept) host.notice(words.notices.noSuchExperiment);
    forgetExperiment(id);
  }

  /** A part of what is shown was asked for, so that it has to stay. */
  function keep() {
    if (!shown || shown.kept) return;
    shown.kept = true;
    showExperiment(shown.record.id);
    void api.tellExperiment(shown.record.id, "restore").catch(() => {}); // It may be gone.
  }

  return {
    /** @returns {ExperimentRecord | null} */
    get record() {
      return shown?.record ?? null;
    },

    get trail() {
      return trail;
    },

    /** Whether what is shown is there only for the moment. */
    get passing() {
      return shown !== null && !shown.kept;
    },

    /** What leads back to what is shown, where anything does. */
    address: () => (shown?.kept ? { id: shown.record.id, trail } : null),

    /**
     * Show an experiment that nobody has asked for: it is in no address and no list, and goes with what is shown next.
     *
     * @param {Parameters<typeof server.createExperiment>[0]} spec
     * @param {(error: unknown) => void} failed
     */
    async glance(spec, failed) {
      const mine = ++turn;
      host.status("loading");
      try {
        const record = await api.createExperiment(spec, false);
        if (mine !== turn) return discard(record.id);
        trail = [record.id];
        if (shown?.kept) pushExperiment(null, []);
        await begin(record, mine, false);
      } catch (error) {
        if (mine !== turn) return;
        host.status("ready");
        failed(error);
      }
    },

    /**
     * Ask for an experiment, and show it as a step from which the reader can go back.
     *
     * @param {Parameters<typeof server.createExperiment>[0]} spec
     * @param {readonly string[]} [before] The experiments that it is a part of.
     */
    async start(spec, before = []) {
      const mine = ++turn;
      on.wait(true);
      try {
        const record = await api.createExperiment(spec);
        host.refuse(null);
        if (mine === turn) {
          if (before.length > 0) keep();
          trail = [...before, record.id];
          pushExperiment(record.id, trail);
          await begin(record, mine);
          host.reveal();
        }
      } catch (error) {
        host.refuse(error, spec);
      }
      on.wait(false);
    },

    /**
     * Show what the address names: at the beginning, and after "back".
     * @param {string | null} id
     */
    async show(id) {
      if (shown && (id === null ? !shown.kept : shown.record.id === id && shown.state !== "lost")) return tell(shown);
      const mine = ++turn;
      trail = id === null ? [] : trailTo(id);
      const known = id === null ? null : ended.get(id);
      if (known !== undefined || id === null) return put(known ?? null);
      try {
        const record = await api.getExperiment(id);
        if (mine !== turn) return;
        if (kindOf(record) !== kind) return host.elsewhere(record);
        on.adopt(record, trail);
        await begin(record, mine);
      } catch (error) {
        if (mine !== turn) return;
        if (server.isGone(error)) return lose(id);
        put(null);
        host.refuse(error);
      }
    },

    /** Show again what the experiment is a part of. @param {string} id */
    async open(id) {
      pushExperiment(id, trail.slice(0, trail.indexOf(id) + 1));
      await this.show(id);
    },

    /**
     * A training that nobody has asked for waits while nobody sees it.
     * @param {boolean} is
     */
    seen(is) {
      if (!shown || shown.kept || shown.state !== "followed" || shown.rests !== is) return;
      if (!isNetwork(shown.record.spec.problem)) return;
      shown.rests = !is;
      void api.tellExperiment(shown.record.id, is ? "resume" : "pause").catch(() => {}); // It may have ended.
    },

    async stop() {
      if (shown) await api.tellExperiment(shown.record.id, "cancel").catch(host.refuse);
    },

    close() {
      turn += 1;
      forget();
      if (shown) leave(shown);
      shown = null;
    },
  };
}
