/** The button that opens the export; what it needs is loaded when it is pressed. */

/** @import { Stores } from "../types/page.js" */

import { el } from "../ui/dom.js";
import { words } from "../words/workbench.js";

/** @param {Stores} stores */
export function exportButton(stores) {
  const open = () => void import("./dialog.js").then(({ openExport }) => openExport(stores));
  return el(
    "button",
    {
      type: "button",
      class: "tool text open-export",
      title: words.exportHelp,
      "aria-haspopup": "dialog",
      onclick: open,
    },
    words.export,
  );
}
