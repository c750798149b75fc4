/** A lesson on paper: question, picture, room to write, what to take away, its terms, and the way to the live one. */

/** @import { Lesson, LessonValues, Term } from "../types/lessons.js" */
/** @import { Store } from "../types/page.js" */

import { hrefOf, publicHref } from "../state/site/root.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { lessons as words } from "../words/learning/lessons.js";
import { fillValues } from "./prose.js";

const LINES = { expected: 4, seen: 6 };

/**
 * What is printed above the picture and below it; on a screen it is not seen.
 *
 * @param {Lesson} lesson
 * @param {Store<LessonValues>} values
 * @param {Store<readonly Term[]>} glossary
 */
export function createHandout(lesson, values, glossary) {
  const address = publicHref(hrefOf(`lessons/${lesson.slug}`));
  const { prediction } = lesson;
  const answers = prediction.kind === "choice" ? prediction.answers.map((text) => el("li", {}, text)) : [];
  const above = el(
    "section",
    { class: "handout" },
    el("p", { class: "handout-name" }, `${words.handout.name}:`),
    el("h2", {}, lesson.title),
    told(el("p", {}), lesson.question, values),
    told(el("p", {}), prediction.text, values),
    answers.length > 0 && el("ul", { class: "boxes" }, ...answers),
    ...room(words.handout.write, LINES.expected),
  );
  const terms = el("dl", {});
  watchAll({ glossary }, (now) => {
    const known = now.glossary.filter(({ name }) => lesson.terms.includes(name));
    fill(terms, ...known.flatMap(({ name, definition }) => [el("dt", {}, name), el("dd", {}, definition)]));
  });
  const code = el("img", { class: "qr", alt: words.handout.qr(address), width: 96, height: 96 });
  const below = el(
    "section",
    { class: "handout" },
    ...room(words.handout.seen, LINES.seen),
    el("h3", {}, words.steps.takeaway),
    told(el("p", {}), lesson.takeaway, values),
    told(el("p", {}), lesson.mnemonic, values),
    el("h3", {}, words.steps.terms),
    terms,
    el("p", { class: "handout-link" }, code, el("span", {}, `${words.handout.live}: `, el("br"), address)),
  );
  return {
    above,
    below,
    /** A picture that is first asked for while a page is printed comes too late. */
    ready() {
      code.src = hrefOf(`api/qr?text=${encodeURIComponent(address)}`);
    },
  };
}

/**
 * @param {string} title
 * @param {number} lines
 */
function room(title, lines) {
  return [el("h3", {}, title), el("div", { class: "write", style: `--lines:${lines}` })];
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 * @param {Store<LessonValues>} values
 */
function told(element, text, values) {
  watchAll({ values }, (now) => {
    element.textContent = fillValues(text, now.values);
  });
  return element;
}
