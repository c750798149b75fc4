/** The playback keys: Space, arrows, Home and End, comma and full stop, R, L, F, and ? for this list. */

/** @typedef {"toggle" | "back" | "forward" | "back10" | "forward10" | "first" | "last" | "slower" | "faster" | "restart" | "log" | "full" | "help"} Action */

/** @type {readonly {keys: string[], action: Action, does: string}[]} */
export const KEYS = [
  { keys: ["Space"], action: "toggle", does: "Play or pause" },
  { keys: ["→"], action: "forward", does: "One step forward" },
  { keys: ["←"], action: "back", does: "One step back" },
  { keys: ["Shift", "→"], action: "forward10", does: "Ten steps forward" },
  { keys: ["Shift", "←"], action: "back10", does: "Ten steps back" },
  { keys: ["Home"], action: "first", does: "First step" },
  { keys: ["End"], action: "last", does: "Last step" },
  { keys: [","], action: "slower", does: "Half the speed" },
  { keys: ["."], action: "faster", does: "Twice the speed" },
  { keys: ["R"], action: "restart", does: "Play from the start" },
  { keys: ["L"], action: "log", does: "Logarithmic or linear loss" },
  { keys: ["F"], action: "full", does: "Full screen" },
  { keys: ["?"], action: "help", does: "This list" },
];

/** @type {Record<string, Action>} */
const PLAIN = {
  " ": "toggle",
  ArrowRight: "forward",
  ArrowLeft: "back",
  Home: "first",
  End: "last",
  ",": "slower",
  ".": "faster",
  r: "restart",
  l: "log",
  f: "full",
  "?": "help",
};

const SLIDER_KEYS = /^(Arrow|Page|Home$|End$)/;

/**
 * What a key press asks for, null where the key belongs to the browser or to a field.
 *
 * @param {{key: string, shiftKey: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event
 * @param {{tagName: string, type?: string, isContentEditable?: boolean} | null} target
 * @returns {Action | null}
 */
export function actionOf(event, target) {
  if (event.ctrlKey || event.altKey || event.metaKey || takes(target, event.key)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = Object.hasOwn(PLAIN, key) ? /** @type {Action} */ (PLAIN[key]) : null;
  if (event.shiftKey && action === "forward") return "forward10";
  if (event.shiftKey && action === "back") return "back10";
  return action;
}

/**
 * Does the focused element use this key itself? Text fields take every key, sliders the arrows, a button Space.
 *
 * @param {{tagName: string, type?: string, isContentEditable?: boolean} | null} target
 * @param {string} key
 */
function takes(target, key) {
  if (!target) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  if (target.tagName === "INPUT" && target.type === "range") return SLIDER_KEYS.test(key);
  if (target.tagName === "INPUT") return target.type !== "checkbox" || key === " ";
  if (target.tagName === "DIALOG") return true;
  return key === " " && ["BUTTON", "SUMMARY", "A"].includes(target.tagName);
}

/**
 * Listen for the playback keys.
 * @param {(action: Action) => void} act
 */
export function startKeys(act) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const action = actionOf(event, /** @type {HTMLElement | null} */ (event.target));
    if (!action) return;
    event.preventDefault();
    act(action);
  });
}
