/** Numbers in a lesson's texts that are settings of its runs: dragged, they change what is on the stage. */

/** @import { Lesson } from "../types/lessons.js" */
/** @import { Spec, Store, Stores } from "../types/page.js" */
/** @import { Setting } from "./prose.js" */

import { set } from "../state/spec-paths.js";
import { watchAll } from "../state/store.js";
import { createDragNumber } from "../ui/drag-number.js";
import { lessons as words } from "../words/learning/lessons.js";
import { plot } from "../words/plot.js";
import { stageSpec } from "./presets.js";
import { nameOf, rangeOf, valueIn } from "./ranges.js";

/**
 * What makes a handle of a setting that a text holds: it shows what is on the stage, or what its preset has while another
 * one is there, and brings its own with it.
 *
 * @param {Pick<Lesson, "presets">} lesson
 * @param {Pick<Stores, "spec" | "view">} stores
 * @param {Store<number>} shown Which preset is on the stage.
 * @param {(spec: Spec) => void} show Put a set-up on the stage, from its beginning.
 */
export function createHandles(lesson, { spec, view }, shown, show) {
  return (/** @type {Setting} */ { preset: name, path }) => {
    const index = name === null ? 0 : lesson.presets.findIndex((one) => one.name === name);
    const own = stageSpec(/** @type {Lesson["presets"][number]} */ (lesson.presets[index]).spec);
    const isThere = () => shown.get() === index && typeof valueIn(spec.get(), path) === "number";
    const run = Number(/^runs\.(\d+)\./.exec(path)?.[1] ?? Number.NaN);
    const handle = createDragNumber({
      name: words.dragged(nameOf(path), Number.isNaN(run) ? null : plot.run(run)),
      help: words.dragHelp,
      ...rangeOf(path),
      change(value) {
        if (isThere()) spec.update((now) => set(now, path, value));
        else {
          shown.update(() => index);
          show(set(own, path, value));
        }
        if (!Number.isNaN(run)) view.update((now) => (now.selected === run ? now : { ...now, selected: run }));
      },
    });
    watchAll({ spec, shown }, () => handle.update(Number(valueIn(isThere() ? spec.get() : own, path))));
    return handle.element;
  };
}
