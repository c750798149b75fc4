/** The loss that counts as reached: chosen by the server, or typed. */

import { el, newId } from "../../ui/dom.js";
import { icon } from "../../ui/icons.js";
import { readNumber, typedNumber } from "../../words/numerals.js";
import { sweep } from "../../words/sweep.js";

const SETTLE = 400; // ms without typing before the server is asked

/** @param {(target: number | null) => void} aim null: as the server chooses. */
export function createTarget(aim) {
  const id = newId();
  const box = el("input", { id, type: "text", class: "number", name: "target", inputmode: "decimal" });
  box.autocomplete = "off";
  box.title = sweep.targetHelp;
  const reset = el("button", { type: "button", class: "tool", "aria-label": sweep.automatic, title: sweep.automatic });
  reset.append(icon("restart"));
  const element = el(
    "div",
    { class: "sweep-target", "data-none": true },
    el("label", { for: id }, sweep.target),
    box,
    reset,
  );
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let own = false;

  box.addEventListener("input", () => {
    clearTimeout(timer);
    const value = readNumber(box.value);
    const good = Number.isFinite(value);
    box.toggleAttribute("aria-invalid", false);
    if (!good) box.setAttribute("aria-invalid", "true");
    own = good;
    if (good) timer = setTimeout(() => aim(value), SETTLE);
  });
  reset.addEventListener("click", () => {
    clearTimeout(timer);
    own = false;
    box.removeAttribute("aria-invalid");
    aim(null);
  });

  return {
    element,
    /** @param {number | null} target */
    show(target) {
      element.toggleAttribute("data-none", target === null);
      reset.hidden = !own;
      if (target !== null && box !== document.activeElement) box.value = typedNumber(Number(target.toPrecision(4)));
    },
  };
}
