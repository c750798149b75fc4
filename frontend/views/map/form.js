/** The card that says what a map varies: a pair of fields, their ranges, how many cells, and the button that starts. */

/** @import { Catalogue, MapPair, Spec, Stores } from "../../types/page.js" */
/** @import { Axis } from "./pairs.js" */

import { chosenRun } from "../../state/spec.js";
import { el, fill, newId } from "../../ui/dom.js";
import { showError } from "../../ui/form.js";
import { icon } from "../../ui/icons.js";
import { asLabel } from "../../words/fields.js";
import { axisName, map } from "../../words/map.js";
import { readNumber, typedNumber } from "../../words/numerals.js";
import { words } from "../../words/workbench.js";
import { pairsOf } from "./pairs.js";

const USUAL = "64"; // cells a side: there at once
const SIZES = [32, 64, 128, 256, 512, 1024];

/** @typedef {Omit<Spec, "runs"> & { kind: "map", run: Spec["runs"][number], vary: (Axis & { n: number })[] }} MapSpec */

/**
 * @param {Pick<Stores, "spec" | "view" | "landscape">} stores
 * @param {(spec: MapSpec) => void} start
 */
export function createMapForm({ spec, view, landscape }, start) {
  const menu = el("select", { class: "wide", "aria-label": map.axes, name: "pair" });
  const size = el("select", { "aria-label": map.size, name: "size" });
  for (const n of SIZES) size.append(el("option", { value: n }, map.sizes(n)));
  const sides = [side(map.across, 0, edited), side(map.up, 1, edited)];
  const begin = el(
    "button",
    { type: "button", class: "primary wide", onclick: () => attempt() },
    icon("play"),
    map.begin,
  );
  /** @type {readonly MapPair[]} */
  let pairs = [];
  /** @type {Catalogue["problems"]} */
  let problems = [];
  let offered = "";
  let taken = "";
  let chosenSize = "";
  /** @type {{ kind: string, vary: readonly (Axis & { n: number })[] } | null} What a stored map varies, until another choice is made. */
  let opened = null;

  const run = () => chosenRun(spec.get(), view.get().selected);

  function all() {
    const now = { ...spec.get(), runs: [run()] };
    const { kind } = now.problem;
    const ground = landscape.get()?.kind === kind ? landscape.get() : null;
    const known = ground ?? problems.find((one) => one.kind === kind);
    return pairsOf(pairs, now, ground, known?.first_runs);
  }

  const chosen = () => all().find(({ title }) => title === menu.value) ?? all()[0];

  function offer() {
    const found = all();
    const key = `${spec.get().problem.kind}:${JSON.stringify(found)}`;
    if (key === offered) return;
    offered = key;
    if (opened?.kind !== spec.get().problem.kind) opened = null;
    const before = found.find(isOpened)?.title ?? menu.value;
    fill(menu, ...found.map(({ title }) => el("option", {}, title)));
    menu.value = found.some(({ title }) => title === before) ? before : (found[0]?.title ?? "");
    size.value = chosenSize || openedSize() || USUAL;
    if (JSON.stringify(ranges()) !== taken) take();
  }

  /** The axes of the chosen pair to begin with: those of the stored map, or the usual ones. */
  function ranges() {
    const pair = chosen();
    if (!pair) return [];
    const [across = pair.across, up = pair.up] = isOpened(pair) ? (opened?.vary ?? []) : [];
    return [across, up];
  }

  /** What is typed since stays until other ranges are offered. */
  function take() {
    taken = JSON.stringify(ranges());
    for (const [place, axis] of ranges().entries()) sides[place]?.show(axis);
    edited();
  }

  /** As many cells as the stored map has, where that can be chosen. */
  function openedSize() {
    const n = opened?.vary[0]?.n ?? 0;
    return SIZES.includes(n) ? String(n) : "";
  }

  /** @param {ReturnType<typeof all>[number]} pair */
  function isOpened({ across, up }) {
    return opened?.vary[0]?.field === across.field && opened.vary[1]?.field === up.field;
  }

  function edited() {
    begin.disabled = sides.some((one) => one.read() === null);
  }

  /**
   * What the form asks for; null where that cannot be asked for.
   *
   * @param {number} most Cells a side.
   * @returns {MapSpec | null}
   */
  function wanted(most) {
    const [across, up] = sides.map((one) => one.read());
    const { runs: _, ...rest } = spec.get();
    if (!across || !up || !chosen()) return null;
    const n = Math.min(most, Number(size.value));
    const vary = [
      { ...across, n },
      { ...up, n },
    ];
    return { ...rest, kind: "map", run: run(), vary };
  }

  function attempt() {
    const now = wanted(Infinity);
    if (now) start(now);
  }

  menu.addEventListener("change", () => {
    opened = null;
    take();
  });
  size.addEventListener("change", () => {
    chosenSize = size.value;
  });
  const unwatch = [spec.watch(offer), view.watch(offer), landscape.watch(offer)];
  return {
    element: el(
      "section",
      { class: "card", "aria-labelledby": "axes-title" },
      el("div", { class: "card-head" }, el("h2", { id: "axes-title" }, map.axes), size),
      menu,
      ...sides.map((one) => one.element),
      begin,
    ),
    /**
     * Offer the pairs of the catalogue.
     * @param {Catalogue} known
     */
    know(known) {
      pairs = known.map_pairs;
      problems = known.problems;
      offer();
    },
    /**
     * Say what a stored map varies.
     * @param {readonly (Axis & { n: number })[]} vary
     */
    open(vary) {
      opened = { kind: spec.get().problem.kind, vary };
      chosenSize = "";
      offered = taken = "";
      offer();
    },
    wanted,

    /** Whether anything can be mapped; null while that is not known yet. */
    offers: () => (pairs.length === 0 ? null : all().length > 0),

    /** Which fields vary, as the form says it. */
    fields: () => ranges().map(({ field }) => field),

    /** @param {boolean} busy */
    wait(busy) {
      begin.disabled = busy;
    },
    close() {
      for (const stop of unwatch) stop();
    },
  };
}

