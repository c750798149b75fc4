/** A card of the class above the set-up, which on a phone comes up from below; it can be folded to its title. */

import { el, fill, find } from "../ui/dom.js";
import { room as words } from "../words/room/room.js";

/**
 * @param {string} look A class.
 * @param {string} label
 * @param {...Node} tools Beside its title.
 */
export function createSheet(look, label, ...tools) {
  const title = el("h2", {});
  const body = el("div", { class: "sheet-body" });
  const fold = el("button", { type: "button", class: "quiet", onclick: () => turn(Boolean(body.hidden)) });
  const head = el("div", { class: "card-head" }, title, ...tools, fold);
  const element = el("section", { class: `card sheet ${look}`, "aria-label": label, hidden: true }, head, body);
  const controls = find(document, "#controls", HTMLElement);
  controls.prepend(element);

  /** @param {boolean} open */
  function turn(open) {
    body.hidden = !open;
    fold.setAttribute("aria-expanded", String(open));
    fill(fold, open ? words.fold : words.unfold);
  }

  turn(true);
  return {
    body,
    /** @param {string} text */
    name: (text) => fill(title, text),
    /**
     * Show it, or put it away.
     *
     * @param {boolean} there
     * @param {boolean} [small] On a phone only its title, at first.
     */
    show(there, small = false) {
      element.hidden = !there;
      if (!there) return;
      turn(!(small && matchMedia("(max-width: 699px)").matches));
      controls.scrollTop = 0;
    },
  };
}
