/** The glossary: every term with its definition, formula, a run that shows it, and the lessons that teach it. */

/** @import { LessonListed, Term } from "../types/lessons.js" */

import { createMiniatures } from "../glossary/miniatures.js";
import { termAddress } from "../lessons/terms.js";
import { sentenceOf } from "../server/api.js";
import { getGlossary, getLessons } from "../server/lessons.js";
import { hrefOf } from "../state/site/root.js";
import { el, fill, find } from "../ui/dom.js";
import { formula } from "../ui/mathml.js";
import { startShell } from "../ui/shell.js";
import { glossary as words } from "../words/learning/glossary.js";

const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const field = find(document, "#find", HTMLInputElement);
const { status, notice } = startShell({});
const miniatures = createMiniatures();
/** @type {{ card: HTMLElement, text: string }[]} */
let cards = [];

startMoving();
field.addEventListener("input", search);
void start();

async function start() {
  const list = place("terms");
  try {
    const [{ items }, lessons] = await Promise.all([getGlossary(), getLessons()]);
    const sorted = items.toSorted((a, b) => a.name.localeCompare(b.name, document.documentElement.lang));
    cards = sorted.map((term) => ({ card: cardOf(term, lessons.items), text: `${term.name} ${term.definition}` }));
    fill(list, ...cards.map(({ card }) => card));
    search();
    toTerm();
    addEventListener("hashchange", toTerm);
  } catch (error) {
    notice(sentenceOf(error));
  }
  list.removeAttribute("aria-busy");
  status("ready");
}

/**
 * @param {Term} term
 * @param {readonly LessonListed[]} lessons
 */
function cardOf({ name, definition, mathml, lessons: slugs, example }, lessons) {
  const taught = lessons.filter(({ slug }) => slugs.includes(slug));
  const links = taught.map(({ slug, title }) => el("li", {}, el("a", { href: hrefOf(`lessons/${slug}`) }, title)));
  return el(
    "li",
    { class: "card term-card", id: termAddress(name).split("#")[1], tabindex: "-1" },
    el("h2", {}, name),
    el("p", {}, definition),
    mathml ? el("p", { class: "formula" }, formula(mathml)) : null,
    example ? miniatures.create(name, example) : null,
    links.length > 0 && el("p", { class: "help" }, words.in),
    links.length > 0 && el("ul", { class: "taught" }, ...links),
  );
}

/** Show the terms that have all the words of the field. */
function search() {
  const wanted = field.value.toLowerCase().split(/\s+/);
  for (const { card, text } of cards) card.hidden = !wanted.every((word) => text.toLowerCase().includes(word));
  place("count").textContent = words.found(cards.filter(({ card }) => !card.hidden).length);
}

/** Go to the term that the address names. */
function toTerm() {
  const wanted = location.hash.slice(1);
  const found = cards.find(({ card }) => [card.id, encodeURIComponent(card.id)].includes(wanted));
  found?.card.scrollIntoView({ block: "center" });
  found?.card.focus({ preventScroll: true });
}

function startMoving() {
  const button = place("moving");
  const show = () => button.setAttribute("aria-pressed", String(miniatures.playing()));
  button.addEventListener("click", () => {
    miniatures.play(!miniatures.playing());
    show();
  });
  show();
}
