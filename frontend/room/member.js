/** A page of somebody in a room: students follow the stage, or explore on their own; who teaches can put the page on it. */

/** @import { Stage, StageView, Told } from "../types/room.js" */

import { sentenceOf } from "../server/api.js";
import { encode } from "../state/link.js";
import { el, fill, find } from "../ui/dom.js";
import { labelsOf } from "../words/plot.js";
import { room as words } from "../words/room/room.js";
import { offerRun } from "./api.js";
import { createBar, createTeacherBar } from "./bar.js";
import { createChallengeCard } from "./challenge.js";
import { connectRoom, watchSleep } from "./connection.js";
import { createFollower } from "./follow.js";
import { beginsFollowing, rememberFollowing } from "./memory.js";
import { showPointed } from "./pointing.js";
import { createPollCard } from "./poll.js";
import { holdsRuns, pathOf, sameView, shownOn, viewOf } from "./stage.js";

const PATIENCE = 2500; // ms without a stage after which a page shows what it has
const LONGEST_NAME = 80; // characters, as the server takes them

/**
 * What the workbench lends to the room.
 *
 * @typedef {import("./follow.js").Page & {
 *   lesson: string | null,
 *   setUp: HTMLElement,
 *   clockwork: { play: () => void },
 *   guide: { release: () => void, know: () => Promise<void>, reach: (part: string) => void } | null,
 *   arrival: import("./memory.js").Arrival,
 *   played: () => string | null,
 *   turn: (part: "controls") => void,
 *   notice: import("../ui/notice.js").Notice,
 * }} Page `setUp`: where the set-up's cards are. `guide`: the lesson that stands here. `played`: the stored experiment
 *   that is the set-up here. `turn`: bring a part of a narrow page into sight.
 */

/** @param {Page} page */
export function startStudent(page) {
  placeSetUp(page);
  const { stores, holds, lesson, guide, notice } = page;
  const follower = createFollower(page, { own: leave, holds: holdsRuns });
  const bar = createBar(stores, follower, { explore: leave, back: join, offer: () => void offer() });
  const challenge = createChallengeCard(stores, (spec) => {
    leave();
    page.controller.open(spec);
  });
  const poll = createPollCard({ view: stores.view, notice });
  let wants = beginsFollowing(page.arrival); // to be with the class
  const connection = connectRoom({
    hear,
    connected: (is) => bar.reach(is ? "there" : "connecting"),
    refused(sentence) {
      notice(sentence);
      end();
    },
  });
  watchSleep(connection);
  showWaiting(holds);
  addEventListener("pagehide", () => rememberFollowing(wants, location.href));
  setTimeout(() => follower.stage ?? follower.leave(), PATIENCE);

  /** @param {Told} told */
  function hear(told) {
    if (told.type === "stage") take(told.stage, told.ack ?? false);
    else if (told.type === "room" && told.ended) end();
  }

  /**
   * @param {Stage} stage
   * @param {boolean} wanted Whether the server asks for an answer.
   */
  function take(stage, wanted) {
    const before = follower.stage;
    const first = before === null;
    follower.take(stage);
    if (first && wants) join();
    else if (first) follower.leave();
    else if (follower.following && before && !sameView(before.view, stage.view)) arrive(stage.view);
    if (!holdsRuns(stage)) void guide?.know();
    if (wanted || first) acknowledge();
    void poll.take(stage.poll);
    void challenge.take(stage.challenge);
    show();
  }

  function show() {
    showPointed(follower.following ? (follower.stage?.highlight ?? null) : null);
    bar.show();
  }

  function acknowledge() {
    const { stage, following } = follower;
    connection.send({ type: "ack", revision: stage?.revision ?? 0, following });
  }

  /** Be where the class is. @param {StageView} view @returns {boolean} Whether this page is there. */
  function arrive(view) {
    const there = lesson === (view.page === "lesson" ? view.lesson : null);
    if (!there) location.assign(pathOf(view));
    else guide?.release();
    if (there && view.part !== null) guide?.reach(view.part);
    return there;
  }

  function join() {
    wants = true;
    const { stage } = follower;
    if (stage && !arrive(stage.view)) return; // That page comes.
    follower.join();
    acknowledge();
    show();
  }

  function leave() {
    wants = false;
    follower.leave();
    acknowledge();
    show();
  }

  function end() {
    follower.leave();
    bar.reach("ended");
    void poll.take(null);
    connection.close();
  }

  async function offer() {
    const experiment = page.played();
    const state = encode({ spec: stores.spec.get(), view: stores.view.get() });
    if (state === null) return notice(words.tooLong);
    const name = labelsOf(stores.spec.get().runs).join(", ").slice(0, LONGEST_NAME);
    try {
      await offerRun({ name, state, ...(experiment ? { experiment } : {}) });
      notice(words.offered, false);
    } catch (error) {
      notice(sentenceOf(error));
    }
  }
}

/** Let the set-up stand where it does without a room; what the room asks comes above it. @param {Page} page */
export function placeSetUp({ lesson, setUp }) {
  if (lesson === null) fill(find(document, "#controls", HTMLElement), setUp);
}

/** Say in the picture that the runs wait. @param {Page["holds"]} holds */
export function showWaiting(holds) {
  find(document, "#stage", HTMLElement).append(el("p", { class: "class-note" }, words.poll.waits));
  holds.watch((is) => document.documentElement.toggleAttribute("data-waits", is));
}

/** @param {Page} page */
export function startTeacher(page) {
  placeSetUp(page);
  const { stores, lesson, notice } = page;
  /** @type {Stage | null} */
  let stage = null;
  /** @type {object | null} What is to be on the stage, and was refused if the desk was faster. */
  let change = null;
  const connection = connectRoom({
    hear(told) {
      if (told.type === "stage") [stage, change] = [told.stage, null];
      else if (told.type === "problem" && told.stage) {
        stage = told.stage;
        send();
      } else if (told.type === "problem") notice(told.detail ?? "");
    },
    connected: () => {},
    refused: notice,
  });
  watchSleep(connection);
  createTeacherBar(show);

  function show() {
    const place = /** @type {const} */ ({ page: lesson === null ? "workbench" : "lesson", lesson, part: null });
    const view = viewOf({ spec: stores.spec.get(), view: stores.view.get(), ...shownOn(page) }, place);
    if (view === null) return notice(words.tooLong);
    change = { view, cursor: { step: 0, playing: false, speed: 1 }, presented: null };
    notice(send() ? words.shown : words.lost, false);
  }

  function send() {
    return change !== null && connection.send({ type: "stage", revision: stage?.revision ?? 0, change });
  }
}
