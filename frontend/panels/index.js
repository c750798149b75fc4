/** Every panel, in the order they appear on the page. */

/** @import { Panel } from "../types.js" */

import { centre } from "./centre.js";
import { facts } from "./facts.js";
import { loss } from "./loss.js";

/** @type {Panel[]} */
export const panels = [centre, loss, facts];
