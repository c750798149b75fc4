/** The lecturer's desk: the stage as seen, and in the place of the set-up what there is to say, to ask and to know. */

/** @import { Stage, Told } from "../../types/room.js" */

import { sentenceOf } from "../../server/api.js";
import { el, fill, find } from "../../ui/dom.js";
import { groupOf } from "../../ui/key-sheet.js";
import { actionOf } from "../../ui/keys.js";
import { desk as words } from "../../words/room/desk.js";
import { room as roomWords } from "../../words/room/room.js";
import { connectRoom, watchSleep } from "../connection.js";
import { createPointers } from "../pointing.js";
import { createChallengeCard } from "./challenge-card.js";
import { DESK_GROUP, DESK_KEYS } from "./keys.js";
import { createLeader } from "./lead.js";
import { createLessonCard } from "./lesson-card.js";
import { createOffersCard } from "./offers-card.js";
import { createPollCard } from "./poll-card.js";
import { createRoomCard } from "./room-card.js";

/** @param {import("../member.js").Page} page */
export function startDesk(page) {
  const { stores, controller, notice } = page;
  /** @param {() => Promise<unknown>} act */
  const attempt = (act) => void act().catch((error) => notice(sentenceOf(error)));
  const connection = connectRoom({
    hear,
    connected: (is) => room.reach(is),
    refused: (sentence) => notice(sentence),
  });
  const leader = createLeader(page, {
    send: connection.send,
    tooLong: () => notice(roomWords.tooLong),
  });
  const room = createRoomCard({ attempt, leader, notice });
  const lesson = createLessonCard({ stores, controller, leader, begins: () => poll.settle(), notice });
  const poll = createPollCard({ stores, attempt, lesson: lesson.shown, play });
  const offers = createOffersCard({ attempt });
  const challenge = createChallengeCard({ attempt, leader });
  const point = createPointers((id) => leader.tell({ highlight: id }));
  const controls = find(document, "#controls", HTMLElement);
  controls.setAttribute("aria-label", words.title);
  const fold = el("details", { class: "card set-up-fold" }, el("summary", {}, words.setUp), page.setUp);
  fill(controls, room.element, lesson.element, poll.element, offers.element, challenge.element, fold);
  find(document, "main > h1", HTMLElement).textContent = words.title;
  document.title = words.pageTitle;
  find(document, "#help .keys", HTMLElement).prepend(groupOf(DESK_GROUP));
  if (matchMedia("(max-width: 699px)").matches) page.turn("controls");
  page.holds.update(() => false);
  watchSleep(connection);
  document.addEventListener("keydown", onKey);

  /** An empty stage has from now on what is here. @param {Stage} stage */
  function begin({ view }) {
    leader.follower.join();
    if (view.state === null && view.experiment === null) leader.goTo({});
  }

  /** Let everybody see it from the beginning. */
  function play() {
    stores.clock.update((now) => ({ ...now, step: 0 }));
    page.clockwork.play();
  }

  /** @param {Told} told */
  function hear(told) {
    if (told.type === "problem") {
      if (told.stage)
        leader.take(told.stage); // Another desk was faster: it is sent again.
      else if (told.detail) notice(told.detail);
    } else if (told.type === "stage") {
      const first = leader.follower.stage === null;
      leader.take(told.stage);
      if (first) begin(told.stage);
      void lesson.take(told.stage.view).then(poll.renew);
      poll.take(told.stage.poll);
      void challenge.take(told.stage.challenge);
      room.take(told.stage);
      point(told.stage.highlight);
    } else if (told.type === "poll") poll.count(told);
    else if (told.type === "offers") offers.take(told.offers);
    else room.hear(told);
    if (told.type === "sync") poll.size(told.students);
  }

  /** @type {Record<typeof DESK_KEYS[keyof typeof DESK_KEYS], () => void>} */
  const acts = { next: lesson.next, poll: poll.next, door: room.door };

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const { ctrlKey, altKey, metaKey, key } = event;
    const target = /** @type {HTMLElement | null} */ (event.target);
    const free = actionOf({ ctrlKey, altKey, metaKey, shiftKey: false, key: "?" }, target) === "help";
    const act = DESK_KEYS[/** @type {keyof typeof DESK_KEYS} */ (key.toLowerCase())];
    if (!free || !act || event.defaultPrevented || document.querySelector("dialog[open]:not(.door-dialog)")) return;
    event.preventDefault();
    acts[act]();
  }
}
