/** Whether this tab follows its room: it goes on so when the page is loaded again, or another one is. */

const KEY = "slalom.room";

/**
 * Where a page was opened.
 *
 * @typedef {object} Arrival
 * @property {string} href
 * @property {boolean} explicit Whether the address names something to look at.
 */

/**
 * Whether a page begins with the class: unless its reader has left it, or has asked for something else.
 *
 * @param {Arrival} arrival
 * @param {Pick<Storage, "getItem"> | null} [storage]
 */
export function beginsFollowing({ href, explicit }, storage = ownStorage()) {
  const kept = parsed(storage?.getItem(KEY) ?? null);
  if (kept?.following === false) return false;
  return !explicit || kept?.href === href;
}

/**
 * @param {boolean} following
 * @param {string} href
 * @param {Pick<Storage, "setItem"> | null} [storage]
 */
export function rememberFollowing(following, href, storage = ownStorage()) {
  try {
    storage?.setItem(KEY, JSON.stringify({ following, href }));
  } catch {
    // Storage can be full or forbidden; the page then begins with the class.
  }
}

/** @param {string | null} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null; // What is no JSON says nothing.
  }
}

/** @returns {Storage | null} */
function ownStorage() {
  try {
    return sessionStorage;
  } catch {
    return null; // Storage can be forbidden.
  }
}
