/** Which challenge the class has, and who is on its board. */

/** @import { Challenge, ChallengeRow } from "../../types/room.js" */
/** @import { createLeader } from "./lead.js" */

import { hrefOf } from "../../state/site/root.js";
import { el, fill } from "../../ui/dom.js";
import { desk } from "../../words/room/desk.js";
import { room } from "../../words/room/room.js";
import { getChallenge, getChallenges, hideSubmission, setChallenge } from "../api.js";

const words = desk.challenge;
const AGAIN = 4000; // ms between two looks at the board

/**
 * @param {object} page
 * @param {(act: () => Promise<unknown>) => void} page.attempt
 * @param {ReturnType<typeof createLeader>} page.leader
 */
export function createChallengeCard({ attempt, leader }) {
  const menu = el("select", { "aria-label": words.choose });
  const begin = el("button", { type: "button", onclick: () => attempt(start) }, words.begin);
  const end = el("button", { type: "button", onclick: () => leader.tell({ challenge: null }) }, words.end);
  const board = el("a", { class: "quiet", href: hrefOf("challenge"), target: "_blank" }, words.board);
  const rows = el("ol", { class: "board-rows" });
  const goal = el("p", { class: "help" });
  const element = el(
    "section",
    { class: "card" },
    el("div", { class: "card-head" }, el("h2", {}, words.title), board),
    el("div", { class: "row" }, menu, begin, end),
    goal,
    rows,
  );
  let shown = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  attempt(async () => {
    const { presets } = await getChallenges();
    fill(menu, ...presets.map(({ name, title }) => el("option", { value: name }, title)));
  });

  async function start() {
    const { id } = await setChallenge(menu.value);
    leader.tell({ challenge: id });
  }

  /** @param {string | null} id */
  function take(id) {
    if ((id ?? "") === shown && id !== null) return;
    shown = id ?? "";
    begin.hidden = menu.hidden = id !== null;
    end.hidden = board.hidden = id === null;
    clearTimeout(timer);
    fill(rows);
    goal.hidden = id === null;
    if (id !== null) attempt(look);
  }

  async function look() {
    clearTimeout(timer);
    const id = shown;
    if (id === "") return;
    timer = setTimeout(() => attempt(look), AGAIN);
    const challenge = await getChallenge(id);
    if (id === shown) show(challenge);
  }

  /** @param {Challenge} challenge */
  function show(challenge) {
    fill(goal, `${challenge.title}: ${room.challenge.goal(challenge.goal.loss, challenge.steps)}`);
    fill(rows, ...challenge.rows.map((row) => rowOf(challenge.id, row)));
    if (challenge.rows.length === 0) fill(rows, el("li", { class: "help" }, room.challenge.nobody));
  }

  /**
   * @param {string} challenge
   * @param {ChallengeRow} row
   */
  function rowOf(challenge, { id, rank, steps, optimizer, nickname, hidden = false }) {
    const hide = () => attempt(() => hideSubmission(challenge, id, !hidden).then(look));
    return el(
      "li",
      { "data-hidden": hidden },
      el("b", {}, rank === null ? "–" : `${rank}.`),
      el("span", {}, room.challenge.row(steps, optimizer, nickname)),
      el("button", { type: "button", class: "quiet", onclick: hide }, hidden ? words.unhide : words.hide),
    );
  }

  take(null);
  return { element, take };
}
