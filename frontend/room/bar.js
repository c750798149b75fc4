/** The slim bar of a page in a room: whether it follows, and the way to and from one's own. */

/** @import { Stores } from "../types/page.js" */
/** @import { createFollower } from "./follow.js" */

import { hrefOf } from "../state/site/root.js";
import { watchAll } from "../state/store.js";
import { el, fill, find } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { room as words } from "../words/room/room.js";
import { sameView, stepsBehind } from "./stage.js";

/** @typedef {"connecting" | "there" | "ended"} Reach */

/**
 * @param {Pick<Stores, "clock">} stores
 * @param {ReturnType<typeof createFollower>} follower
 * @param {object} act
 * @param {() => void} act.explore
 * @param {() => void} act.back
 * @param {() => void} act.offer
 */
export function createBar({ clock }, follower, { explore, back, offer }) {
  const state = el("span", { class: "room-state", role: "status" });
  const leave = el("button", { type: "button", onclick: explore }, words.explore);
  const join = el("button", { type: "button", class: "primary", onclick: back });
  const give = el(
    "button",
    { type: "button", class: "quiet", title: words.offerHelp, onclick: offer },
    icon("upload"),
    words.offer,
  );
  const element = el("div", { class: "room-bar", role: "region", "aria-label": words.bar }, state, give, leave, join);
  place(element);
  /** @type {import("../types/room.js").StageView | null} */
  let left = null;
  /** @type {Reach} */
  let reach = "connecting";

  function show() {
    const { stage, following } = follower;
    if (following) left = stage?.view ?? null;
    leave.hidden = !following || reach === "ended";
    join.hidden = give.hidden = following || reach === "ended";
    element.toggleAttribute("data-following", following);
    document.documentElement.toggleAttribute("data-following", following);
    const moved = stage !== null && left !== null && !sameView(stage.view, left);
    const text = words.back(moved || stage === null ? null : stepsBehind(clock.get(), stage.cursor));
    if (!join.hidden && join.textContent !== text) fill(join, text);
    const said = sentence();
    if (state.textContent !== said) fill(state, said);
  }

  function sentence() {
    const { stage, following } = follower;
    if (reach === "ended") return words.ended;
    if (reach === "connecting") return words.lost;
    if (!following) return words.exploring;
    if (stage?.presented) return words.presented(stage.presented.nickname);
    return stage && stage.view.state === null && stage.view.experiment === null ? words.waiting : words.following;
  }

  watchAll({ clock }, show, (now) => ({ step: Math.floor(now.clock.step) }));
  return {
    show,
    /** @param {Reach} now */
    reach(now) {
      reach = now;
      element.dataset.reach = now;
      show();
    },
  };
}

/**
 * The bar of who teaches, on a page that is not the desk: what is here can be put on the stage.
 * @param {() => void} show
 */
export function createTeacherBar(show) {
  const put = el("button", { type: "button", class: "primary", onclick: show }, words.show);
  const state = el("span", { class: "room-state" }, words.teacher);
  const desk = el("a", { class: "button", href: hrefOf("desk") }, words.desk);
  place(el("div", { class: "room-bar", role: "region", "aria-label": words.bar }, state, put, desk));
}

/** @param {HTMLElement} bar */
function place(bar) {
  find(document, "header", HTMLElement).append(bar);
}
