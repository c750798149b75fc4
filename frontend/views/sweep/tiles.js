/** A small loss curve for every value of a sweep, all on the same axes; each is a button that puts its value into the set-up. */

/** @import { Axis, RunView, Span, SweepValue, View } from "../../types/page.js" */

import { logSpan, lossScale } from "../../plot/ranges.js";
import { stepAt } from "../../state/run-data.js";
import { el, fill, svg } from "../../ui/dom.js";
import { icon } from "../../ui/icons.js";
import { sweep } from "../../words/sweep.js";
import { number, verdict } from "../../words/workbench.js";
import { curvePath } from "../small-curve.js";
import { hasDiverged } from "./scales.js";

const WIDTH = 160;
const HEIGHT = 72;
/** @type {{ x: Span, y: Span }} */
const BOX = { x: [0, WIDTH], y: [HEIGHT, 0] };
const MOST_TILES = 64;

/**
 * Which values are drawn: all, or evenly spread ones with both ends.
 *
 * @param {number} n
 * @param {number} [most]
 */
export function drawn(n, most = MOST_TILES) {
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  return [...new Set(Array.from({ length: most }, (_, i) => Math.round((i * (n - 1)) / (most - 1))))];
}

/**
 * The loss of a run: of a network over all examples, where it was measured.
 * @param {RunView} run
 */
export function lossOf(run) {
  return run.columns.get("train_loss") ?? run.columns.get("loss");
}

/**
 * The axis that all curves share, and what is subtracted from every loss so that its logarithm exists.
 *
 * @param {readonly RunView[]} runs
 * @returns {{ axis: Axis, shift: number }}
 */
export function sharedAxis(runs) {
  if (!runs.some((run) => run.columns.has("train_loss"))) {
    const { range, log, shift } = lossScale(runs, true);
    return { axis: { range, log, title: "" }, shift };
  }
  const [starts, ends] = [0, -1].map((place) =>
    runs
      .filter((run) => run.n > 0 && run.outcome?.kind !== "diverged")
      .map((run) => lossOf(run)?.[place < 0 ? run.n - 1 : place] ?? NaN)
      .filter((loss) => loss > 0 && Number.isFinite(loss)),
  );
  if (!starts?.length || !ends?.length) return { axis: { range: [-2, 1], log: true, title: "" }, shift: 0 };
  return { axis: { range: logSpan(Math.min(...ends), 2 * Math.max(...starts)), log: true, title: "" }, shift: 0 };
}

/**
 * The loss of a run as it is drawn small.
 * @param {RunView} run
 */
export function curveOf(run) {
  const loss = lossOf(run) ?? [];
  const held = run.columns.has("train_loss"); // measured now and then: drawn where it changes, and at both ends
  const drawn = Array.from({ length: run.n }, (_, i) => i).filter(
    (i) => !held || i === 0 || i === run.n - 1 || loss[i] !== loss[i - 1],
  );
  return { step: drawn.map((i) => stepAt(run, i)), loss: drawn.map((i) => loss[i] ?? NaN), n: drawn.length };
}

/**
 * @typedef {object} Tile
 * @property {SweepValue} value
 * @property {string} label
 * @property {string} run Which run, where several are listed.
 * @property {string} name With the field's.
 * @property {string} color
 */

/**
 * The list of tiles; pointing at one, or reaching it by the keyboard, tells which.
 *
 * @param {(i: number | null) => void} point
 * @param {(i: number) => void} use
 */
export function createTiles(point, use) {
  const list = el("ol", { class: "tiles", "aria-label": sweep.curves });
  /** @type {{ button: HTMLButtonElement, plot: Element, text: HTMLElement, run: HTMLElement, note: HTMLElement, key: number }[]} */
  let tiles = [];

  /** @param {number} key */
  function make(key) {
    const plot = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    const text = el("strong", {});
    const run = el("span", { class: "tile-run" });
    const note = el("span", { class: "tile-note" });
    const head = el("span", { class: "tile-head" }, text, run, note);
    const button = el("button", { type: "button", class: "tile", onclick: () => use(key) }, head);
    button.append(plot);
    for (const kind of ["pointerenter", "focus"]) button.addEventListener(kind, () => point(key));
    for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, () => point(null));
    return { button, plot, text, run, note, key };
  }

  return {
    element: list,

    clear() {
      tiles = [];
      fill(list);
    },

    /**
     * @param {readonly Tile[]} all
     * @param {readonly RunView[]} runs
     * @param {number} steps
     * @param {boolean} network
     */
    show(all, runs, steps, network) {
      const keys = drawn(all.length);
      if (keys.join() !== tiles.map(({ key }) => key).join()) {
        tiles = keys.map(make);
        fill(list, ...tiles.map(({ button }) => el("li", {}, button)));
      }
      const frame = { ...sharedAxis(runs), ...BOX, last: steps };
      for (const { button, plot, text, run, note, key } of tiles) {
        const tile = all[key];
        if (!tile) continue;
        button.title = sweep.useHelp(tile.name);
        text.textContent = tile.label;
        run.textContent = tile.run;
        text.style.setProperty("--color", tile.color);
        showNote(note, tile.value, runs, network);
        const own = tile.value.runs.map((i) => runs[i]).filter((one) => one !== undefined);
        const lines = own.map((one) => svg("path", { d: curvePath(curveOf(one), frame), stroke: tile.color }));
        plot.replaceChildren(...lines);
        button.toggleAttribute("data-diverged", hasDiverged(tile.value));
      }
    },

    /** @param {number | null} hovered @param {number | null} best */
    mark(hovered, best) {
      for (const { button, key } of tiles) {
        button.toggleAttribute("data-hovered", key === hovered);
        button.toggleAttribute("data-best", key === best);
      }
    },
  };
}

/**
 * What came of a value, in a word and its final loss.
 *
 * @param {HTMLElement} note
 * @param {SweepValue} value
 * @param {readonly RunView[]} runs
 * @param {boolean} network
 */
function showNote(note, value, runs, network) {
  const told = outcomeOf(value, runs, network);
  const text = told.tone === "bad" ? told.word : endOf(value);
  if (note.textContent === text && note.dataset.tone === told.tone) return;
  note.dataset.tone = told.tone;
  note.title = told.word;
  fill(note, told.icon && icon(told.icon), text);
}

/** @param {SweepValue} value */
function endOf({ final }) {
  return final === null ? "" : typeof final === "number" ? number(final) : number(Infinity);
}

/**
 * What came of the runs of a value, in a word.
 *
 * @param {SweepValue} value
 * @param {readonly RunView[]} runs
 * @param {boolean} network
 * @returns {{ word: string, tone: "good" | "bad" | "warn" | "slow", icon: import("../../words/workbench.js").Verdict["icon"] | null }}
 */
export function outcomeOf(value, runs, network) {
  const { diverged, runs: own } = value;
  if (diverged > 0) return { word: sweep.ofSeeds(diverged, own.length, sweep.diverged), tone: "bad", icon: "triangle" };
  const outcome = runs[own[0] ?? -1]?.outcome ?? null;
  if (!outcome) return { word: "", tone: "slow", icon: null };
  return verdict(outcome, network);
}
