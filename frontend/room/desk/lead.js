/** Leading a room: what is moved at the desk goes onto the stage, and what another desk moves comes here. */

/** @import { View } from "../../types/page.js" */
/** @import { Stage, StageView } from "../../types/room.js" */

import { decode, encode, USUAL } from "../../state/link.js";
import { watchAll } from "../../state/store.js";
import { createFollower, sameAxes } from "../follow.js";
import { cursorOf, EMPTY, sameView, shownOn, viewOf } from "../stage.js";

const SETTLE = 120; // ms without a change before a set-up is sent
const ANSWER = 2000; // ms after which what was sent is sent again
const BEAT = 1000; // ms between two cursors while it plays
const SCRUB = 80; // ms between two cursors while it is dragged
const OWN = 700; // ms after a move in which the stage's cursor may still be the one before

/** Other parts of the stage. @typedef {Partial<Pick<Stage, "axes" | "highlight" | "challenge" | "presented">>} Wish */

/**
 * @typedef {import("../follow.js").Page & { played: () => string | null }} Desk
 *
 * @param {Desk} page
 * @param {object} to
 * @param {(message: object) => boolean} to.send
 * @param {() => void} to.tooLong What is here is too long for the stage.
 */
export function createLeader(page, { send, tooLong }) {
  const { stores, views } = page;
  /** @type {{ view: StageView | null, wish: Wish } | null} What was sent, and is not on the stage yet. */
  let sent = null;
  /** @type {Wish} */
  let wish = {};
  let dirty = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let place = /** @type {Pick<StageView, "page" | "lesson" | "part">} */ (EMPTY);
  let heard = 0; // when a cursor came or went last
  let moved = -OWN; // when the clock was moved here
  const follower = createFollower(page, {
    own(what) {
      if (what === "set-up") return another();
      moved = performance.now();
      cursor();
    },
    holds: () => false,
    busy: () => dirty || sent !== null,
    moving: () => performance.now() - moved < OWN,
  });

  /** What goes onto the stage; a view that has no experiment yet leaves there what is there. */
  function here() {
    const now = shownOn(page);
    const { shows, experiment } = now.shows === "play" || now.experiment ? now : (follower.stage?.view ?? EMPTY);
    const where = shows === "play" ? place : { ...place, page: EMPTY.page, lesson: null, part: null };
    return viewOf({ spec: stores.spec.get(), view: stores.view.get(), experiment, shows }, where);
  }

  function changed(wait = SETTLE) {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(push, wait);
  }

  /** Something else is shown than a student's run. */
  function another(wait = SETTLE) {
    if (follower.stage?.presented) wish = { ...wish, presented: null };
    changed(wait);
  }

  function push() {
    const { stage } = follower;
    if (sent !== null || stage === null) return;
    const view = here();
    dirty = false;
    if (view === null) tooLong();
    else follower.agree(view);
    const news = view !== null && !sameView(view, stage.view) ? view : null;
    const wanted = open(wish, stage);
    wish = {};
    if (news === null && Object.keys(wanted).length === 0) return;
    sent = { view: news, wish: wanted };
    send({ type: "stage", revision: stage.revision, change: { ...(news && { view: news }), ...wanted } });
    clearTimeout(timer);
    timer = setTimeout(() => again(null), ANSWER);
  }

  /** What was sent is not on the stage: it is sent on top of what is there. @param {Stage | null} stage */
  function again(stage) {
    if (sent === null) return;
    clearTimeout(timer);
    const { view, wish: wanted } = sent;
    sent = null;
    const seen = stage !== null && (view === null || sameView(view, stage.view));
    const arrived = seen && Object.keys(open(wanted, stage)).length === 0;
    if (!arrived) wish = { ...wanted, ...wish };
    if (!arrived || dirty) changed(0);
  }

  const cursor = throttled(() => {
    heard = performance.now();
    send({ type: "stage", change: { cursor: cursorOf(stores.clock.get()) } });
  });

  /** While it plays, somebody says where: whoever has not heard it from another desk. */
  function beat() {
    const { playing, live } = stores.clock.get();
    if (playing && !live && follower.following && performance.now() - heard >= BEAT) cursor();
  }

  /** @param {Stage} stage */
  function take(stage) {
    heard = performance.now();
    again(stage);
    if (!dirty) place = { page: stage.view.page, lesson: stage.view.lesson, part: stage.view.part };
    follower.take(stage);
  }

  /** A way of looking was chosen here: which run, which axis, which picture. @param {View} view */
  function look(view) {
    const state = follower.stage?.view.state ?? null;
    const there = state === null ? null : decode(state);
    if (there && lookOf(there.view) !== lookOf(view)) changed();
  }

  let was = stores.clock.get().playing;
  stores.clock.watch(({ playing }) => {
    if (was && !playing && follower.stage?.cursor.playing) cursor();
    was = playing;
  });
  watchAll({ view: stores.view }, ({ view }) => look(view));
  stores.axes.watch((axes) => {
    const { stage } = follower;
    if (stage === null || sameAxes(axes, wish.axes ?? stage.axes)) return;
    wish = { ...wish, axes };
    changed();
  });
  setInterval(beat, BEAT / 4);

  return {
    follower,
    take,

    /** Where in a lesson the class is. @param {Partial<Pick<StageView, "page" | "lesson" | "part">>} now */
    goTo(now) {
      if (now.page && views.seen.get().name !== "play") void views.lead("play", null);
      place = { ...place, ...now };
      another(0);
    },

    /** Put something else on the stage. @param {Wish} change */
    tell(change) {
      wish = { ...wish, ...change };
      changed(0);
    },
  };
}

/**
 * What of a wish is not on a stage.
 *
 * @param {Wish} wish
 * @param {Stage} stage
 * @returns {Wish}
 */
function open(wish, stage) {
  const names = /** @type {(keyof Wish)[]} */ (Object.keys(wish));
  const differs = (/** @type {keyof Wish} */ name) =>
    name === "axes" ? !sameAxes(wish.axes ?? null, stage.axes) : wish[name] !== stage[name];
  return Object.fromEntries(names.filter(differs).map((name) => [name, wish[name]]));
}

/** What of a view goes into a link. @param {import("../../state/link.js").SharedView} view */
function lookOf(view) {
  return encode({ spec: USUAL.spec, view: { ...USUAL.view, ...view, selected: 0 } }) + String(view.selected);
}

/**
 * Do something at once, and while it is asked for again, once a while.
 * @param {() => void} act
 */
function throttled(act) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let again = false;
  return function now() {
    if (timer !== undefined) {
      again = true;
      return;
    }
    act();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) {
        again = false;
        now();
      }
    }, SCRUB);
  };
}
