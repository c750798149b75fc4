/** The lesson that is on the stage, as its teacher needs it: the notes of the step, its runs, and the next step. */

/** @import { Spec, Stores, View } from "../../types/page.js" */
/** @import { Lesson, LessonListed } from "../../types/lessons.js" */
/** @import { StageView } from "../../types/room.js" */
/** @import { createLeader } from "./lead.js" */

import { stageSpec } from "../../lessons/presets.js";
import { fillValues } from "../../lessons/prose.js";
import { sentenceOf } from "../../server/api.js";
import { getLesson, getLessons, getLessonValues, isWhole } from "../../server/lessons.js";
import { el, fill } from "../../ui/dom.js";
import { lessons as lessonWords } from "../../words/learning/lessons.js";
import { desk } from "../../words/room/desk.js";

const words = desk.lesson;

/** @typedef {"question" | "predict" | "notice" | "why" | "takeaway" | "quiz"} Part */

/** The steps of a lesson that a class takes together. @type {readonly Part[]} */
export const PARTS = ["question", "predict", "notice", "why", "takeaway", "quiz"];

/** The step after this one; null after the last. @param {string | null} part @returns {Part | null} */
export function partAfter(part) {
  return PARTS[PARTS.indexOf(/** @type {Part} */ (part)) + 1] ?? null;
}

/**
 * What there is to say at a step.
 *
 * @param {Lesson} lesson
 * @param {string | null} part
 * @returns {string[]}
 */
export function notesOf(lesson, part) {
  const { question, prediction, notice, why, takeaway, summary, quiz } = lesson;
  const answers = (/** @type {{ answers: string[], right: number }} */ { answers, right }) =>
    answers.map((text, i) => `${i === right ? "✓" : "–"} ${text}`);
  if (part === "predict") return [prediction.text, ...(prediction.kind === "choice" ? answers(prediction) : [])];
  if (part === "notice") return [notice.text, ...answers(notice)];
  if (part === "why") return [why, summary.detailed];
  if (part === "takeaway") return [takeaway, lesson.mnemonic];
  if (part === "quiz") return quiz.flatMap((one) => [one.text, ...(one.kind === "choice" ? answers(one) : [])]);
  return [question];
}

/**
 * @param {object} page
 * @param {Stores} page.stores
 * @param {{ open: (spec: Spec, seen?: Partial<View>) => void }} page.controller
 * @param {ReturnType<typeof createLeader>} page.leader
 * @param {() => void} page.begins Another lesson is chosen, or none.
 * @param {(text: string) => void} page.notice
 */
export function createLessonCard({ stores, controller, leader, begins, notice }) {
  const menu = el("select", { "aria-label": words.choose });
  const notes = el("div", { class: "notes" });
  const runs = el("div", { class: "row", role: "group", "aria-label": words.runs });
  const next = el("button", { type: "button", class: "primary", "aria-keyshortcuts": "N", onclick: () => go() });
  const element = el(
    "section",
    { class: "card desk-lesson" },
    el("div", { class: "card-head" }, el("h2", {}, words.title)),
    menu,
    runs,
    el("h3", { class: "unseen" }, words.notes),
    notes,
    el("div", { class: "row" }, next),
  );
  /** @type {Lesson | null} */
  let lesson = null;
  /** @type {import("../../types/lessons.js").LessonValues} */
  let values = {};
  /** @type {string | null} */
  let part = null;
  let shown = "";
  menu.addEventListener("change", () => void choose(menu.value));
  void fillMenu();

  async function fillMenu() {
    const items = await getLessons().then(
      (answer) => answer.items,
      (error) => {
        notice(sentenceOf(error));
        return /** @type {LessonListed[]} */ ([]);
      },
    );
    const options = items.map(({ slug, title }) => el("option", { value: slug }, title));
    fill(menu, el("option", { value: "" }, words.none), ...options);
    menu.value = lesson?.slug ?? "";
  }

  /** Put another lesson on the stage, or none. @param {string} slug */
  async function choose(slug) {
    begins();
    try {
      if (slug === "") return leader.goTo({ page: "workbench", lesson: null, part: null });
      await know(slug);
      leader.goTo({ page: "lesson", lesson: slug, part: "question" });
      openRuns(0);
    } catch (error) {
      notice(sentenceOf(error));
    }
  }

  /** @param {string} slug */
  async function know(slug) {
    const found = await getLesson(slug);
    lesson = isWhole(found) ? found : null; // Who leads is told all of it.
    values = {};
    void getLessonValues(slug).then((answer) => {
      if (lesson?.slug === slug) values = answer.values;
      show();
    });
  }

  /** Show runs of the lesson from their beginning, at rest. @param {number} i */
  function openRuns(i) {
    const preset = lesson?.presets[i];
    if (!preset) return;
    controller.open(stageSpec(preset.spec));
    stores.clock.update((now) => ({ ...now, step: 0, playing: false }));
  }

  /** @param {StageView} view */
  async function take(view) {
    part = view.part;
    const slug = view.page === "lesson" ? view.lesson : null;
    if (slug === null) [lesson, values] = [null, {}];
    else if (slug !== lesson?.slug) await know(slug).catch((error) => notice(sentenceOf(error)));
    menu.value = slug ?? "";
    show();
  }

  function show() {
    const told = lesson;
    const key = JSON.stringify([told?.slug, part, values]);
    if (key === shown) return;
    shown = key;
    const after = partAfter(part);
    next.hidden = told === null || after === null;
    notes.hidden = runs.hidden = told === null;
    if (told === null) return;
    if (after) fill(next, words.next(lessonWords.steps[after]));
    const heading = el("h4", {}, lessonWords.steps[/** @type {Part} */ (part ?? "question")]);
    fill(notes, heading, ...notesOf(told, part).map((text) => el("p", {}, fillValues(text, values))));
    fill(
      runs,
      ...told.presets.map(({ name }, i) => el("button", { type: "button", onclick: () => openRuns(i) }, name)),
    );
  }

  function go() {
    const after = partAfter(part);
    if (lesson !== null && after !== null) leader.goTo({ part: after });
  }

  show();
  return { element, take, next: go, shown: () => ({ lesson, values }) };
}
