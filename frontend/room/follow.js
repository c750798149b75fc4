/** A page that follows the stage of its room: set-up and clock are the stage's until somebody moves them. */

/** @import { ShownView, Spec, Store, Stores, View, ViewName } from "../types/page.js" */
/** @import { Stage, StageView } from "../types/room.js" */

import { decode } from "../state/link.js";
import { isNetwork } from "../state/spec.js";
import { followed, isMoved, keepsBack } from "./stage.js";

/**
 * @typedef {object} Page
 * @property {Stores} stores
 * @property {Store<boolean>} holds Whether the runs wait for the class.
 * @property {{ open: (spec: Spec, seen?: Partial<View>) => void, turn: (id: string | null) => Promise<void> }} controller
 * @property {{ seen: Store<ShownView>, lead: (name: ViewName, id: string | null) => Promise<void> }} views
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
export function createFollower({ stores, holds, controller, views, go, still }, on) {
  const { spec, clock, experiment, axes } = stores;
  /** @type {Stage | null} */
  let stage = null;
  /** @type {boolean | null} Null as long as nobody has decided. */
  let following = null;
  let setting = false; // whether what changes now is set by the stage
  let opening = false; // whether its experiment is on its way
  let shown = "";
  /** @type {Stage["axes"]} What of the pictures was seen on the stage last. */
  let zoomed = null;
  let looks = 0; // how often another view was brought
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
    const key = keyOf(view, held);
    if (key !== shown) {
      shown = key;
      set(() => show(view, held));
    }
    if (!sameAxes(stage.axes, zoomed)) zoom(stage.axes);
    if (!on.moving?.()) set(() => clock.update((now) => followed(now, cursor, still)));
  }

  /** Let the same parts of pictures be seen; what somebody looks at closely here stays until then. @param {Stage["axes"]} now */
  function zoom(now) {
    zoomed = now;
    set(() => axes.update((own) => (sameAxes(own, now) ? own : (now ?? {}))));
  }

  /**
   * @param {StageView} view
   * @param {boolean} held
   */
  function show(view, held) {
    looks += 1;
    if (view.shows !== "play" && view.experiment !== null && !held) return look(view.shows, view.experiment);
    if (views.seen.get().name !== "play") void views.lead("play", null);
    const shared = view.state === null ? null : decode(view.state);
    const alone = shared !== null && isNetwork(shared.spec.problem) && view.experiment === null; // One trains for all.
    const waits = held || alone;
    holds.update(() => waits);
    if (view.experiment !== null && !held) void open(() => controller.turn(view.experiment));
    else if (shared) controller.open(shared.spec, shared.view);
    else void controller.turn(null);
    brought = spec.get();
  }

  /**
   * Show another view of a set-up, which its experiment brings with it.
   *
   * @param {ViewName} name
   * @param {string} id
   */
  function look(name, id) {
    holds.update(() => false);
    void open(() => views.lead(name, id));
  }

  /** Let an experiment be shown: what changes here until it is, or was refused, is nobody's own. @param {() => Promise<void>} act */
  async function open(act) {
    const mine = looks;
    opening = true;
    try {
      await act();
    } catch {
      // Whoever shows it has said why it does not come.
    }
    if (mine !== looks) return;
    brought = spec.get();
    opening = false;
  }

  /** What is somebody's own waits as long as runs would give an answer away, and goes on afterwards. */
  function alone() {
    const wait = stage !== null && keepsBack(stage);
    if (holds.get() === wait) return;
    holds.update(() => wait);
    if (!wait) go();
  }

  /** @param {"set-up" | "clock"} what */
  function own(what) {
    if (following && !setting && stage !== null) on.own(what);
  }

  spec.watch((now) => {
    if (now === brought || opening || setting) return;
    if (stage?.view.shows !== "play" || experiment.get() === null || experiment.get()?.id !== stage?.view.experiment)
      own("set-up");
  });
  experiment.watch((now) => {
    if (stage?.view.shows !== "play") return;
    const wanted = stage.view.experiment;
    if (now !== null && now.id === wanted) opening = false;
    else if (!opening && (now?.id ?? null) !== wanted) own("set-up");
  });
  views.seen.watch(({ name, id }) => {
    if (opening || stage === null || holds.get()) return;
    const { shows, experiment: wanted } = stage.view;
    if (name !== shows || (name !== "play" && id !== wanted)) own("set-up");
  });
  clock.watch((now) => {
    const [was, ended] = [before, before.live && !now.live];
    before = now;
    if (views.seen.get().name !== "play") return;
    if (isMoved(was, now)) own("clock");
    if (ended && !setting) queueMicrotask(apply);
  });

  return {
    get stage() {
      return stage;
    },
    get following() {
      return following === true;
    },

    /** What is on the stage now. @param {Stage} now */
    take(now) {
      stage = now;
      if (following) apply();
      else if (following === false) alone();
    },

    /** Let the page go its own way. */
    leave() {
      following = false;
      alone();
    },

    /** Come to what is on the stage. */
    join() {
      following = true;
      shown = "";
      if (stage) zoom(stage.axes);
      apply();
    },

    /** Look at the stage again. */
    apply,

    /** What is here is what is on the stage, without being set again. @param {StageView} view */
    agree(view) {
      shown = keyOf(view, false);
      brought = spec.get();
    },
  };
}

/**
 * What a set-up is shown anew for.
 *
 * @param {StageView} view
 * @param {boolean} held
 */
function keyOf({ state, experiment, shows }, held) {
  return JSON.stringify([shows === "play" ? state : null, experiment, shows, held]);
}

/**
 * Whether the same parts of pictures are seen.
 *
 * @param {Stage["axes"]} one
 * @param {Stage["axes"] | undefined} other
 */
export function sameAxes(one, other) {
  return JSON.stringify(one ?? {}) === JSON.stringify(other ?? {});
}
