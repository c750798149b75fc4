/** Every sentence of the range test's page. */

import { count, number } from "./plot.js";
import { timeLeft } from "./training.js";

export const range = {
  range: "What varies",
  from: "Learning rate of the first update.",
  to: "Learning rate of the last update.",
  seeds: "How often the climb is repeated, each time with other random numbers.",
  steps: "Updates from the first rate to the last.",
  start: "Start the range test",
  rate: "Learning rate",
  loss: "Loss",
  curveTitle: "Loss while the rate climbs",
  chosenTitle: "The rate to use",
  rulesTitle: "What the rules say",
  plot: "Loss against the learning rate",
  updates: "Updates done",
  empty: "The curve is drawn here while the rate climbs in one run.",
  before: "After the climb, short runs at every suggestion, and a sweep, decide which rate is recommended.",
  climbing: (/** @type {number} */ done, /** @type {number} */ steps, /** @type {number} */ left) =>
    `${[`Update ${count(done)} of ${count(steps)}`, timeLeft(left)].filter(Boolean).join(", ")}.`,
  verifying: "The climb is over. Short runs at every suggestion, and a sweep, follow.",
  limit: "2/λ limit",
  limitOf: (/** @type {number} */ value) => `Stability limit ${number(value)}`,
  at: (/** @type {string} */ lr, /** @type {string} */ loss) => `lr ${lr}: loss ${loss}`,
  table: "Numbers of the curve",
  curve: ["Learning rate", "Loss, median", "First quartile", "Third quartile"],
  blown: "blew up",
  use: (/** @type {string} */ rate) => `Use lr ${rate}`,
  decay: "With decay",
  columns: ["Rule", "Suggested rate", "Over the seeds", "Verification", "Final loss"],
  none: "no suggestion",
  trains: "trains",
  fails: "does not train",
  outcome: (/** @type {{ outcomes: string[], steps: number, share?: number | null }} */ { outcomes, steps, share }) => {
    const seeds = outcomes.length;
    const of = (/** @type {number} */ bad) => (seeds === 1 ? "" : ` with ${bad} of ${count(seeds)} seeds`);
    for (const [kind, verb] of Object.entries({ diverged: "diverged", growing: "left for good" })) {
      const bad = outcomes.filter((outcome) => outcome === kind).length;
      if (bad > 0) return `${verb}${of(bad)}`;
    }
    if (share === null || share === undefined) return `${count(steps)} updates, none diverged`;
    if (share <= 0) return `${count(steps)} updates, and the loss did not fall`;
    return `${count(steps)} updates took off ${number(100 * share)} % of what the best rate did`;
  },
  status: { cancelled: "The range test was cancelled.", interrupted: "The range test was interrupted." },
};
