/** The runs that a lesson shows: one set-up or several, and the way back to them. */

/** @import { Spec, Store, Stores } from "../types/page.js" */
/** @import { Lesson, LessonSpec } from "../types/lessons.js" */

import { encode } from "../state/link.js";
import { hrefOf } from "../state/site/root.js";
import { isNetwork } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { createTabs } from "../ui/tabs.js";
import { lessons as words } from "../words/learning/lessons.js";

/**
 * The set-up of a lesson as the page plays it: with the defaults that it needs, and one seed of each run.
 *
 * @param {LessonSpec} spec
 * @returns {Spec}
 */
export function stageSpec({ seeds: _, ...spec }) {
  return { seed: 0, dtype: isNetwork(spec.problem) ? "float32" : "float64", ...spec };
}

/**
 * Tabs for the presets, what they compare, and the button that brings them back.
 *
 * @param {HTMLElement} place
 * @param {Pick<Lesson, "presets">} lesson
 * @param {Pick<Stores, "spec">} stores
 * @param {Store<number>} shown Which of them is on the stage, as it is or changed.
 * @param {(spec: Spec) => void} open
 */
export function startPresets(place, lesson, { spec }, shown, open) {
  const specs = lesson.presets.map((preset) => stageSpec(preset.spec));
  const list = el("div", { class: "presets", "aria-label": words.presets });
  const text = el("p", { class: "help preset-text" });
  const reset = el("button", {
    type: "button",
    class: "quiet",
    title: words.resetHelp,
    onclick: () => choose(shown.get()),
  });
  reset.append(icon("restart"), words.reset);
  const begun = specs.findIndex((one) => sameSpec(one, spec.get()));
  shown.update(() => Math.max(0, begun));
  const names = lesson.presets.map(({ name }, i) => /** @type {const} */ ([String(i), name]));
  const tabs = createTabs(list, names, (name) => choose(Number(name)), "stage");
  fill(place, list, el("div", { class: "preset-row" }, text, reset));

  /** @param {number} i */
  function choose(i) {
    shown.update(() => i);
    const chosen = specs[i];
    if (chosen) open(chosen);
  }

  watchAll({ spec, shown }, (now) => {
    const preset = lesson.presets[now.shown];
    const own = specs[now.shown];
    const seeds = preset?.spec.seeds ?? 1;
    tabs.show(String(now.shown));
    text.textContent = [preset?.text, seeds > 1 && words.one(seeds)].filter(Boolean).join(" ");
    reset.disabled = own !== undefined && sameSpec(own, now.spec);
  });
}

/**
 * A link to the workbench with what is on the stage.
 * @param {Pick<Stores, "spec" | "view">} stores
 */
export function createExit({ spec, view }) {
  const link = el("a", { class: "quiet", href: hrefOf() }, words.open);
  watchAll({ spec, view }, (now) => {
    const state = encode(now);
    link.hidden = state === null;
    link.href = hrefOf(`#${state}`);
  });
  return link;
}

/**
 * @param {Spec} one
 * @param {Spec} other
 */
export function sameSpec(one, other) {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** The same with its keys in order: a link writes them in its own. @param {unknown} node @returns {unknown} */
function sorted(node) {
  if (Array.isArray(node)) return node.map(sorted);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, sorted(value)]),
  );
}
