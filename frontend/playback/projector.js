/** Showing the page to a room: `?projector=1`, one picture, its playback and one number. */

/** @import { RunView, Stores, View } from "../types/page.js" */

import { styleOf } from "../plot/palette.js";
import { PROJECTOR, presentAddress } from "../state/address.js";
import { valueAt } from "../state/run-data.js";
import { watchAll } from "../state/store.js";
import { el, fill, find } from "../ui/dom.js";
import { CLOSE_KEY } from "../ui/header.js";
import { icon } from "../ui/icons.js";
import { number, projecting, words } from "../words/workbench.js";

if (PROJECTOR) document.documentElement.dataset.projector = ""; // before the theme is chosen and anything is drawn

/**
 * The one number: of which run, and what it is at the clock's step.
 *
 * @param {readonly RunView[]} runs
 * @param {Pick<View, "selected" | "theme">} view
 * @param {number} step
 */
export function oneNumber(runs, { selected, theme }, step) {
  const run = runs[selected] ?? runs[0];
  if (!run || run.n === 0) return { label: "", color: "", value: "" };
  const loss = valueAt(run, "loss", Math.floor(step));
  return {
    label: run.label,
    color: styleOf(run.index, theme).color,
    value: Number.isFinite(loss) ? number(loss) : projecting.gone,
  };
}

/**
 * Make the page one for a room, where its address asks for it; a button of the header leads there.
 *
 * @param {HTMLElement} stage The card of the picture, with its head.
 * @param {Stores} stores
 */
export function startProjector(stage, { runs, clock, view }) {
  const go = () => location.assign(presentAddress(location.href, !PROJECTOR));
  document.querySelector("#present")?.addEventListener("click", go);
  if (!PROJECTOR) return;
  const label = el("span");
  const value = el("output", { "aria-live": "off" });
  const leave = el("button", {
    type: "button",
    class: "tool",
    "aria-label": projecting.leave,
    title: projecting.leaveByKey,
  });
  leave.append(icon("close"));
  leave.addEventListener("click", go);
  document.addEventListener("keydown", (event) => {
    if (event.key === CLOSE_KEY && !event.defaultPrevented && !document.querySelector("dialog[open]")) go();
  });
  const head = find(stage, ".card-head", HTMLElement);
  head.append(el("p", { class: "one-number" }, label, words.loss, value), leave);

  /** @param {ReturnType<typeof oneNumber>} now */
  function show(now) {
    label.textContent = now.label;
    label.style.color = now.color;
    fill(value, now.value);
  }

  watchAll({ runs, clock, view }, show, (now) => oneNumber(now.runs, now.view, now.clock.step));
}
