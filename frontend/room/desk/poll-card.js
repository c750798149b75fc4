/** Asking the class: a question of the lesson or one's own, the votes as they come, talking, and the answer. */

/** @import { Spec, Stores } from "../../types/page.js" */
/** @import { ChoiceQuestion, Lesson, LessonValues } from "../../types/lessons.js" */
/** @import { Poll, PollAsked, PollResult } from "../../types/room.js" */

import { sketchedSteps } from "../../lessons/compare.js";
import { fillValues } from "../../lessons/prose.js";
import { el, fill, newId } from "../../ui/dom.js";
import { lessons as lessonWords } from "../../words/learning/lessons.js";
import { readNumber } from "../../words/numerals.js";
import { desk } from "../../words/room/desk.js";
import { askPoll, dropPoll, movePoll, resultsAddress } from "../api.js";
import { createResults, crowdOf } from "../results.js";

const words = desk.poll;
const [LOW, HIGH] = [1e-6, 1e3]; // of a sketched loss, as multiples of the first one

/**
 * What a lesson asks before its runs, as a question to the class.
 *
 * @param {Pick<Lesson, "prediction">} lesson
 * @param {Spec} spec The runs that it is about.
 * @param {(text: string) => string} told
 * @returns {PollAsked}
 */
export function pollOf({ prediction }, spec, told) {
  const question = told(prediction.text);
  if (prediction.kind === "choice") return choiceOf(prediction, true, told);
  if (prediction.kind === "number") {
    const { low, high, truth } = prediction;
    const whole = /reaches|nonfinite|rises|first_rise/.test(truth);
    const mark = truth.includes("reaches") ? /** @type {const} */ ("step") : null;
    return { kind: "number", question, options: null, shape: { holds: true, low, high, whole, mark } };
  }
  const { run, column = "loss" } = prediction;
  const steps = sketchedSteps(spec.steps);
  const heights =
    column === "loss"
      ? { name: lessonWords.sketch.loss, low: LOW, high: HIGH, log: true }
      : { name: lessonWords.sketch.coordinate(column === "p0" ? "x" : "y"), low: -5, high: 5, log: false };
  return { kind: "sketch", question, options: null, shape: { holds: true, steps, run, column, ...heights } };
}

/**
 * @param {Pick<ChoiceQuestion, "text" | "answers">} question
 * @param {boolean} holds
 * @param {(text: string) => string} told
 * @returns {PollAsked}
 */
export function choiceOf({ text, answers }, holds, told) {
  return { kind: "choice", question: told(text), options: answers.map(told), shape: { holds } };
}

/**
 * A question of one's own; null where it is not complete.
 *
 * @param {{ question: string, options: string, low: string, high: string, holds: boolean }} given
 * @returns {PollAsked | null}
 */
export function ownPoll({ question, options, low, high, holds }) {
  const text = question.trim();
  const lines = options.split("\n").map((line) => line.trim());
  const answers = lines.filter((line) => line !== "");
  if (text === "") return null;
  if (answers.length > 1) return { kind: "choice", question: text, options: answers, shape: { holds } };
  const [from, to] = [readNumber(low), readNumber(high)];
  if (answers.length === 1 || !(from > 0 && to > from && Number.isFinite(to))) return null;
  return {
    kind: "number",
    question: text,
    options: null,
    shape: { holds, low: from, high: to, whole: false, mark: null },
  };
}

/**
 * The moves that a poll allows now, the next one first.
 *
 * @param {Pick<Poll, "state" | "round">} poll
 * @returns {("close" | "second" | "reveal" | "done")[]}
 */
export function movesOf({ state, round }) {
  if (state === "open") return ["close"];
  if (state === "revealed") return ["done"];
  return round === 1 ? ["second", "reveal"] : ["reveal"];
}

/**
 * @param {object} page
 * @param {Stores} page.stores
 * @param {(act: () => Promise<unknown>) => void} page.attempt
 * @param {() => { lesson: Lesson | null, values: LessonValues }} page.lesson
 * @param {() => void} page.play Play the runs from their beginning.
 */
