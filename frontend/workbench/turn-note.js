/** In the picture, while a busy server has others before this page: which place it has. */

/** @import { Watchable } from "../types/page.js" */

import { watchAll } from "../state/store.js";
import { el } from "../ui/dom.js";
import { words } from "../words/workbench.js";

/**
 * @param {HTMLElement} stage
 * @param {Watchable<number | null>} turn
 */
export function startTurnNote(stage, turn) {
  const note = el("p", { class: "turn-note", hidden: true });
  stage.append(note);
  watchAll({ turn }, ({ turn: place }) => {
    note.hidden = place === null;
    if (place !== null) note.textContent = words.busy(place);
  });
}
