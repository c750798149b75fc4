/** A challenge on a student's page: its goal, and the chosen run to be run by the server. */

/** @import { Spec, Stores } from "../types/page.js" */
/** @import { Challenge, SubmittedRun } from "../types/room.js" */

import { sentenceOf } from "../server/api.js";
import { hrefOf } from "../state/site/root.js";
import { withProblem } from "../state/spec.js";
import { el, fill, newId } from "../ui/dom.js";
import { room } from "../words/room/room.js";
import { getChallenge, setNickname, submitRun } from "./api.js";
import { createSheet } from "./sheet.js";

const words = room.challenge;

/**
 * The set-up with a challenge's problem and steps, and the runs that it has.
 *
 * @param {Spec} spec
 * @param {Challenge} challenge
 * @returns {Spec}
 */
export function begun(spec, { problem, steps }) {
  return { ...withProblem(spec, problem), steps };
}

/**
 * What is submitted of a set-up; null where it is about another problem.
 *
 * @param {Spec} spec
 * @param {number} selected
 * @param {Challenge} challenge
 */
export function submissionOf({ problem, runs }, selected, challenge) {
  const run = runs[selected];
  if (problem.kind !== challenge.problem.kind || !run) return null;
  const parts = /** @type {const} */ (["optimizer", "schedule", "clip_norm", "clip_value"]);
  return /** @type {SubmittedRun} */ (
    Object.fromEntries(parts.flatMap((part) => (run[part] ? [[part, run[part]]] : [])))
  );
}

/**
 * @param {Stores} stores
 * @param {(spec: Spec) => void} open
 */
export function createChallengeCard(stores, open) {
  const board = el("a", { class: "quiet", href: hrefOf("challenge"), target: "_blank" }, room.board);
  const sheet = createSheet("challenge", words.name, board);
  let shown = "";

  /** @param {string | null} id */
  async function take(id) {
    if ((id ?? "") === shown) return;
    shown = id ?? "";
    sheet.show(false);
    if (id === null) return;
    const challenge = await getChallenge(id).catch(() => null);
    if (challenge && shown === id) show(challenge);
  }

  /** @param {Challenge} challenge */
  function show(challenge) {
    const nickname = el("input", { id: newId(), type: "text", maxlength: 20, autocomplete: "off" });
    const said = el("p", { class: "help", role: "status" });
    const submit = el("button", { type: "submit", class: "primary" }, words.submit);
    const begin = () => open(begun(stores.spec.get(), challenge));
    const form = el(
      "form",
      {},
      el("label", { for: nickname.id }, words.nickname),
      nickname,
      el("div", { class: "row" }, submit, el("button", { type: "button", onclick: begin }, words.begin)),
      said,
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (submit.disabled) return;
      submit.disabled = true;
      fill(said, words.submitting);
      fill(said, await tried(challenge, nickname.value.trim()).catch(sentenceOf));
      submit.disabled = false;
    });
    fill(sheet.body, el("p", {}, words.goal(challenge.goal.loss, challenge.steps)), form);
    sheet.name(challenge.title);
    sheet.show(true, true);
  }

  /**
   * @param {Challenge} challenge
   * @param {string} nickname
   */
  async function tried(challenge, nickname) {
    const run = submissionOf(stores.spec.get(), stores.view.get().selected, challenge);
    if (run === null) return words.other;
    if (nickname) await setNickname(nickname);
    const { reached, steps, loss, best, rank } = await submitRun(challenge.id, run);
    const now = reached && steps !== null ? words.reached(steps, rank) : words.missed(loss);
    return best !== null && best !== steps ? `${now} ${words.best(best)}` : now;
  }

  return { take };
}
