/** "This step": the update at the clock's step, part by part, with the rule's formula filled in. */

/** @import { RunView, Stores } from "../types/page.js" */
/** @import { Tile } from "../state/update-terms.js" */

import { valueAt } from "../state/run-data.js";
import { watchAll } from "../state/store.js";
import { linesOf, tilesOf } from "../state/update-terms.js";
import { el, fill } from "../ui/dom.js";
import { lineSample } from "../ui/line-sample.js";
import { count, number, words } from "../words/workbench.js";

/**
 * @param {Stores} stores
 */
export function createUpdateCard(stores) {
  const { spec, runs, clock, view, landscape, update } = stores;
  const head = el("h3", {});
  const tiles = el("dl", { class: "update-tiles" });
  const lines = el("p", { class: "update-lines" });
  const element = el(
    "section",
    { class: "this-step", tabindex: 0, "aria-label": words.update.title },
    head,
    tiles,
    lines,
  );
  let shown = "";

  function show() {
    const { selected, theme } = view.get();
    const run = runs.get().find(({ index }) => index === selected);
    const asked = spec.get().runs[selected];
    if (!run || !asked) return clear(); // Another problem: what was shown is of the one before.
    const now = update.get();
    const at = now?.step ?? Math.floor(clock.get().step + 1e-9);
    const made = now ? tilesOf(now, now.rule) : recorded(run, at);
    const filled = now ? linesOf(now, now.rule, landscape.get()?.variables ?? []) : [];
    const key = JSON.stringify([selected, theme, run.label, at, made, filled]);
    if (key === shown) return;
    shown = key;
    fill(
      head,
      lineSample(selected, theme),
      el("span", {}, words.update.head(run.label, count(at), now ? count(at + 1) : "")),
    );
    fill(tiles, ...made.map(tileOf));
    fill(lines, ...filled.map((text) => el("span", {}, text)));
  }

  function clear() {
    shown = "";
    for (const part of [head, tiles, lines]) fill(part);
  }

  watchAll({ spec, runs, clock, view, landscape, update }, show);
  return element;
}

/**
 * What the trace has of a step, where its update is not told.
 *
 * @param {RunView} run
 * @param {number} step
 * @returns {Tile[]}
 */
function recorded(run, step) {
  const names = /** @type {const} */ (["loss", "grad_norm", "lr", "step_norm", "sharpness"]);
  return names.flatMap((name) => {
    const value = valueAt(run, name, step);
    return Number.isNaN(value) ? [] : [{ name: words.update.recorded[name], formula: "", value: number(value) }];
  });
}

/** @param {Tile} tile */
function tileOf({ name, formula, value, part }) {
  return el("div", { "data-part": part }, el("dt", {}, name, formula && el("span", {}, formula)), el("dd", {}, value));
}
