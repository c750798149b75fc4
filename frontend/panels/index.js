/** Every panel, in the order they appear on the page. */

/** @import { Panel } from "../types/page.js" */

import { loss } from "./loss.js";
import { centre } from "./main-panel.js";
import { facts } from "./metrics.js";

/** @type {Panel[]} */
export const panels = [centre, loss, facts];
