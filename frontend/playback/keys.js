/** What the keys do, and what a key and a button both switch: the logarithmic axis, and the full screen. */

/** @import { Stores } from "../types/page.js" */
/** @import { Action } from "../ui/keys.js" */
/** @import { createClock } from "../state/clock.js" */

import { nextSpeed } from "./transport.js";

/**
 * @param {Stores} stores
 * @param {ReturnType<typeof createClock>} time
 * @param {{ restart: () => void, help: () => void }} page
 * @returns {(action: Action) => void}
 */
export function createKeyActs({ clock, view }, time, { restart, help }) {
  /** @type {Record<Action, () => void>} */
  const acts = {
    toggle: () => time.toggle(),
    back: () => time.step(-1),
    forward: () => time.step(1),
    back10: () => time.step(-10),
    forward10: () => time.step(10),
    first: () => time.seek(0),
    last: () => time.seek(clock.get().last),
    slower: () => time.speed(nextSpeed(clock.get().speed, -1)),
    faster: () => time.speed(nextSpeed(clock.get().speed, 1)),
    restart,
    log: () => toggleLog(view),
    full: toggleFull,
    help,
  };
  return (action) => acts[action]();
}

/** @param {Stores["view"]} view */
export function toggleLog(view) {
  view.update((now) => ({ ...now, log: !now.log }));
}

export function toggleFull() {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen?.();
}
