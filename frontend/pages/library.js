/** The library: past experiments, newest first. */

/** @import { ExperimentRecord } from "../types.js" */

import { listExperiments } from "../api.js";
import { el, fill, find } from "../dom.js";
import { startShell } from "../shell.js";
import { words } from "../words.js";
import { library } from "../words-library.js";

const { status, notice } = startShell({});
const shelf = find(document, "#experiments", HTMLElement);

/** @param {ExperimentRecord} record */
function entry({ id, name, status }) {
  const link = el("a", { href: `/?experiment=${encodeURIComponent(id)}` }, name);
  return el("li", { class: "card" }, link, el("p", { class: "help" }, words.experiment.names[status]));
}

try {
  const { items } = await listExperiments();
  fill(shelf, ...items.map(entry), items.length === 0 && el("li", { class: "help" }, library.empty));
  status("ready");
} catch (error) {
  notice(String(error instanceof Error ? error.message : error));
  status("reconnecting");
}