export function createPollCard({ stores, attempt, lesson, play }) {
  const body = el("div", { class: "sheet-body" });
  const element = el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", {}, words.title)), body);
  const form = createOwn((asked) => attempt(() => askPoll(asked)));
  /** @type {Poll | null} */
  let poll = null;
  /** @type {Map<number, PollResult>} By round. */
  const rounds = new Map();
  let students = 0;
  let shown = "";

  /** @param {Poll | null} now */
  function take(now) {
    const key = JSON.stringify(now);
    if (key === shown) return;
    shown = key;
    if (now?.id !== poll?.id) rounds.clear();
    poll = now;
    for (const result of now?.results ?? []) rounds.set(result.round, result);
    const crowd = now?.state === "revealed" ? crowdOf(now) : null;
    stores.view.update((old) => ({ ...old, crowd }));
    show();
  }

  function show() {
    if (poll === null) return showAsking();
    const asked = poll;
    const results = [...rounds.values()].filter((result) => result.count > 0 || result.round === asked.round);
    const [first, ...rest] = movesOf(asked);
    const button = (/** @type {typeof first} */ move, /** @type {boolean} */ main) =>
      move &&
      el(
        "button",
        { type: "button", class: main ? "primary" : "", onclick: () => attempt(() => act(move)) },
        words[move],
      );
    const csv = el("a", { class: "quiet", href: resultsAddress(asked.id), download: true }, words.csv);
    const count = rounds.get(asked.round)?.count ?? 0;
    fill(
      body,
      el("p", { class: "asked" }, asked.question),
      el("p", { class: "votes-count", role: "status" }, words.votes(count, Math.max(students, count))),
      createResults(asked, results, null),
      el("div", { class: "row" }, button(first, true), ...rest.map((move) => button(move, false)), csv),
    );
  }

  function showAsking() {
    const { lesson: told, values } = lesson();
    const filled = (/** @type {string} */ text) => fillValues(text, values);
    const button = (/** @type {string} */ name, /** @type {() => PollAsked} */ asked) =>
      el("button", { type: "button", onclick: () => attempt(() => askPoll(asked())) }, name);
    const ofLesson = told && button(words.ofLesson, () => pollOf(told, stores.spec.get(), filled));
    const ofNotice = told && button(words.ofNotice, () => choiceOf(told.notice, false, filled));
    const own = el("details", { class: "more" }, el("summary", {}, words.own), form);
    fill(body, el("div", { class: "row" }, ofLesson, ofNotice), own);
  }

  /** @param {ReturnType<typeof movesOf>[number]} move */
  async function act(move) {
    if (!poll) return;
    const { id, round } = poll;
    if (move === "close") await movePoll(id, { state: "closed" });
    else if (move === "second") await movePoll(id, { state: "open", round: round + 1 });
    else if (move === "done") await dropPoll(id);
    else {
      await movePoll(id, { state: "revealed" });
      if (poll?.shape?.holds ?? true) play();
    }
  }

  show();
  return {
    element,
    take,
    /** The votes of a round so far. @param {{ id: string, round: number, histogram: PollResult }} told */
    count({ id, round, histogram }) {
      if (id !== poll?.id) return;
      rounds.set(round, histogram);
      show();
    },
    /** How many could answer. @param {number} n */
    size(n) {
      if (n === students) return;
      students = n;
      if (poll) show();
    },
    next() {
      const [move] = poll ? movesOf(poll) : [];
      if (move) attempt(() => act(move));
    },
    /** What was revealed goes with its lesson. */
    settle: () => poll?.state === "revealed" && attempt(() => act("done")),

    /** The lesson is another one. */
    renew: () => poll === null && showAsking(),
  };
}

/** @param {(asked: PollAsked) => void} send */
function createOwn(send) {
  const [question, options, low, high, holds] = [newId(), newId(), newId(), newId(), newId()];
  const fields = {
    question: el("input", { id: question, type: "text", autocomplete: "off", maxlength: 300 }),
    options: el("textarea", { id: options, rows: 3 }),
    low: el("input", { id: low, type: "text", inputmode: "decimal", class: "number" }),
    high: el("input", { id: high, type: "text", inputmode: "decimal", class: "number" }),
    holds: el("input", { id: holds, type: "checkbox" }),
  };
  const error = el("p", { class: "error", role: "alert", hidden: true }, words.bad);
  const label = (/** @type {string} */ id, /** @type {string} */ text) => el("label", { for: id }, text);
  const form = el(
    "form",
    { class: "own-poll" },
    label(question, words.question),
    fields.question,
    label(options, words.options),
    fields.options,
    el("div", { class: "row" }, label(low, words.low), fields.low, label(high, words.high), fields.high),
    el("div", { class: "row" }, fields.holds, label(holds, words.holds)),
    error,
    el("button", { type: "submit", class: "primary" }, words.ask),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = ownPoll({
      question: fields.question.value,
      options: fields.options.value,
      low: fields.low.value,
      high: fields.high.value,
      holds: fields.holds.checked,
    });
    error.hidden = asked !== null;
    if (asked) send(asked);
  });
  return form;
}
