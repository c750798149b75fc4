/** A lesson on the page of the workbench: it stands beside the stage, and the stage waits for its reader's prediction. */

/** @import { Spec, Store, Stores } from "../types/page.js" */
/** @import { AskedLesson, Lesson, LessonListed, LessonValues, Term } from "../types/lessons.js" */

import { getLesson, getLessons, getLessonValues, isWhole } from "../server/lessons.js";
import { USUAL } from "../state/link.js";
import { hrefOf } from "../state/site/root.js";
import { createStore } from "../state/store.js";
import { el, fill, find } from "../ui/dom.js";
import { lessons as words } from "../words/learning/lessons.js";
import { createHandles } from "./handles.js";
import { createHandout } from "./handout.js";
import { playlistOf } from "./playlist.js";
import { createExit, stageSpec, startPresets } from "./presets.js";
import { createProgress } from "./progress.js";
import { createAskedSteps, createSteps, createWays } from "./steps.js";
import { createProse } from "./terms.js";

const root = document.documentElement;
const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);

/**
 * @param {Lesson | AskedLesson} lesson Without its answers, those come when `know` finds them.
 * @param {Store<readonly Term[]>} glossary
 */
export function createGuide(lesson, glossary) {
  const { slug } = lesson;
  const progress = createProgress();
  const first = /** @type {import("../types/lessons.js").LessonPreset} */ (lesson.presets[0]);
  let waits = progress.of(slug).prediction === undefined;
  const setUp = el("div", { class: "set-up" });
  const values = createStore(/** @type {LessonValues} */ ({}));

  /** Let the runs begin. */
  let release = () => {};
  /** Show the lesson with its answers. @type {(whole: Lesson) => void} */
  let complete = () => {};
  let asking = false; // whether the answers are on their way
  let reached = ""; // the step that the class has come to

  function hold() {
    root.toggleAttribute("data-held", waits);
    place("transport").inert = waits;
  }

  /**
   * Everything that is not needed for the first picture.
   *
   * @param {Lesson} whole
   * @param {HTMLElement} ways
   */
  async function readRest(whole, ways) {
    const told = getLessonValues(slug).then((answer) => values.update(() => answer.values));
    const { items } = await getLessons();
    showWays(whole, ways, items);
    await told;
  }

  /**
   * @param {Lesson} whole
   * @param {HTMLElement} ways
   * @param {readonly LessonListed[]} all
   */
  function showWays(whole, ways, all) {
    const list = playlistOf(all, location.search);
    const at = list.items.findIndex((one) => one.slug === slug);
    const index = find(document, ".lesson-place", HTMLAnchorElement);
    index.textContent = at < 0 ? words.title : words.place(at + 1, list.items.length);
    index.href = hrefOf(`lessons${list.query}`);
    fill(ways, ...createWays(whole, { ...list, all }));
  }

  /** The lesson from its beginning, with nothing answered. */
  function again() {
    progress.forget(slug);
    history.replaceState(null, "", location.pathname + location.search);
    location.reload();
  }

  return {
    /** What is on the stage where the address says nothing else. */
    usual: { ...USUAL, spec: stageSpec(first.spec) },

    /** Where the set-up goes: below the lesson, folded. */
    setUp,

    /** Whether the runs wait for a prediction. */
    held: () => waits,

    /** They wait no more: the class has predicted. */
    release: () => release(),

    /** The class may have seen the runs by now: then the answers are there to be had. */
    async know() {
      if (asking || isWhole(lesson)) return;
      asking = true;
      const now = await getLesson(slug).catch(() => lesson); // Asked again with what the class sees next.
      asking = false;
      if (!isWhole(now)) return;
      lesson = now;
      complete(now);
      if (reached !== "") this.reach(reached);
    },

    /** Show the lesson as far as a step, and bring that into sight. @param {string} part */
    reach(part) {
      reached = part;
      const sections = [...place("controls").querySelectorAll(".lesson > [data-step]")];
      const at = sections.findIndex((one) => one instanceof HTMLElement && one.dataset.step === part);
      for (const one of sections.slice(0, at + 1)) if (one instanceof HTMLElement) one.hidden = false;
      sections[at]?.scrollIntoView({ block: "nearest" });
    },

    /**
     * @param {Stores} stores
     * @param {object} act
     * @param {(spec: Spec) => void} act.open Show another set-up from its beginning.
     * @param {() => void} act.go Let what is on the stage run.
     */
    start(stores, { open, go }) {
      release = () => {
        if (!waits) return;
        waits = false;
        hold();
        go();
      };
      const show = (/** @type {Spec} */ spec) => {
        release();
        open(spec);
      };
      const shown = createStore(0);
      const prose = createProse(values, glossary, createHandles(lesson, stores, shown, show));
      const head = el(
        "div",
        { class: "lesson-head" },
        el("a", { class: "lesson-place", href: hrefOf("lessons") }, words.title),
        el("h1", {}, lesson.title),
      );
      const quiet = (/** @type {string} */ name, /** @type {() => void} */ act) =>
        el("button", { type: "button", class: "quiet", onclick: act }, name);
      const acts = el(
        "div",
        { class: "row" },
        createExit(stores),
        quiet(words.print, () => print()),
        quiet(words.again, again),
      );
      const controls = place("controls");
      controls.setAttribute("aria-label", lesson.title);
      const article = el(
        "article",
        { class: "card lesson" },
        head,
        ...(isWhole(lesson) ? [] : createAskedSteps(lesson, prose)),
        acts,
      );
      fill(controls, article, el("details", { class: "card set-up-fold" }, el("summary", {}, words.setUp), setUp));
      complete = (whole) => {
        const ways = el("section", { "data-step": "on" });
        const handout = createHandout(whole, values, glossary);
        fill(
          article,
          head,
          ...createSteps(whole, { stores, values, glossary, progress, prose, ways, release, show }),
          acts,
        );
        controls.prepend(handout.above);
        find(document, "main", HTMLElement).append(handout.below);
        void readRest(whole, ways).then(handout.ready, handout.ready);
      };
      find(document, "main > h1", HTMLElement).remove();
      document.title = words.pageTitle(lesson.title);
      place("stage").append(el("p", { class: "hold-note" }, words.waits));
      const row = el("div", { id: "presets" });
      place("tabs").prepend(row);
      startPresets(row, lesson, stores, shown, open);
      root.toggleAttribute("data-embed", new URLSearchParams(location.search).get("embed") === "1");
      hold();
      if (isWhole(lesson)) complete(lesson);
    },
  };
}
