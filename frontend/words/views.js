/** What the views of a set-up are called, and what is said around them. */

import { count } from "./plot.js";

export const views = {
  name: "What to do with this set-up",
  names: { play: "Play", sweep: "Sweep", map: "Map", range: "Find lr" },
  varies: "What varies",
  stale: "The set-up has changed since.",
  again: "Compute it for this set-up",
  /** Of a first picture that stops before the set-up does. */
  short: (/** @type {number} */ steps, /** @type {number} */ all) =>
    `A first look: ${count(steps)} of ${count(all)} steps.`,
  noPair: "There is no map for this problem and optimizer. Choose another optimizer.",
};
