/** Who is there, how they get in, and how far they are behind. */

/** @import { RoomState, Stage, Told } from "../../types/room.js" */
/** @import { createLeader } from "./lead.js" */

import { hrefOf } from "../../state/site/root.js";
import { el, fill } from "../../ui/dom.js";
import { icon } from "../../ui/icons.js";
import { desk } from "../../words/room/desk.js";
import { words as pageWords } from "../../words/workbench.js";
import { beginAgain, endRoom, getRoom, openRoom, rotateCode } from "../api.js";
import { createDoor } from "../door.js";
import { DOOR } from "../projector.js";

const words = desk.room;

/**
 * @param {object} page
 * @param {(act: () => Promise<unknown>) => void} page.attempt
 * @param {ReturnType<typeof createLeader>} page.leader
 * @param {import("../../ui/notice.js").Notice} page.notice
 */
export function createRoomCard({ attempt, leader, notice }) {
  /** @type {RoomState | null} */
  let known = null;
  const sync = el("p", { class: "sync", role: "status" });
  const lag = el("span", { class: "help" });
  const overlay = el("dialog", { class: "door-dialog", "aria-label": words.join });
  const show = el(
    "button",
    { type: "button", class: "primary", "aria-keyshortcuts": "J", onclick: () => door() },
    words.join,
  );
  const hall = el("button", { type: "button", "aria-pressed": "false", onclick: () => toHall() }, words.hall);
  const shut = el("button", { type: "button", onclick: () => attempt(turn) });
  const code = el("button", { type: "button", onclick: () => attempt(rotate) }, words.rotate);
  const end = el("button", { type: "button", onclick: askEnd }, words.end);
  const again = el("button", { type: "button", class: "primary", onclick: () => attempt(anew) }, words.again);
  const asked = el("div", { class: "row", hidden: true });
  const link = (/** @type {string} */ href, /** @type {string} */ text) =>
    el("a", { class: "quiet", href, target: "_blank" }, text);
  const links = el(
    "div",
    { class: "row" },
    link(hrefOf("projector"), words.projector),
    link(hrefOf("selfcheck"), words.check),
  );
  const more = el(
    "details",
    { class: "more" },
    el("summary", {}, words.manage),
    el("div", { class: "row" }, shut, code, end),
    asked,
    links,
  );
  const element = el(
    "section",
    { class: "card desk-room" },
    el("div", { class: "card-head" }, el("h2", {}, words.title), lag),
    sync,
    el("div", { class: "row" }, show, hall, again),
    more,
  );
  document.body.append(overlay);
  overlay.addEventListener("click", () => overlay.close());
  let [students, following, connected] = [0, 0, 0];
  attempt(refresh);

  async function refresh() {
    known = await getRoom();
    showDoor();
  }

  function showDoor() {
    if (!known) return;
    fill(shut, known.open ? words.close : words.open);
    for (const one of [show, hall, more]) one.hidden = known.ended;
    again.hidden = !known.ended;
    if (!overlay.open) return;
    const close = el("button", { type: "button", class: "tool", "aria-label": pageWords.close }, icon("close"));
    fill(overlay, createDoor(known), close);
  }

  function door() {
    if (overlay.open) return overlay.close();
    overlay.showModal();
    showDoor();
    attempt(refresh);
  }

  /** Show the way in on the projector, or not. */
  function toHall() {
    const on = leader.follower.stage?.highlight === DOOR;
    leader.tell({ highlight: on ? null : DOOR });
  }

  async function turn() {
    await openRoom(!(known?.open ?? true));
    await refresh();
  }

  async function anew() {
    await beginAgain();
    await refresh();
  }

  async function rotate() {
    await rotateCode();
    await refresh();
    notice(words.rotated, false);
  }

  function askEnd() {
    const over = () => attempt(() => endRoom().then(hideEnd).then(refresh));
    const yes = el("button", { type: "button", class: "primary", onclick: over }, words.endYes);
    const no = el("button", { type: "button", onclick: () => hideEnd() }, words.endNo);
    fill(asked, el("p", {}, words.endAsk), yes, no);
    asked.hidden = false;
    no.focus();
  }

  function hideEnd() {
    asked.hidden = true;
    end.focus();
  }

  function tell() {
    fill(sync, el("strong", {}, words.sync(following, students)), ` · ${words.connected(connected)}`);
  }

  tell();
  again.hidden = true;
  return {
    element,
    door,
    /** @param {boolean} is */
    reach(is) {
      element.toggleAttribute("data-lost", !is);
      if (is) tell();
      else fill(sync, words.lost);
    },
    /** @param {Told} told */
    hear(told) {
      if (told.type === "sync") {
        ({ students, following } = told);
        fill(lag, told.slowest_ms === null ? "" : words.lag(told.slowest_ms));
        tell();
      } else if (told.type === "room") {
        connected = told.connected;
        if (known && (known.open !== told.open || known.ended !== told.ended)) attempt(refresh);
        if (told.ended) fill(sync, words.ended);
        else tell();
      }
    },
    /** @param {Stage} stage */
    take: ({ highlight }) => hall.setAttribute("aria-pressed", String(highlight === DOOR)),
  };
}
