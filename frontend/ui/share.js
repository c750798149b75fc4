/** Copying the page's address; without a secure context, by selecting it for the reader to copy. */

import { words } from "../words/workbench.js";
import { el } from "./dom.js";

/**
 * @param {string} text
 * @param {HTMLElement} place Where the address is shown if it has to be copied by hand.
 * @param {(text: string) => void} tell
 */
export async function copy(text, place, tell) {
  try {
    await navigator.clipboard.writeText(text);
    tell(words.notices.copied);
  } catch {
    // There is no clipboard on a plain address of the local network, or it is not allowed.
    copyBySelection(text, place, tell);
  }
}

/**
 * @param {string} text
 * @param {HTMLElement} place
 * @param {(text: string) => void} tell
 */
function copyBySelection(text, place, tell) {
  const box = el("input", { class: "link", readonly: true, "aria-label": words.share, value: text });
  place.append(box);
  box.select();
  const done = document.execCommand("copy");
  tell(done ? words.notices.copied : words.notices.copyByHand);
  if (done) box.remove();
  else box.addEventListener("blur", () => box.remove());
}
