/** What a key and a button both switch: the logarithmic axis, and the full screen. */

/** @import { Stores } from "./types.js" */

/** @param {Stores["view"]} view */
export function toggleLog(view) {
  view.update((now) => ({ ...now, log: !now.log }));
}

export function toggleFull() {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen?.();
}
