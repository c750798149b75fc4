/** The words of the ways in which a surface can be looked at. */

import { number } from "./plot.js";

export const surface = {
  name: "How the surface is drawn",
  looks: { contour: "Contour", heat: "Heat", solid: "3-D", now: "Now", spectrum: "Over steps", pair: "Pair" },
  solid: "Surface",
  solidHelp: "The loss as a height; drag to turn it, scroll to come nearer.",
  height: "loss",
  logHeight: "log₁₀ loss above the lowest",
  turnLeft: "Turn left",
  turnRight: "Turn right",
  turnUp: "See it from higher",
  turnDown: "See it from lower",
  loading: "The surface is being drawn.",
  noWebGL:
    "This browser cannot draw in three dimensions: WebGL is switched off or missing. Contour and heat show the same surface.",
  spectrum: "Eigen-directions",
  spectrumHelp: "How far the selected run still is along every eigen-direction: steep ones dark, flat ones pale.",
  along: "distance along each eigen-direction",
  pair: "Two eigen-directions",
  pairHelp: "The loss along two eigen-directions alone: what the others add to it is not seen here.",
  across: "Horizontal",
  upwards: "Vertical",
  direction: (/** @type {string} */ name, /** @type {number} */ curvature) => `${name} · λ ${number(curvature)}`,
  lambda: (/** @type {string} */ value) => `λ ${value}`,
};
