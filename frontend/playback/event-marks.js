/** The events on the scrubber: marks that can be pointed at, reached by keys and pressed, and what they say. */

/** @import { Stores } from "../types/page.js" */
/** @import { MarkedEvent } from "./events.js" */

import { lossScale } from "../plot/ranges.js";
import { isNetwork } from "../state/spec.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { words } from "../words/workbench.js";
import { grouped, markedEvents, nextIn } from "./events.js";

const TARGET = 24; // pixels from mark to mark: what a finger needs; events that are nearer share a mark
const MOST_TOLD = 6; // events of a mark that are told in words

/** Where a key leads from a mark. */
export const TICK_KEYS = /** @type {const} */ ({
  ArrowLeft: "previousElementSibling",
  ArrowRight: "nextElementSibling",
});

/**
 * @param {Stores} stores
 * @param {(step: number) => void} seek
 * @param {(steps: number[]) => void} changed Called when there are other events, with their steps.
 */
export function createTicks(stores, seek, changed) {
  const ticks = el("div", { class: "ticks", role: "group", "aria-label": words.events });
  const said = el("p", { class: "moment", role: "status", hidden: true });
  /** @type {MarkedEvent[]} */
  let marked = [];
  /** @type {MarkedEvent[][]} */
  let groups = [];
  /** @type {MarkedEvent[] | null} */
  let pointed = null;
  let drawn = "";

  /** Other runs, another length or another width: other marks. */
  function mark() {
    const { last } = stores.clock.get();
    const width = ticks.clientWidth;
    marked = eventsNow(stores, last);
    const key = JSON.stringify([last, width, marked]);
    if (key === drawn) return;
    drawn = key;
    const perStep = width / Math.max(1, last);
    groups = grouped(marked, TARGET / perStep);
    fill(ticks, ...groups.map((group, i) => tickMark(group, last, perStep, i === 0)));
    changed(marked.map(({ step }) => step));
    tell();
  }

  /** What happened at the step at which the clock rests, or at the mark that is pointed at. */
  function tell() {
    const { step, playing, last } = stores.clock.get();
    const rest = playing ? -1 : Math.floor(step + 1e-9);
    const here = pointed ?? (rest > 0 ? marked.filter((one) => one.step === rest) : []);
    const told = here.slice(0, MOST_TOLD).map((one) => one.text);
    if (here.length > MOST_TOLD) told.push(words.moreEvents(here.length - MOST_TOLD));
    const text = told.join("\n");
    said.hidden = text === "";
    if (said.textContent !== text) said.textContent = text;
    if (text) said.style.setProperty("--at", `${(100 * (here[0]?.step ?? 0)) / Math.max(1, last)}%`);
  }

  /** @param {Event} event */
  const groupAt = ({ target }) => (target instanceof HTMLElement ? groups[[...ticks.children].indexOf(target)] : null);
  for (const type of ["pointerover", "pointerout", "focusin", "focusout"]) {
    ticks.addEventListener(type, (event) => {
      pointed = type === "pointerover" || type === "focusin" ? (groupAt(event) ?? null) : null;
      tell();
    });
  }
  ticks.addEventListener("click", (event) => {
    const steps = groupAt(event)?.map(({ step }) => step);
    if (steps) seek(nextIn(steps, Math.floor(stores.clock.get().step + 1e-9)));
  });
  ticks.addEventListener("keydown", rove);

  const { runs, events, landscape, view, clock } = stores;
  watchAll(
    { runs, events, landscape, view, clock },
    mark,
    ({ runs, events, landscape, view: { log }, clock: { last } }) => {
      return { runs, events, landscape, log, last };
    },
  );
  watchAll({ clock }, tell);
  new ResizeObserver(mark).observe(ticks);
  return [ticks, said];
}

/**
 * @param {Stores} stores
 * @param {number} last
 */
function eventsNow({ runs, events, view, landscape, spec }, last) {
  const { log } = view.get();
  const scale = isNetwork(spec.get().problem) ? null : lossScale(runs.get(), log, landscape.get()?.best ?? null);
  return markedEvents(runs.get(), last, events.get(), scale);
}

/**
 * One mark is reached by Tab; from there the arrows lead to the others.
 * @param {KeyboardEvent} event
 */
function rove(event) {
  const way = TICK_KEYS[/** @type {keyof typeof TICK_KEYS} */ (event.key)];
  if (!way) return;
  const next = event.target instanceof HTMLElement && event.target[way];
  event.preventDefault();
  event.stopPropagation();
  if (next instanceof HTMLElement) next.focus();
}

/**
 * A mark of one or more events, with a triangle for each.
 *
 * @param {readonly MarkedEvent[]} group
 * @param {number} last
 * @param {number} perStep Pixels.
 * @param {boolean} first
 */
function tickMark(group, last, perStep, first) {
  const begin = group[0]?.step ?? 0;
  const signs = group.map(({ step, tone }) =>
    el("i", { "data-tone": tone, style: `left:${(TARGET / 2 + (step - begin) * perStep).toFixed(1)}px` }),
  );
  return el(
    "button",
    {
      type: "button",
      class: "tick",
      tabindex: first ? 0 : -1,
      "aria-label": group.map(({ text }) => text).join("; "),
      style: `left:${(100 * begin) / Math.max(1, last)}%`,
    },
    ...signs,
  );
}
