/** What the keys do. */

/** @import { Stores } from "./types.js" */
/** @import { Action } from "./keys.js" */
/** @import { createClock } from "./clock.js" */

import { toggleFull, toggleLog } from "./toggles.js";
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
