/** The transport bar: play, step, scrub with the events marked, and speed. */

/** @import { Clock, RunEvent, RunView, Stores } from "./types.js" */
/** @import { createClock } from "./clock.js" */

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
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

/** @typedef {{step: number, tone: "bad" | "warn" | "good", color: string, text: string}} Tick */

/**
 * The events of the runs that have a place on the scrubber, in the order of their steps.
 *
 * @param {readonly RunView[]} runs
 * @param {number} last
 * @param {readonly RunEvent[]} [events] What is known of runs that have no outcome yet.
 * @returns {Tick[]}
 */
export function ticksOf(runs, last, events = []) {
  return runs
    .flatMap(({ index, outcome, label, color }) => {
      if (!outcome) return events.filter(({ run }) => run === index).map((event) => eventTick(event, label, color));
      const { first_rise, exploded, nonfinite } = outcome;
      const converged = outcome.kind === "converged" ? outcome.step : null;
      return [
        tick("first_rise", first_rise, "warn", label, color),
        tick("exploded", exploded, "bad", label, color),
        tick("nonfinite", nonfinite, "bad", label, color),
        tick("converged", converged, "good", label, color),
      ];
    })
    .filter((one) => one !== null)
    .filter(({ step }) => step <= last)
    .sort((a, b) => a.step - b.step);
}

/** @type {Record<string, Tick["tone"]>} */
const TONES = { first_rise: "warn", exploded: "bad", nonfinite: "bad", converged: "good" };

/**
 * @param {RunEvent} event
 * @param {string} label
 * @param {string} color
 * @returns {Tick | null}
 */
function eventTick({ kind, step, sentence }, label, color) {
  const tone = TONES[kind];
  return tone ? { step, tone, color, text: `${label}: ${sentence}` } : null;
}

/**
 * @param {keyof typeof words.events} kind
 * @param {number | null} step
 * @param {Tick["tone"]} tone
 * @param {string} label
 * @param {string} color
 * @returns {Tick | null}
 */
function tick(kind, step, tone, label, color) {
  return step === null ? null : { step, tone, color, text: words.events[kind](label, step) };
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
  const ticks = el("div", { class: "ticks", "aria-hidden": "true" });
  const counter = el("output", { class: "counter" });
  const speed = el("select", { "aria-label": words.speed, class: "speed" });
  speed.append(...SPEEDS.map((value) => el("option", { value }, words.times(value))));
  scrub.addEventListener("input", () => clock.seek(scrub.valueAsNumber));
  speed.addEventListener("change", () => clock.speed(Number(speed.value)));
  fill(place, play, back, forward, el("div", { class: "scrub-box" }, scrub, ticks), counter, speed);

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

  let drawn = "";
  function mark() {
    const { last } = stores.clock.get();
    const found = ticksOf(stores.runs.get(), last, stores.events.get());
    const key = JSON.stringify([last, found]);
    if (key === drawn) return;
    drawn = key;
    fill(ticks, ...found.map((one) => tickMark(one, last)));
  }

  stores.clock.watch(show);
  stores.clock.watch(mark);
  stores.runs.watch(mark);
  stores.events.watch(mark);
}

/**
 * @param {Tick} tick
 * @param {number} last
 */
function tickMark({ step, tone, text }, last) {
  return el("span", {
    class: "tick",
    "data-tone": tone,
    title: text,
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
