/** A question with answers to choose from: every one of them is explained once one was chosen. */

/** @import { ChoiceQuestion } from "../types/lessons.js" */
/** @import { createProse } from "./terms.js" */

import { el, fill, newId } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { lessons as words } from "../words/learning/lessons.js";

/**
 * Answers as buttons, one tap.
 *
 * @param {ChoiceQuestion} question
 * @param {ReturnType<typeof createProse>} prose
 * @param {number | undefined} chosen
 * @param {(answer: number) => void} choose
 */
export function createChoice(question, prose, chosen, choose) {
  const id = newId();
  let answered = chosen !== undefined;
  const rows = question.answers.map((text, i) => {
    const mark = el("span", { class: "answer-mark" });
    const button = el("button", { type: "button", class: "answer", onclick: () => answer(i) });
    button.append(mark, prose.tell(el("span", {}), text, false));
    const because = question.because?.[i];
    const reason = because ? prose.paragraph(because, "because") : null;
    return { mark, button, reason, element: el("li", {}, button, reason) };
  });
  const list = el("ul", { class: "answers" }, ...rows.map(({ element }) => element));
  const element = el(
    "div",
    { role: "group", "aria-labelledby": id },
    prose.tell(el("p", { class: "asked", id }), question.text),
    list,
  );

  /** @param {number} i */
  function answer(i) {
    if (answered) return;
    answered = true;
    show(i);
    choose(i);
  }

  /** @param {number | undefined} given */
  function show(given) {
    for (const [i, row] of rows.entries()) {
      showMark(row, i === question.right, i === given, given !== undefined);
      row.button.setAttribute("aria-pressed", String(i === given));
      row.button.toggleAttribute("data-answered", given !== undefined);
      if (row.reason) row.reason.hidden = given === undefined;
    }
  }

  show(chosen);
  return element;
}

/**
 * @param {{ mark: HTMLElement, element: HTMLElement }} row
 * @param {boolean} right
 * @param {boolean} given
 * @param {boolean} shown
 */
function showMark({ mark, element }, right, given, shown) {
  element.toggleAttribute("data-right", shown && right);
  element.toggleAttribute("data-given", shown && given);
  if (!shown || !(right || given)) return fill(mark);
  const said = right ? words.right : words.wrong;
  fill(
    mark,
    icon(right ? "check" : "close"),
    el("span", { class: "unseen" }, given ? `${words.yours}, ${said}` : said),
  );
}

/**
 * Answers as a radio group, for what is sent by a button.
 *
 * @param {ChoiceQuestion} question
 * @param {ReturnType<typeof createProse>} prose
 * @param {(answer: number) => void} changed
 */
export function createRadios(question, prose, changed) {
  const name = newId();
  const boxes = question.answers.map((text, i) => {
    const box = el("input", { type: "radio", name, value: i, onchange: () => changed(i) });
    return el("label", { class: "answer" }, box, prose.tell(el("span", {}), text, false));
  });
  return el("fieldset", { class: "answers" }, prose.tell(el("legend", { class: "asked" }), question.text), ...boxes);
}
