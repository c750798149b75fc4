/** The panel of every kind of view of a network. To add one, list it here. */

/** @import { Panel, ViewKind } from "../../types/page.js" */

import { actual } from "./actual.js";
import { boundary } from "./boundary.js";
import { fit } from "./fit.js";
import { guesses } from "./guesses.js";
import { optimizerState } from "./optimizer-state.js";
import { plane } from "./plane.js";
import { samples } from "./samples.js";
import { surprise } from "./surprise.js";

/** @type {Record<ViewKind, Panel>} */
export const NETWORK_PANELS = {
  plane,
  samples,
  boundary,
  curve: fit,
  actual,
  guesses,
  surprise,
  inside: optimizerState,
};
