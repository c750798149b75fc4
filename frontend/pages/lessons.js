/** The index of lessons: what each asks, which terms it teaches, and how far its reader is. */

/** @import { LessonListed } from "../types/lessons.js" */

import { fileName, save } from "../export/save.js";
import { playlistOf } from "../lessons/playlist.js";
import { createProgress, doneOf, NoAnswers } from "../lessons/progress.js";
import { fillValues } from "../lessons/prose.js";
import { sentenceOf } from "../server/api.js";
import { getLessons } from "../server/lessons.js";
import { hrefOf } from "../state/site/root.js";
import { el, fill, find } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { startShell } from "../ui/shell.js";
import { lessons as words } from "../words/learning/lessons.js";

const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const { status, notice } = startShell({});
const progress = createProgress();

startKeeping();
void start();

async function start() {
  const list = place("lessons");
  try {
    const all = await getLessons();
    const { items, unknown, query } = playlistOf(all.items, location.search);
    if (unknown.length > 0) notice(words.unknown(unknown));
    progress.watch(() => fill(list, ...items.map((item, i) => createCard(item, i, query))));
    if (items.length === 0) fill(list, el("li", {}, words.none));
  } catch (error) {
    notice(sentenceOf(error));
  }
  list.removeAttribute("aria-busy");
  status("ready");
}

/**
 * @param {LessonListed} lesson
 * @param {number} i
 * @param {string} query
 */
function createCard({ slug, title, question, terms }, i, query) {
  const { done, of } = doneOf(progress.of(slug));
  const begun = of > 0 && done > 0;
  const bar = begun && el("progress", { value: done, max: of, "aria-label": words.progress(done, of) });
  const said = begun && done < of ? words.progress(done, of) : begun ? words.finished : "";
  return el(
    "li",
    { class: "card lesson-card", "data-done": begun && done >= of },
    el("span", { class: "lesson-number", "aria-hidden": "true" }, String(i + 1)),
    el("h2", {}, el("a", { href: hrefOf(`lessons/${slug}${query}`) }, title)),
    el("p", { class: "lesson-question" }, fillValues(question, {})),
    el("p", { class: "lesson-terms" }, ...terms.map((term) => el("span", { class: "chip" }, term))),
    el("p", { class: "lesson-progress" }, bar, begun && done >= of && icon("check"), el("span", {}, said)),
  );
}

/** Export, import and erase what is kept in this browser. */
function startKeeping() {
  const file = find(document, "#file", HTMLInputElement);
  place("export").addEventListener("click", () => {
    save(new Blob([progress.exported()], { type: "application/json" }), fileName(words.title, "json"));
  });
  place("import").addEventListener("click", () => file.click());
  place("erase").addEventListener("click", () => offer(words.erased, progress.erase()));
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    file.value = "";
    if (chosen) take(await chosen.text());
  });
}

/** @param {string} text Of a file. */
function take(text) {
  try {
    offer(words.took, progress.imported(text));
  } catch (error) {
    if (!(error instanceof NoAnswers)) throw error;
    notice(words.noAnswers);
  }
}

/**
 * Say what was done, and offer to take it back.
 *
 * @param {string} sentence
 * @param {() => void} act
 */
function offer(sentence, act) {
  notice(sentence, false, { label: words.undo, act });
}
