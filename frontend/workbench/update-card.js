/** "This step": one line on the update at the clock's step; it opens to its parts, and the rule's formula filled in. */

/** @import { RunView, Stores } from "../types/page.js" */
/** @import { UpdateTerm } from "../types/wire.js" */

import { valueAt } from "../state/run-data.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { lineSample } from "../ui/line-sample.js";
import { count, number, toNumber, words } from "../words/workbench.js";

const MOST = 2; // coordinates that are written one by one

/** @typedef {{ name: string, formula: string, value: string, part?: UpdateTerm["part"] }} Tile */

/**
 * @param {Stores} stores
 */
export function createUpdateCard(stores) {
  const { spec, runs, clock, view, update } = stores;
  const head = el("summary", {});
  const tiles = el("dl", { class: "update-tiles" });
  const lines = el("p", { class: "update-lines" });
  const parts = el("div", { class: "update-parts", tabindex: 0, role: "group", "aria-label": words.update.title });
  parts.append(tiles, lines);
  const element = el("details", { class: "this-step" }, head, parts);
  let shown = "";

  function show() {
    const { selected, theme } = view.get();
    const run = runs.get().find(({ index }) => index === selected);
    const asked = spec.get().runs[selected];
    if (!run || !asked) return clear(); // Another problem: what was shown is of the one before.
    const now = update.get();
    const at = now?.step ?? Math.floor(clock.get().step + 1e-9);
    const made = now ? now.terms.map(tileOf) : recorded(run, at);
    const filled = now?.lines ?? [];
    const key = JSON.stringify([selected, theme, run.label, at, made, filled]);
    if (key === shown) return;
    shown = key;
    fill(
      head,
      lineSample(selected, theme),
      el("span", {}, words.update.head(run.label, count(at), now ? count(at + 1) : "")),
      el("span", { class: "update-brief" }, made.map(({ name, value }) => `${name} ${value}`).join(", ")),
    );
    fill(tiles, ...made.map(drawn));
    fill(lines, ...filled.map((text) => el("span", {}, text)));
  }

  function clear() {
    shown = "";
    fill(head, el("span", {}, words.update.title));
    for (const part of [tiles, lines]) fill(part);
  }

  watchAll({ spec, runs, clock, view, update }, show);
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

/** @param {UpdateTerm} term @returns {Tile} */
function tileOf({ name, formula, value, part }) {
  return { name, formula, value: written(value.map(toNumber)), part };
}

/**
 * A vector: its coordinates where there are few, else its length.
 * @param {readonly number[]} vector
 */
export function written(vector) {
  if (vector.length > MOST) return `|·| = ${number(Math.hypot(...vector))}`;
  const parts = vector.map((value) => number(value)).join(", ");
  return vector.length === 1 ? parts : `(${parts})`;
}

/** @param {Tile} tile */
function drawn({ name, formula, value, part }) {
  return el("div", { "data-part": part }, el("dt", {}, name, formula && el("span", {}, formula)), el("dd", {}, value));
}
