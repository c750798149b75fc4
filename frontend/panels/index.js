/** Every panel, in the order they appear on the page. */

/** @import { Panel } from "../types/page.js" */

import { loss } from "./loss.js";
import { mainPanel } from "./main-panel.js";
import { metrics } from "./metrics.js";

/** @type {Panel[]} */
export const panels = [mainPanel, loss, metrics];
