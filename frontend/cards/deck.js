/** The deck: a card for every term and every question, with what its two sides say. */

/** @import { Lesson, Term } from "../types/lessons.js" */

import { cards as words } from "../words/learning/cards.js";

/**
 * @typedef {object} Card
 * @property {string} id Stays the same, so that what is kept of the card finds it again.
 * @property {string} question
 * @property {readonly string[]} answers To choose from; none where the answer is free.
 * @property {string} answer
 * @property {string} because Why, with values of the lesson's runs in braces.
 * @property {string} mathml A formula that belongs to the answer, or nothing.
 * @property {string} lesson The lesson that it is of, or nothing.
 * @property {string} source Where it comes from, in words.
 */

/**
 * Terms first as the glossary has them, then the questions of all lessons.
 *
 * @param {readonly Term[]} terms
 * @param {readonly Lesson[]} lessons
 * @returns {Card[]}
 */
export function deckOf(terms, lessons) {
  return [...terms.map(ofTerm), ...lessons.flatMap(ofLesson)];
}

/** @param {Term} term @returns {Card} */
function ofTerm({ id, name, definition, mathml = "" }) {
  const empty = { answers: [], because: "", lesson: "" };
  return {
    ...empty,
    id: `term:${id ?? name}`,
    question: words.whatIs(name),
    answer: definition,
    mathml,
    source: words.term,
  };
}

/** @param {Lesson} lesson @returns {Card[]} */
function ofLesson({ slug, title, quiz }) {
  return quiz.map((question, n) => {
    const card = { id: `quiz:${slug}:${n}`, question: question.text, mathml: "", lesson: slug, source: title };
    if (question.kind === "choice") {
      const { answers, right, because = [] } = question;
      return { ...card, answers, answer: answers[right] ?? "", because: because[right] ?? "" };
    }
    const found = Object.entries(question.example ?? {}).map(([field, value]) => words.setting(field, value));
    return { ...card, answers: [], answer: words.forInstance(found), because: "" };
  });
}
