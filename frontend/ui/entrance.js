/** The entrances of a room: one secret, typed or brought in the address, is sent; then the page goes on. */

import { hrefOf } from "../state/site/root.js";
import { createStore } from "../state/store.js";
import { entrance as words } from "../words/room/entrance.js";
import { el, fill, find } from "./dom.js";
import { startTheme } from "./theme.js";

/**
 * @param {object} parts
 * @param {(secret: string) => Promise<unknown>} parts.enter
 * @param {() => Promise<boolean>} parts.isIn Whether the server knows this browser again.
 * @param {(error: unknown) => string} parts.sentenceOf
 * @param {string} parts.leadsTo Where who is in goes.
 */
export function createEntrance({ enter, isIn, sentenceOf, leadsTo }) {
  const form = find(document, "#form", HTMLFormElement);
  const field = find(document, "#secret", HTMLInputElement);
  const place = find(document, "#said", HTMLElement);
  startTheme(createStore({ theme: /** @type {"light" | "dark"} */ ("light") }), () => {});
  field.focus();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(field.value);
  });

  /** @param {string} text @param {string} [tone] @param {...Node} more */
  function say(text, tone = "", ...more) {
    place.dataset.tone = tone;
    fill(place, text, ...more);
  }

  /** @param {string} secret */
  async function attempt(secret) {
    say(words.joining);
    try {
      await enter(secret);
      if (await isIn()) goOn();
      else say(`${words.forgetful} `, "bad", el("a", { href: location.pathname, target: "_blank" }, words.window));
    } catch (error) {
      say(sentenceOf(error), "bad");
      field.select();
      field.focus();
    }
  }

  function goOn() {
    location.replace(leadsTo);
  }

  return {
    attempt,
    goOn,
    /** Say why nobody can come in here. @param {"ended" | "shut"} why */
    refuse: (why) => say(words[why]),
    /** Say that there is nothing to come into. */
    refuseAll() {
      form.hidden = true;
      say(`${words.none} `, "", el("a", { href: hrefOf() }, words.toWorkbench));
    },
  };
}
