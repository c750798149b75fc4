/** The lesson beside its stage: question, prediction, what was seen, why, what to take away, quiz, and where to go on. */

/** @import { Ghost, RunView, Spec, Store, Stores } from "../types/page.js" */
/** @import { AskedLesson, Lesson, LessonListed, LessonValues, Term } from "../types/lessons.js" */
/** @import { createProgress } from "./progress.js" */
/** @import { createProse } from "./terms.js" */

import { trySetting } from "../server/lessons.js";
import { hrefOf } from "../state/site/root.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { createTabs } from "../ui/tabs.js";
import { lessons as words } from "../words/learning/lessons.js";
import { createChoice } from "./choice.js";
import { createDialogue } from "./dialogue.js";
import { createPrediction } from "./prediction.js";
import { sameSpec, stageSpec } from "./presets.js";
import { DEPTHS } from "./progress.js";
import { fillValues } from "./prose.js";
import { createSetting } from "./setting.js";
import { createTerm } from "./terms.js";

/**
 * @typedef {object} Page
 * @property {Stores} stores
 * @property {Store<LessonValues>} values
 * @property {Store<readonly Term[]>} glossary
 * @property {ReturnType<typeof createProgress>} progress
 * @property {ReturnType<typeof createProse>} prose
 * @property {HTMLElement} ways Where to go on.
 * @property {() => void} release The runs need not wait any more.
 * @property {(spec: Spec) => void} show Put a set-up on the stage.
 */

/**
 * @param {Lesson} lesson
 * @param {Page} page
 */
export function createSteps(lesson, page) {
  const { progress, prose, release } = page;
  const predicted = createPredicted(lesson, page, answer);
  const seen = section(
    "notice",
    createNotice(lesson, page, () => showReached(true)),
  );
  const { picture } = lesson;
  const breaks = [el("strong", {}, `${words.steps.breaks}: `), prose.tell(el("span", {}), picture.breaks)];
  const spoken = (/** @type {string} */ text) => fillValues(text, page.values.get());
  const rest = [
    section("why", prose.paragraph(lesson.why)),
    lesson.explore ? section("explore", prose.paragraph(lesson.explore)) : null,
    section("takeaway", prose.paragraph(lesson.takeaway, "takeaway")),
    section("summary", ...createSummary(lesson, page)),
    section("quiz", createQuiz(lesson, page)),
    section("picture", prose.paragraph(picture.text), el("p", {}, ...breaks)),
    section("mnemonic", prose.tell(el("p", { class: "mnemonic" }), lesson.mnemonic, false)),
    section("terms", createTermList(lesson, page)),
    el("section", {}, createDialogue(lesson.dialogue, spoken, prose.tell)),
    page.ways,
  ].filter((one) => one !== null);
  progress.answer(lesson.slug, { of: 2 + lesson.quiz.length });

  /** @param {number | number[] | null} prediction null: it was skipped. */
  function answer(prediction) {
    progress.answer(lesson.slug, { prediction });
    release();
    showReached(true);
  }

  /** @param {boolean} go Whether the reader has just come there. */
  function showReached(go) {
    const { prediction, notice } = progress.of(lesson.slug);
    const parts = [
      { elements: [seen], reached: prediction !== undefined },
      { elements: rest, reached: notice !== undefined },
    ];
    for (const { elements, reached } of parts) {
      const fresh = reached && elements[0]?.hidden;
      for (const element of elements) element.hidden = !reached;
      if (go && fresh) elements[0]?.querySelector("h2")?.focus({ preventScroll: true });
      if (go && fresh) elements[0]?.scrollIntoView({ block: elements === rest ? "start" : "nearest" });
    }
  }

  for (const element of [seen, ...rest]) element.hidden = true;
  showReached(false);
  return [section("question", prose.paragraph(lesson.question, "question")), predicted, seen, ...rest];
}

/**
 * What a class is told of a lesson before it has seen the runs.
 *
 * @param {AskedLesson} lesson
 * @param {ReturnType<typeof createProse>} prose
 */
export function createAskedSteps({ question, prediction }, prose) {
  const together = el("p", { class: "help" }, words.together);
  return [
    section("question", prose.paragraph(question, "question")),
    section("predict", prose.paragraph(prediction.text, "asked"), together),
  ];
}

/**
 * One step, with a heading that can be led to.
 *
 * @param {keyof typeof words.steps} name
 * @param {...(Node | string)} children
 */
export function section(name, ...children) {
  return el("section", { "data-step": name }, el("h2", { tabindex: -1 }, words.steps[name]), ...children);
}

/**
 * The prediction, and once it is made, what came of it.
 *
 * @param {Lesson} lesson
 * @param {Page} page
 * @param {(prediction: number | number[] | null) => void} answer
 */
