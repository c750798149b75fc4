/** The transport bar: play, step, scrub with the events marked, and speed. */

/** @import { Clock, Stores } from "./types.js" */
/** @import { Moment } from "./moments.js" */
/** @import { createClock } from "./clock.js" */

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { momentsOf } from "./moments.js";
import { lossScale } from "./ranges.js";
import { isNetwork } from "./recipe.js";
import { words } from "./words.js";

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];

/**
 * The speed one notch faster (1) or slower (-1), within what there is.
 *
 * @param {number} speed
 * @param {1 | -1} direction
 */
export function nextSpeed(speed, direction) {
  const at = SPEEDS.indexOf(speed);
  return SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at + direction))] ?? 1;
}

/**
 * @param {Element} place
 * @param {Stores} stores
 * @param {ReturnType<typeof createClock>} clock
 */
export function startTransport(place, stores, clock) {
  const play = button(() => clock.toggle(), "primary");
  const back = button(() => clock.step(-1), "square", words.stepBack);
  back.append(icon("back"));
  const forward = button(() => clock.step(1), "square", words.stepForward);
  forward.append(icon("forward"));
  const scrub = el("input", { type: "range", min: 0, step: 1, class: "scrub", "aria-label": words.scrub });
  const ticks = el("div", { class: "ticks", role: "group", "aria-label": words.moments });
  const said = el("p", { class: "moment", role: "status", hidden: true });
  const live = el("span", { class: "live", hidden: true }, words.live);
  const pauses = button(() => stores.view.update((now) => ({ ...now, pauses: !now.pauses })), "square", words.pauses);
  pauses.append(icon("flag"));
  const counter = el("output", { class: "counter" });
  const speed = el("select", { "aria-label": words.speed, class: "speed" });
  speed.append(...SPEEDS.map((value) => el("option", { value }, words.times(value))));
  scrub.addEventListener("input", () => clock.seek(scrub.valueAsNumber));
  speed.addEventListener("change", () => clock.speed(Number(speed.value)));
  fill(place, play, back, forward, el("div", { class: "scrub-box" }, scrub, ticks, said), live, counter, pauses, speed);

  const face = createFace(play);
  /** @param {Clock} now */
  function show(now) {
    const step = Math.min(now.last, Math.floor(now.step + 1e-9));
    face(now);
    if (Number(scrub.max) !== now.last) scrub.max = String(now.last);
    scrub.value = String(step);
    scrub.style.setProperty("--filled", `${now.last > 0 ? (100 * step) / now.last : 0}%`);
    const text = words.stepOf(step, now.last);
    if (counter.textContent !== text) counter.textContent = text;
    scrub.setAttribute("aria-valuetext", text);
    back.disabled = step === 0;
    forward.disabled = step >= now.last;
    if (speed.value !== String(now.speed)) speed.value = String(now.speed);
  }

  /** @type {Moment[]} */
  let moments = [];
  let drawn = "";
  /** Other runs or another length: other moments. */
  function mark() {
    const { last } = stores.clock.get();
    moments = momentsNow(stores, last);
    const key = JSON.stringify([last, moments]);
    if (key === drawn) return;
    drawn = key;
    fill(ticks, ...moments.map((one, i) => tickMark(one, last, i === 0)));
    stop();
  }

  function stop() {
    const on = stores.view.get().pauses;
    pauses.setAttribute("aria-pressed", String(on));
    clock.stopAt(on ? moments.map(({ step }) => step) : []);
  }

  /** What happened at the step at which the clock rests, or at the mark that is pointed at. */
  function tell() {
    const { step, playing, last } = stores.clock.get();
    const at = pointed ?? (playing ? -1 : Math.floor(step + 1e-9));
    const here = at > 0 ? moments.filter((one) => one.step === at) : [];
    const text = here.map((one) => one.text).join("\n");
    said.hidden = text === "";
    if (said.textContent !== text) said.textContent = text;
    if (text) said.style.setProperty("--at", `${(100 * at) / Math.max(1, last)}%`);
  }

  /** @type {number | null} */
  let pointed = null;
  const point = (/** @type {Event} */ { type, target }) => {
    const at = target instanceof HTMLElement ? Number(target.dataset.step) : NaN;
    pointed = type === "pointerover" || type === "focusin" ? (Number.isNaN(at) ? null : at) : null;
    tell();
  };
  for (const type of ["pointerover", "pointerout", "focusin", "focusout"]) ticks.addEventListener(type, point);
  ticks.addEventListener("click", ({ target }) => {
    if (target instanceof HTMLElement && target.dataset.step) clock.seek(Number(target.dataset.step));
  });
  ticks.addEventListener("keydown", rove);

  let length = -1;
  stores.clock.watch((now) => {
    show(now);
    live.hidden = !(now.live && now.playing);
    if (now.last !== length) {
      length = now.last;
      mark();
    }
    tell();
  });
  for (const store of [stores.runs, stores.events, stores.landscape]) store.watch(mark);
  let seen = "";
  stores.view.watch(({ log, pauses: on }) => {
    if (`${log} ${on}` === seen) return;
    seen = `${log} ${on}`;
    mark();
    stop();
  });
}

/**
 * @param {Stores} stores
 * @param {number} last
 */
function momentsNow({ runs, events, view, landscape, recipe }, last) {
  const { log } = view.get();
  const scale = isNetwork(recipe.get().problem) ? null : lossScale(runs.get(), log, landscape.get()?.best ?? null);
  return momentsOf(runs.get(), last, events.get(), scale);
}

/** Where a key leads from a mark. */
export const TICK_KEYS = /** @type {const} */ ({
  ArrowLeft: "previousElementSibling",
  ArrowRight: "nextElementSibling",
});

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
 * @param {Moment} moment
 * @param {number} last
 * @param {boolean} first
 */
function tickMark({ step, tone, text }, last, first) {
  return el("button", {
    type: "button",
    class: "tick",
    tabindex: first ? 0 : -1,
    "data-tone": tone,
    "data-step": step,
    "aria-label": text,
    style: `left:${(100 * step) / Math.max(1, last)}%`,
  });
}

/** The face of the play button changes only when it has to. @param {HTMLElement} play */
function createFace(play) {
  let shown = "";
  return (/** @type {Clock} */ { playing, live, step, last }) => {
    const face = playing ? words.pause : live && step < last ? words.catchUp : words.play;
    if (face === shown) return;
    shown = face;
    fill(play, icon(playing ? "pause" : "play"), el("span", {}, face));
  };
}

/**
 * @param {() => void} act
 * @param {string} look
 * @param {string} [name]
 */
function button(act, look, name) {
  return el("button", { type: "button", class: look, "aria-label": name, title: name, onclick: act });
}
