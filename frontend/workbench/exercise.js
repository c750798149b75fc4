/** Links for exercises: what they hide, and a lock under which only playback and the way of looking can be changed. */

/** @import { Spec, Store, Stores } from "../types/page.js" */
/** @import { Shared } from "../state/link.js" */

import { el } from "../ui/dom.js";
import { hideRates } from "../words/hidden.js";
import { words } from "../words/workbench.js";

/**
 * Hide what the link hides. What the controls are given from then on is `shown`: under a lock, a spec that stays.
 *
 * @param {Stores} stores
 * @param {Pick<Shared, "hide" | "lock">} rules
 * @param {(text: string, lasting?: boolean) => void} tell
 * @returns {{ shown: Stores, host: (place: HTMLElement) => HTMLElement }} `host`: where in the place the controls go.
 */
export function startExercise(stores, { hide = [], lock }, tell) {
  const root = document.documentElement;
  if (hide.length > 0) root.dataset.hide = hide.join(" ");
  hideRates(hide.includes("lr"));
  root.toggleAttribute("data-lock", lock === true);
  if (!lock) return { shown: stores, host: (place) => place };
  return {
    shown: { ...stores, spec: locked(stores.spec, tell) },
    host(place) {
      const host = el("fieldset", { class: "locked", disabled: true, "aria-label": words.locked });
      place.replaceChildren(el("p", { class: "help" }, words.locked), host);
      return host;
    },
  };
}

/**
 * @param {Store<Spec>} spec
 * @param {(text: string, lasting?: boolean) => void} tell
 * @returns {Store<Spec>}
 */
function locked(spec, tell) {
  return { ...spec, update: () => tell(words.locked, false) };
}
