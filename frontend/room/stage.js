/** The stage of a room as numbers: how far apart two clocks are, what is a reader's own move, and what of a page is put on it. */

/** @import { Clock, ShownView, Spec, Store, View } from "../types/page.js" */
/** @import { Cursor, Stage, StageView } from "../types/room.js" */

import { advance, secondsTo } from "../state/clock.js";
import { encode } from "../state/link.js";
import { hrefOf } from "../state/site/root.js";

const FRAME = 0.25; // seconds of playing that no frame is longer than
const SLACK = 0.4; // seconds that two clocks may be apart before one is set
const EPSILON = 1e-6; // steps

/** An empty workbench. @type {StageView} */
export const EMPTY = { page: "workbench", lesson: null, part: null, state: null, experiment: null, shows: "play" };

/**
 * Whether two views are the same.
 *
 * @param {StageView} one
 * @param {StageView} other
 */
export function sameView(one, other) {
  return /** @type {(keyof StageView)[]} */ (Object.keys(EMPTY)).every(
    (name) => (one[name] ?? EMPTY[name]) === (other[name] ?? EMPTY[name]),
  );
}

/**
 * What a page shows, as the stage holds it; null where it is too long for a link and is no stored experiment either.
 *
 * @param {{ spec: Spec, view: View, experiment: string | null, shows?: StageView["shows"] }} here
 * @param {Pick<StageView, "page" | "lesson" | "part">} place
 * @returns {StageView | null}
 */
export function viewOf({ spec, view, experiment, shows = "play" }, { page, lesson, part }) {
  const state = encode({ spec, view });
  return state === null && experiment === null ? null : { page, lesson, part, state, experiment, shows };
}

/**
 * What a page shows of its set-up: its runs, or another view, and the experiment that it is of.
 * @param {{ views: { seen: Store<ShownView> }, played: () => string | null }} page
 * @returns {Pick<StageView, "shows" | "experiment">}
 */
export function shownOn({ views, played }) {
  const { name, id } = views.seen.get();
  return { shows: name, experiment: name === "play" ? played() : id };
}

/** The page on which a view is shown: its address. @param {Pick<StageView, "page" | "lesson">} view */
export function pathOf({ page, lesson }) {
  return hrefOf(page === "lesson" && lesson !== null ? `lessons/${lesson}` : "");
}

/** The steps of a lesson at which its runs have not been seen. */
const BEFORE = ["question", "predict"];

/**
 * Whether runs would give away the answer to what the class is asked: the server runs nothing then.
 * @param {Pick<Stage, "poll">} stage
 */
export function keepsBack({ poll }) {
  return poll !== null && poll.state !== "revealed" && (poll.shape?.holds ?? true);
}

/**
 * Whether the runs wait: for a poll to be revealed, or in a lesson for its teacher to let them go.
 * @param {Pick<Stage, "poll" | "view" | "cursor">} stage
 */
export function holdsRuns({ poll, view, cursor }) {
  if (poll !== null) return keepsBack({ poll });
  return view.page === "lesson" && BEFORE.includes(view.part ?? "") && cursor.step === 0 && !cursor.playing;
}

/**
 * The cursor of a clock: whole steps.
 *
 * @param {Pick<Clock, "step" | "playing" | "speed">} clock
 * @returns {Cursor}
 */
export function cursorOf({ step, playing, speed }) {
  return { step: Math.floor(step + EPSILON), playing, speed };
}

/**
 * A clock that follows a cursor. While both play, it is set only where they are farther apart than an eye sees.
 *
 * @param {Clock} clock
 * @param {Cursor} cursor
 * @param {boolean} still Whether nothing may move by itself.
 * @returns {Clock}
 */
export function followed(clock, cursor, still) {
  const step = Math.min(cursor.step, clock.last);
  const playing = cursor.playing && step < clock.last && !still;
  const near = playing && clock.playing && clock.speed === cursor.speed && Math.abs(ahead(clock, cursor)) <= SLACK;
  if (near || clock.paced || (clock.live && cursor.playing)) return clock;
  if (clock.playing === playing && clock.speed === cursor.speed && Math.floor(clock.step) === step) return clock;
  return { ...clock, step, playing, speed: cursor.speed };
}

/**
 * By how many seconds of playing a clock is ahead of a cursor.
 *
 * @param {Pick<Clock, "step" | "speed">} clock
 * @param {Cursor} cursor
 */
function ahead(clock, cursor) {
  return (secondsTo(clock.step) - secondsTo(cursor.step)) / cursor.speed;
}

/**
 * How many steps a clock is behind a cursor; 0 where it is not.
 *
 * @param {Pick<Clock, "step">} clock
 * @param {Pick<Cursor, "step">} cursor
 */
export function stepsBehind(clock, cursor) {
  return Math.max(0, cursor.step - Math.floor(clock.step + EPSILON));
}

/**
 * Whether somebody has moved a clock, and not time or the runs that came: it has begun or stopped to play, goes at
 * another speed, or is where playing would not have brought it.
 *
 * @param {Clock} before
 * @param {Clock} now
 */
export function isMoved(before, now) {
  if (before.live || now.live || before.paced || now.paced) return false;
  if (now.speed !== before.speed) return true;
  const step = Math.min(before.step, now.last);
  if (now.playing !== before.playing) return !(before.playing && now.step >= now.last);
  if (!now.playing) return Math.abs(now.step - step) > EPSILON;
  return now.step < step - EPSILON || now.step > advance(step, FRAME * now.speed) + EPSILON;
}