function createPredicted(lesson, { stores, values, progress, prose }, answer) {
  const { prediction } = lesson;
  const truth = () => (prediction.kind === "number" ? values.get()[prediction.truth] : undefined);
  const run = el("button", { type: "submit", class: "primary" }, icon("play"), words.run);
  const skip = el("button", { type: "button", class: "quiet", onclick: () => answer(null) }, words.skip);
  const given = progress.of(lesson.slug).prediction;
  const changed = () => {
    run.disabled = asked.value() === null;
  };
  const asked = createPrediction(lesson, { stores, prose, truth, changed }, given);
  const form = el("form", {}, asked.element, el("div", { class: "row" }, run, skip));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(asked.value());
  });
  const compared = el("div", { class: "compared", role: "status" });
  const element = section("predict", form, compared);
  changed();

  const own = stageSpec(/** @type {Lesson["presets"][number]} */ (lesson.presets[0]).spec);
  let settled = false; // What was compared with the runs of the lesson at their end stays.

  function show() {
    const { prediction: made, notice } = progress.of(lesson.slug);
    form.hidden = made !== undefined;
    compared.hidden = made === undefined;
    if (made === undefined) return;
    const title = element.querySelector("h2");
    if (title) title.textContent = words.steps.predicted;
    const now = sameSpec(own, stores.spec.get());
    showGhost(stores.view, now && made !== null ? asked.ghost(made) : null);
    if (settled) return;
    const over = now && isOver(stores);
    settled = made === null || (over && (prediction.kind !== "number" || truth() !== undefined));
    if (made === null) fill(compared, el("p", { class: "help" }, words.skipped));
    else if (!over && notice === undefined) fill(compared, el("p", { class: "help" }, words.watch));
    else fill(compared, ...asked.compare(made, over ? stores.runs.get() : []));
  }

  const { clock, runs, spec } = stores;
  watchAll({ progress, values, runs, spec, clock }, show, (now) => ({
    ...now,
    progress: now.progress.lessons[lesson.slug],
    clock: now.clock.playing || now.clock.live || now.clock.step === 0,
  }));
  return element;
}

/**
 * @param {Stores["view"]} view
 * @param {Ghost | null} ghost
 */
function showGhost(view, ghost) {
  if (JSON.stringify(ghost) === JSON.stringify(view.get().ghost ?? null)) return;
  view.update((now) => ({ ...now, ghost }));
}

/**
 * Whether all runs have been seen to their ends.
 * @param {{ runs: Store<RunView[]>, clock: Stores["clock"] }} stores
 */
function isOver({ runs, clock }) {
  const { playing, live, step } = clock.get();
  return !playing && !live && step > 0 && runs.get().length > 0 && runs.get().every(({ outcome }) => outcome !== null);
}

/**
 * @param {Lesson} lesson
 * @param {Page} page
 * @param {() => void} then
 */
function createNotice({ slug, notice }, { progress, prose }, then) {
  return createChoice(notice, prose, progress.of(slug).notice, (answer) => {
    progress.answer(slug, { notice: answer });
    then();
  });
}

/**
 * What a lesson teaches, as deep as the reader wants.
 *
 * @param {Lesson} lesson
 * @param {Page} page
 */
function createSummary({ summary }, { progress, prose }) {
  const text = el("div", { role: "tabpanel", id: "summary" });
  const list = el("div", { class: "depths", "aria-label": words.depth });
  const names = DEPTHS.map((depth) => /** @type {const} */ ([depth, words.depths[depth]]));
  const tabs = createTabs(list, names, progress.read, "summary");
  const texts = Object.fromEntries(DEPTHS.map((depth) => [depth, prose.paragraph(summary[depth])]));
  progress.watch(({ depth }) => {
    tabs.show(depth);
    fill(text, texts[depth]);
  });
  return [list, text];
}

/**
 * @param {Lesson} lesson
 * @param {Page} page
 */
function createTermList({ terms }, { glossary }) {
  const list = el("p", { class: "term-list" });
  watchAll({ glossary }, (now) => {
    const known = terms.map((name) => now.glossary.find((term) => term.name === name) ?? name);
    fill(list, ...known.map((term) => (typeof term === "string" ? el("span", {}, term) : createTerm(term))));
  });
  return list;
}

/**
 * @param {Lesson} lesson
 * @param {Page} page
 */
function createQuiz({ slug, quiz }, { progress, prose, show }) {
  const given = (/** @type {number} */ i) => progress.of(slug).quiz?.[i];
  /** @param {number} i @param {any} answer */
  const keep = (i, answer) => progress.answer(slug, { quiz: { ...progress.of(slug).quiz, [i]: answer } });
  const items = quiz.map((question, i) => {
    const before = given(i);
    if (question.kind === "choice")
      return createChoice(question, prose, typeof before === "number" ? before : undefined, (answer) =>
        keep(i, answer),
      );
    return createSetting(question, prose, typeof before === "object" ? before : undefined, {
      run: (values) => trySetting(slug, i, values),
      show,
      keep: (answer) => keep(i, answer),
    });
  });
  return el("ol", { class: "quiz" }, ...items.map((item) => el("li", {}, item)));
}

/**
 * Where to go on.
 *
 * @param {Lesson} lesson
 * @param {{ items: LessonListed[], all: readonly LessonListed[], query: string }} list
 */
export function createWays({ slug, go_on: on = [] }, { items, all, query }) {
  const next = items[items.findIndex((one) => one.slug === slug) + 1];
  const others = all.filter((one) => on.includes(one.slug) && one.slug !== next?.slug);
  const link = (/** @type {LessonListed} */ one) =>
    el("a", { class: "button", href: hrefOf(`lessons/${one.slug}${items.includes(one) ? query : ""}`) }, one.title);
  const first = next && link(next);
  first?.classList.add("primary");
  const index = el("a", { class: "button", href: hrefOf(`lessons${query}`) }, words.all);
  return [el("h2", {}, words.steps.on), el("div", { class: "ways" }, first, ...others.map(link), index)];
}
