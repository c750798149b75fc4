/** The page for the hall: what is on the stage, one number, the question that is asked, and, when it is wanted, the way in. */

/** @import { Poll, Stage, Told } from "../types/room.js" */

import { el, fill } from "../ui/dom.js";
import { desk as deskWords } from "../words/room/desk.js";
import { room as words } from "../words/room/room.js";
import { getRoom } from "./api.js";
import { connectRoom, watchSleep } from "./connection.js";
import { createDoor } from "./door.js";
import { createFollower } from "./follow.js";
import { placeSetUp, showWaiting } from "./member.js";
import { showPointed } from "./pointing.js";
import { createResults, crowdOf } from "./results.js";
import { holdsRuns } from "./stage.js";

/** What the stage says is to be shown besides the runs: the way in. */
export const DOOR = "join";

/** @param {import("./member.js").Page} page */
export function startProjector(page) {
  placeSetUp(page);
  const { stores, holds, notice } = page;
  const follower = createFollower(page, { own: () => follower.join(), holds: holdsRuns });
  const card = el("section", { class: "card poll hall", "aria-label": words.poll.name, hidden: true });
  const door = el("section", { class: "door-place", "aria-label": deskWords.room.join, hidden: true });
  const count = el("output", { class: "hall-count", "aria-live": "off" });
  document.body.append(card, door);
  let shown = "";
  let open = false;
  watchSleep(connectRoom({ hear, connected: () => {}, refused: notice }));
  showWaiting(holds);

  /** @param {Told} told */
  function hear(told) {
    if (told.type === "stage") take(told.stage);
    else if (told.type === "poll") fill(count, words.poll.votes(told.count));
  }

  /** @param {Stage} stage */
  function take(stage) {
    follower.take(stage);
    if (!follower.following) follower.join();
    showPoll(stage.poll);
    showPointed(stage.highlight);
    if ((stage.highlight === DOOR) !== open) void turn(!open);
  }

  /** @param {boolean} wanted */
  async function turn(wanted) {
    open = wanted;
    door.hidden = !wanted;
    if (wanted) fill(door, createDoor(await getRoom()));
  }

  /** @param {Poll | null} poll */
  function showPoll(poll) {
    const key = poll === null ? "" : JSON.stringify([poll.id, poll.round, poll.state]);
    if (key === shown) return;
    shown = key;
    card.hidden = poll === null;
    const crowd = poll?.state === "revealed" ? crowdOf(poll) : null;
    stores.view.update((now) => ({ ...now, crowd }));
    document.documentElement.toggleAttribute("data-crowd", crowd !== null);
    if (poll === null) return;
    const { question, options, state, round } = poll;
    const title = state === "revealed" ? words.poll.said : (words.poll.rounds[round - 1] ?? words.poll.name);
    const list = el("ol", { class: "hall-options" }, ...(options ?? []).map((text) => el("li", {}, text)));
    const results = (poll.results ?? []).filter((one) => one.count > 0);
    fill(
      card,
      el("h2", {}, state === "closed" ? deskWords.poll.talking : title),
      el("p", { class: "asked" }, question),
      ...(state === "revealed" ? [createResults(poll, results, null)] : [options ? list : null, count]),
    );
  }
}
