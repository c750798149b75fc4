/** Undo and redo of the set-up: two buttons of the header, and their keys. */

/** @import { Spec, Store } from "../types/page.js" */

import { find } from "../ui/dom.js";
import { createHistory } from "./history.js";

/** @type {Readonly<Record<string, "undo" | "redo">>} On a Mac, with the command key instead. */
export const UNDO_KEYS = { "Control+z": "undo", "Control+Shift+z": "redo", "Control+y": "redo" };

/**
 * What a key press asks for, null where it is another key's or a text field's own.
 *
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">} event
 * @param {{ tagName: string, type?: string, isContentEditable?: boolean } | null} target
 * @returns {"undo" | "redo" | null}
 */
export function wayOf({ key, ctrlKey, metaKey, shiftKey, altKey }, target) {
  if (!(ctrlKey || metaKey) || altKey || isText(target)) return null;
  return UNDO_KEYS[`Control+${shiftKey ? "Shift+" : ""}${key.toLowerCase()}`] ?? null;
}

const TEXTS = new Set(["text", "number", "search"]);

/** @param {{ tagName: string, type?: string, isContentEditable?: boolean } | null} target */
function isText(target) {
  if (!target) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA") return true;
  return target.tagName === "INPUT" && TEXTS.has(target.type ?? "");
}

/** @param {Store<Spec>} spec */
export function startUndo(spec) {
  const history = createHistory(spec);
  const buttons = {
    undo: find(document, "#undo", HTMLButtonElement),
    redo: find(document, "#redo", HTMLButtonElement),
  };
  buttons.undo.addEventListener("click", history.undo);
  buttons.redo.addEventListener("click", history.redo);
  history.possible.watch(({ undo, redo }) => {
    buttons.undo.disabled = !undo;
    buttons.redo.disabled = !redo;
  });
  addEventListener("pointerdown", () => history.hold(true), true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => history.hold(false), true);
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const way = wayOf(event, /** @type {HTMLElement | null} */ (event.target));
    if (!way) return;
    event.preventDefault();
    history[way]();
  });
  return history;
}