/**
 * One axis: its field, ends and scale.
 *
 * @param {string} label
 * @param {number} place
 * @param {() => void} changed
 */
function side(label, place, changed) {
  const name = el("span", { class: "map-field" });
  const from = box(map.from, changed);
  const to = box(map.to, changed);
  const scale = el("select", { "aria-label": `${label}: ${map.scale}` });
  for (const [value, text] of Object.entries(map.scales)) scale.append(el("option", { value }, asLabel(text)));
  scale.addEventListener("change", changed);
  const error = el("p", { class: "error", hidden: true });
  const element = el(
    "fieldset",
    { class: "map-axis", "data-loc": `vary.${place}` },
    el("legend", {}, `${label}: `, name),
    from.element,
    to.element,
    scale,
    error,
  );
  let field = "";

  return {
    element,
    /** @param {Axis} axis */
    show(axis) {
      field = axis.field;
      name.textContent = axisName(axis.field);
      from.control.value = typedNumber(axis.from);
      to.control.value = typedNumber(axis.to);
      scale.value = axis.scale;
    },
    /** @returns {Axis | null} */
    read() {
      const ends = [from.control, to.control].map(({ value }) => readNumber(value));
      const [low = NaN, high = NaN] = ends;
      const log = scale.value === "log";
      const wrong = !ends.every(Number.isFinite) || (log && Math.min(low, high) <= 0);
      showError(element, wrong ? words.notNumber : null);
      return wrong ? null : { field, from: low, to: high, scale: log ? "log" : "linear" };
    },
  };
}

/**
 * @param {string} label
 * @param {() => void} changed
 */
function box(label, changed) {
  const id = newId();
  const control = el("input", { id, type: "text", inputmode: "decimal", autocomplete: "off" });
  control.addEventListener("input", changed);
  return { control, element: el("div", { class: "sweep-box" }, el("label", { for: id }, label), control) };
}
