/** The transport bar: play, step, scrub with the events marked, and speed. */

/** @import { Clock, Stores } from "../types/page.js" */
/** @import { createClock } from "../state/clock.js" */

import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { words } from "../words/workbench.js";
import { createTicks } from "./event-marks.js";

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
  const box = el("div", { class: "scrub-box" }, scrub);
  const live = el("span", { class: "live", hidden: true }, words.live);
  const pauses = button(() => stores.view.update((now) => ({ ...now, pauses: !now.pauses })), "square", words.pauses);
  pauses.append(icon("flag"));
  const counter = el("output", { class: "counter", "aria-live": "off" });
  const speed = el("select", { "aria-label": words.speed, class: "speed" });
  speed.append(...SPEEDS.map((value) => el("option", { value }, words.times(value))));
  scrub.addEventListener("input", () => clock.seek(scrub.valueAsNumber));
  speed.addEventListener("change", () => clock.speed(Number(speed.value)));
  fill(place, play, back, forward, box, live, counter, pauses, speed);

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
    live.hidden = !(now.live && now.playing);
  }

  /** @type {number[]} */
  let steps = [];
  const stop = () => {
    const on = stores.view.get().pauses;
    pauses.setAttribute("aria-pressed", String(on));
    clock.stopAt(on ? steps : []);
  };
  const changed = (/** @type {number[]} */ now) => {
    steps = now;
    stop();
  };
  box.append(...createTicks(stores, (step) => clock.seek(step), changed));
  watchAll({ clock: stores.clock }, (now) => show(now.clock));
  watchAll({ view: stores.view }, stop, ({ view: { pauses } }) => ({ pauses }));
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
