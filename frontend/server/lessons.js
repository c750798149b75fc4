/** Lessons and their terms, as the server tells them; of what a reader answers it hears only the settings to be run. */

/** @import { AskedLesson, Lesson, LessonListed, LessonValues, Term, Tried } from "../types/lessons.js" */

import { getJson, inLanguage, post } from "./api.js";

/** @returns {Promise<{ items: LessonListed[] }>} */
export const getLessons = () => getJson("api/lessons");

/** A lesson; without its answers for who is in a class that has not seen its runs. @param {string} slug @returns {Promise<Lesson | AskedLesson>} */
export const getLesson = (slug) => getJson(inLanguage(`api/lessons/${encodeURIComponent(slug)}`));

/**
 * Whether a lesson has its answers, too.
 *
 * @param {Lesson | AskedLesson} lesson
 * @returns {lesson is Lesson}
 */
export function isWhole(lesson) {
  return "notice" in lesson;
}

/** What the runs of a lesson's presets gave, by the text in braces. @param {string} slug @returns {Promise<{ values: LessonValues }>} */
export const getLessonValues = (slug) => getJson(`api/lessons/${encodeURIComponent(slug)}/values`);

/** @returns {Promise<{ items: Term[] }>} */
export const getGlossary = () => getJson("api/glossary", { priority: "low" });

/**
 * Have a setting run, which is an answer to a question of the quiz.
 *
 * @param {string} slug
 * @param {number} question Its place, from 0.
 * @param {Record<string, number>} values By the paths of the fields.
 * @returns {Promise<Tried>}
 */
export async function trySetting(slug, question, values) {
  return (await post(`api/lessons/${encodeURIComponent(slug)}/quiz/${question}`, { values })).json();
}

/**
 * A lesson to start from, as TOML.
 *
 * @param {string} title
 * @param {import("../types/page.js").Spec} spec
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function writeDraft(title, spec, signal) {
  return (await post("api/lessons/draft", { title, spec }, signal)).blob();
}
