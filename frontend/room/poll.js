/** A question to the class on a student's page: asked, sent, talked about, answered again, and what all said. */

/** @import { Store, View } from "../types/page.js" */
/** @import { Poll, Vote } from "../types/room.js" */

import { createRadios } from "../lessons/choice.js";
import { createSketch } from "../lessons/sketch.js";
import { ApiError, sentenceOf } from "../server/api.js";
import { el, fill, find } from "../ui/dom.js";
import { createLogSlider } from "../ui/slider.js";
import { room } from "../words/room/room.js";
import { getPoll, vote } from "./api.js";
import { createResults, crowdOf, ghostOf } from "./results.js";
import { createSheet } from "./sheet.js";

const words = room.poll;

/** Texts of a poll are plain. */
const PLAIN = {
  /** @template {HTMLElement} E @param {E} element @param {string} text */
  tell(element, text) {
    fill(element, text);
    return element;
  },
  paragraph: (/** @type {string} */ text) => el("p", {}, text),
};

/**
 * How a poll is answered.
 *
 * @param {Poll} poll
 * @param {Vote | null} given Of this round, or of the one before.
 * @param {() => void} changed
 * @returns {{ element: HTMLElement, value: () => Vote | null }}
 */
export function createAnswer(poll, given, changed) {
  const { kind, question, options, shape } = poll;
  const { low = 0, high = 1, whole = false, log = false, name = "", steps = [0, 1] } = shape ?? {};
  if (kind === "choice") return ofChoice(question, options ?? [], typeof given === "number" ? given : null, changed);
  const asked = el("p", { class: "asked" }, question);
  if (kind === "number") {
    let value = typeof given === "number" ? given : middleOf(low, high, whole);
    const change = (/** @type {number} */ now) => {
      value = Math.max(low, Math.min(high, now));
      changed();
    };
    const slider = createLogSlider({ label: words.number, loc: "vote", low, high, whole, change });
    slider.update(value);
    return { element: el("div", {}, asked, slider.element), value: () => value };
  }
  const range = /** @type {[number, number]} */ (log ? [Math.log10(low), Math.log10(high)] : [low, high]);
  const sketch = createSketch({ name, range, log }, steps.at(-1) ?? 1, Array.isArray(given) ? given : null);
  return { element: el("div", {}, asked, sketch.element), value: () => sketch.values() };
}

/**
 * @param {string} question
 * @param {string[]} options
 * @param {number | null} given
 * @param {() => void} changed
 */
function ofChoice(question, options, given, changed) {
  let chosen = given;
  const asked = { kind: /** @type {const} */ ("choice"), text: question, answers: options, right: -1 };
  const element = createRadios(asked, PLAIN, (answer) => {
    chosen = answer;
    changed();
  });
  const box = given === null ? null : element.querySelectorAll("input")[given];
  if (box) box.checked = true;
  return { element, value: () => chosen };
}

/**
 * @param {number} low
 * @param {number} high
 * @param {boolean} whole
 */
function middleOf(low, high, whole) {
  const middle = Math.sqrt(low * high);
  return whole ? Math.round(middle) : Number(middle.toPrecision(3));
}

/**
 * The card of the poll that is on the stage.
 *
 * @param {object} page
 * @param {Store<View>} page.view
 * @param {(text: string) => void} page.notice
 */
export function createPollCard({ view, notice }) {
  const sheet = createSheet("poll", words.name);
  const { body } = sheet;
  /** @type {Poll | null} */
  let poll = null;
  /** @type {Vote | null} The last answer that the server has, of any round. */
  let own = null;
  let sentRound = 0;
  let shown = "";

  /** @param {Poll | null} now */
  function take(now) {
    const key = now === null ? "" : JSON.stringify([now.id, now.round, now.state]);
    if (key === shown) return;
    if (now?.id !== poll?.id) {
      [own, sentRound] = [null, 0];
      if (now) void recall(now);
    }
    shown = key;
    poll = now;
    show();
  }

  /** What this page has answered before it was loaded again. @param {Poll} asked */
  async function recall({ id, round }) {
    const known = await getPoll(id).catch(() => null);
    if (!known || poll?.id !== id || known.vote === null || sentRound > 0) return;
    [own, sentRound] = [known.vote, known.round ?? round];
    show();
  }

  function show() {
    sheet.show(poll !== null);
    document.documentElement.toggleAttribute("data-polled", poll !== null && poll.state !== "revealed");
    showGhosts();
    if (poll === null) return;
    if (poll.state === "revealed") requestAnimationFrame(showPicture);
    const { state, round } = poll;
    sheet.name(state === "revealed" ? words.said : (words.rounds[round - 1] ?? words.name));
    if (state === "open") showAnswer(poll);
    else if (state === "closed") showClosed(poll);
    else showResults(poll);
  }

  /** On a phone the picture may be out of sight. */
  function showPicture() {
    if (!matchMedia("(max-width: 699px)").matches) return;
    const picture = find(document, view.get().crowd ? "#loss" : "#stage", HTMLElement);
    picture.scrollIntoView({ block: "start" });
  }

  function showGhosts() {
    const told = poll?.state === "revealed" ? poll : null;
    const crowd = told && crowdOf(told);
    const ghost = told && ghostOf(told, own);
    const same = JSON.stringify(view.get().crowd ?? null) === JSON.stringify(crowd);
    if (!same) view.update((now) => ({ ...now, crowd, ghost }));
  }

  /** @param {Poll} asked */
  function showAnswer(asked) {
    const counted = sentRound === asked.round;
    const send = el("button", { type: "submit", class: "primary" }, counted ? words.change : words.send);
    const said = el("p", { class: "help", role: "status" }, counted ? words.sent : asked.round > 1 ? words.again : "");
    const ready = () => {
      send.disabled = answer.value() === null;
    };
    const answer = createAnswer(asked, own, ready);
    const form = el("form", {}, answer.element, el("div", { class: "row" }, send), said);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const value = answer.value();
      if (value === null || send.disabled) return;
      send.disabled = true;
      fill(said, words.sending);
      await deliver(asked, value);
      send.disabled = false;
      if (sentRound !== asked.round) return fill(said);
      fill(send, words.change);
      fill(said, words.sent);
    });
    ready();
    fill(body, form);
  }

  /**
   * @param {Poll} asked
   * @param {Vote} value
   */
  async function deliver({ id, round }, value) {
    try {
      await vote(id, round, value);
      if (poll?.id === id) [own, sentRound] = [value, round];
    } catch (error) {
      notice(error instanceof ApiError && error.problem.status === 409 ? words.late : sentenceOf(error));
    }
  }

  /** @param {Poll} asked */
  function showClosed({ question, options }) {
    const answer = typeof own === "number" && options ? options[own] : null;
    fill(
      body,
      el("p", { class: "asked" }, question),
      answer ? el("p", {}, answer) : null,
      el("p", { class: "help", role: "status" }, words.talk),
    );
  }

  /** @param {Poll} told */
  function showResults(told) {
    const rounds = (told.results ?? []).filter(({ count }) => count > 0);
    fill(
      body,
      el("p", { class: "asked" }, told.question),
      createResults(told, rounds, own),
      told.kind === "sketch" ? el("p", { class: "help" }, words.band) : null,
    );
  }

  return { take };
}
