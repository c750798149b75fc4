/** The card that is asked: its question, then its answer, then how well it was known. */

/** @import { LessonValues } from "../types/lessons.js" */

import { fillValues } from "../lessons/prose.js";
import { hrefOf } from "../state/site/root.js";
import { el, fill } from "../ui/dom.js";
import { formula } from "../ui/mathml.js";
import { cards as words } from "../words/learning/cards.js";

/** @typedef {import("./deck.js").Card} Card */

/** How well a card was known, from the left: what SM-2 calls it. */
export const QUALITIES = /** @type {const} */ ([1, 3, 4, 5]);

/**
 * @param {HTMLElement} place
 * @param {object} acts
 * @param {(lesson: string) => Promise<LessonValues>} acts.valuesOf
 * @param {(card: Card, quality: number) => number} acts.interval Days until the card would come again.
 * @param {(card: Card, quality: number) => void} acts.grade
 */
export function createTable(place, { valuesOf, interval, grade }) {
  /** @type {Card | null} */
  let card = null;
  let open = false;
  const question = el("h2", {});
  const answers = el("ul", { class: "card-answers" });
  const answer = el("div", { class: "card-answer", tabindex: "-1", role: "group", "aria-label": words.answer });
  const reveal = el("button", { type: "button", class: "primary", onclick: show }, words.reveal);
  const grades = el("div", { class: "card-grades", role: "group", "aria-label": words.how });
  const source = el("p", { class: "help" });

  /** Ask a card. @param {Card} next @param {boolean} focus Whether the keyboard goes on from here. */
  function ask(next, focus) {
    card = next;
    open = false;
    source.textContent = next.source;
    question.textContent = fillValues(next.question, {});
    fill(answers, ...next.answers.map((one) => el("li", {}, one)));
    answers.hidden = next.answers.length === 0;
    fill(place, source, question, answers, el("div", { class: "card-grades" }, reveal));
    if (focus) reveal.focus({ preventScroll: true });
  }

  /** Turn the card round. */
  function show() {
    if (!card || open) return;
    open = true;
    const now = card;
    const because = el("p", {}, fillValues(now.because, {}));
    const more = now.lesson !== "" && el("a", { href: hrefOf(`lessons/${now.lesson}`) }, words.tryIt);
    fill(
      answer,
      el("p", { class: "card-right" }, now.answer),
      now.mathml ? el("p", {}, formula(now.mathml)) : null,
      now.because ? because : null,
      more,
    );
    fill(
      grades,
      ...QUALITIES.map((quality) => {
        const days = words.days(interval(now, quality));
        const label = el("span", { class: "help" }, days);
        return el("button", { type: "button", onclick: () => mark(quality) }, words.grades[quality], label);
      }),
    );
    fill(place, source, question, answers, answer, grades);
    answer.focus({ preventScroll: true });
    if (/\{/.test(now.because)) void fillIn(now, because);
  }

  /**
   * The values of a lesson's runs come when they come.
   *
   * @param {Card} now
   * @param {HTMLElement} because
   */
  async function fillIn({ lesson, because: text }, because) {
    try {
      because.textContent = fillValues(text, await valuesOf(lesson));
    } catch {
      because.remove(); // Without its numbers the sentence says nothing.
    }
  }

  /** @param {number} quality */
  function mark(quality) {
    if (card && open) grade(card, quality);
  }

  return { ask, show, mark, close: () => (card = null), open: () => open };
}
