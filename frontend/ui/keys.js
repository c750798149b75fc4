/** The playback keys: Space, arrows, Home and End, comma and full stop, R, L, F, and ? for the list of keys. */

/** @typedef {"toggle" | "back" | "forward" | "back10" | "forward10" | "first" | "last" | "slower" | "faster" | "restart" | "log" | "full" | "help"} Action */

/** @type {Readonly<Record<string, Action>>} What a key does, by its name in events, with "Shift+" where Shift is held. */
export const PLAYBACK = {
  " ": "toggle",
  ArrowRight: "forward",
  ArrowLeft: "back",
  "Shift+ArrowRight": "forward10",
  "Shift+ArrowLeft": "back10",
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
  const shifted = event.shiftKey ? actionNamed(`Shift+${key}`) : null;
  return shifted ?? actionNamed(key);
}

/** @param {string} key */
function actionNamed(key) {
  return Object.hasOwn(PLAYBACK, key) ? (PLAYBACK[key] ?? null) : null;
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
 *
 * @param {(action: Action) => void} act
 * @param {(action: Action) => boolean} [wanted] Whether it means anything now.
 */
export function startKeys(act, wanted = () => true) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const action = actionOf(event, /** @type {HTMLElement | null} */ (event.target));
    if (!action || !wanted(action)) return;
    event.preventDefault();
    act(action);
  });
}
