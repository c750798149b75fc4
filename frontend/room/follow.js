/** A page that follows the stage of its room: set-up and clock are the stage's until somebody moves them. */

/** @import { Spec, Store, Stores, View } from "../types/page.js" */
/** @import { Stage, StageView } from "../types/room.js" */

import { decode } from "../state/link.js";
import { isNetwork } from "../state/spec.js";
import { followed, isMoved } from "./stage.js";

/**
 * @typedef {object} Page
 * @property {Stores} stores
 * @property {Store<boolean>} holds Whether the runs wait for the class.
 * @property {{ open: (spec: Spec, seen?: Partial<View>) => void, turn: (id: string | null) => void }} controller
 * @property {() => void} go Let what is here run.
 * @property {boolean} still Whether nothing may move by itself.
 */

/**
 * @typedef {object} Listeners
 * @property {(what: "set-up" | "clock") => void} own Somebody at this page has moved something of what is followed.
 * @property {(stage: Stage) => boolean} holds Whether the runs wait, as far as the stage says.
 * @property {() => boolean} [busy] Whether what is here is newer than the stage: it is not set for now.
 * @property {() => boolean} [moving] Whether the clock here is newer than the stage's.
 */

/**
 * @param {Page} page
 * @param {Listeners} on
 */
export function createFollower({ stores, holds, controller, go, still }, on) {
  const { spec, clock, experiment } = stores;
  /** @type {Stage | null} */
  let stage = null;
  let following = false;
  let setting = false; // whether what changes now is set by the stage
  let opening = false; // whether its experiment is on its way
  let shown = "";
  let before = clock.get();
  /** @type {Spec | null} The set-up that the stage has brought. */
  let brought = null;

  /** @param {() => void} act */
  function set(act) {
    setting = true;
    try {
      act();
    } finally {
      setting = false;
    }
  }

  function apply() {
    if (!stage || !following || on.busy?.()) return;
    const { view, cursor } = stage;
    const held = on.holds(stage);
    const key = JSON.stringify([view.state, view.experiment, held]);
    if (key !== shown) {
      shown = key;
      set(() => show(view, held));
    }
    if (!on.moving?.()) set(() => clock.update((now) => followed(now, cursor, still)));
  }

  /**
   * @param {StageView} view
   * @param {boolean} held
   */
  function show(view, held) {
    const shared = view.state === null ? null : decode(view.state);
    const alone = shared !== null && isNetwork(shared.spec.problem) && view.experiment === null; // One trains for all.
    const waits = held || alone;
    holds.update(() => waits);
    opening = !waits && view.experiment !== null && experiment.get()?.id !== view.experiment;
    if (view.experiment !== null && !held) controller.turn(view.experiment);
    else if (shared) controller.open(shared.spec, shared.view);
    else controller.turn(null);
    brought = spec.get();
  }

  /** @param {"set-up" | "clock"} what */
  function own(what) {
    if (following && !setting && stage !== null) on.own(what);
  }

  spec.watch((now) => {
    if (now === brought || opening || setting) return;
    if (experiment.get() === null || experiment.get()?.id !== stage?.view.experiment) own("set-up");
  });
  experiment.watch((now) => {
    const wanted = stage?.view.experiment ?? null;
    if (now !== null && now.id === wanted) opening = false;
    else if (!opening && (now?.id ?? null) !== wanted) own("set-up");
  });
  clock.watch((now) => {
    const [was, ended] = [before, before.live && !now.live];
    before = now;
    if (isMoved(was, now)) own("clock");
    if (ended && !setting) queueMicrotask(apply);
  });

  return {
    get stage() {
      return stage;
    },
    get following() {
      return following;
    },

    /** What is on the stage now. @param {Stage} now */
    take(now) {
      stage = now;
      apply();
    },

    /** Let the page go its own way. */
    leave() {
      following = false;
      if (!holds.get()) return;
      holds.update(() => false);
      go();
    },

    /** Come to what is on the stage. */
    join() {
      following = true;
      shown = "";
      apply();
    },

    /** Look at the stage again. */
    apply,

    /** What is here is what is on the stage, without being set again. @param {StageView} view */
    agree(view) {
      shown = JSON.stringify([view.state, view.experiment, false]);
      brought = spec.get();
    },
  };
}
