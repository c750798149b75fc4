/** Above and below a map: the way that led to it, how far it is, the buttons that stop and save it, and its colours. */

/** @import { ExperimentRecord } from "../../types/page.js" */
/** @import { About } from "./cells.js" */
/** @import { Cells } from "./picture.js" */

import { isRunning } from "../../server/live-experiment.js";
import { hrefOf } from "../../state/site/root.js";
import { el, fill } from "../../ui/dom.js";
import { map } from "../../words/map.js";
import { words } from "../../words/workbench.js";
import { createProgress } from "../progress.js";

/**
 * @param {object} on
 * @param {() => void} on.stop
 * @param {() => void} on.back
 * @param {(id: string) => void} on.go Show a map of the trail.
 */
export function createMapHead({ stop, back, go }) {
  const list = el("ol", { class: "map-trail", "aria-label": map.card });
  const returns = el("button", { type: "button", onclick: back, hidden: true }, map.back);
  const png = el("a", { class: "button quiet", hidden: true, download: "" }, map.png);
  const npz = el("a", { class: "button quiet", hidden: true, download: "" }, map.npz);
  const progress = createProgress(map.card, stop);
  progress.text.classList.add("muted", "map-progress");
  const legend = el("ul", { class: "map-legend" });
  const title = el("h2", {}, map.card);
  let shown = "";

  return {
    element: el(
      "div",
      { class: "map-head" },
      el("div", { class: "card-head" }, title, progress.text, progress.bar, progress.button, returns, png, npz),
      list,
    ),
    legend,

    clear() {
      for (const part of [returns, png, npz]) part.hidden = true;
      progress.clear();
      shown = "";
      fill(list);
      fill(legend);
    },

    /**
     * @param {object} now
     * @param {ExperimentRecord} now.record
     * @param {readonly string[]} now.trail
     * @param {Cells} now.cells
     * @param {number | null} now.seconds That it took.
     */
    show({ record, trail, cells, seconds }) {
      const address = hrefOf(`api/experiments/${record.id}/map?format=`);
      png.href = `${address}png`;
      npz.href = `${address}npz`;
      png.hidden = npz.hidden = isRunning(record);
      returns.hidden = trail.length < 2;
      const [done, all] = [cells.done(), cells.width * cells.height];
      progress.show(record, done, all, (left) => sentenceOf(record, done, all, left, seconds));
      const key = trail.join();
      if (key === shown) return;
      shown = key;
      list.hidden = trail.length < 2;
      fill(list, ...trail.map((id, depth) => step(id, depth, id === record.id, go)));
      fill(legend, ...colours(cells.about));
    },
  };
}

/**
 * How far it is, and what ended it.
 *
 * @param {ExperimentRecord} record
 * @param {number} done Cells.
 * @param {number} all
 * @param {number} left Seconds.
 * @param {number | null} seconds That it took.
 */
function sentenceOf({ status, error }, done, all, left, seconds) {
  if (isRunning({ status })) return map.progress(done, all, left);
  if (status !== "done") return [words.experiment.names[status] ?? "", error].filter(Boolean).join(" ");
  return seconds === null ? map.progress(done, all, null) : map.done(all, seconds);
}

/**
 * @param {string} id
 * @param {number} depth
 * @param {boolean} here
 * @param {(id: string) => void} go
 */
function step(id, depth, here, go) {
  const name = depth === 0 ? map.whole : map.zoom(depth);
  const button = el("button", { type: "button", class: "quiet", "aria-current": here ? "true" : null }, name);
  button.addEventListener("click", () => !here && go(id));
  return el("li", {}, button);
}

/** @param {About} about */
function colours(about) {
  const kinds = about.kinds.map((kind, i) => el("li", {}, strip(about.palette[i] ?? []), map.kinds[kind] ?? kind));
  const border = about.border.length > 0 && el("li", {}, `- - - ${map.border}`);
  return [...kinds, el("li", {}, map.lighter), border];
}

/** @param {number[][]} shades */
function strip(shades) {
  const canvas = el("canvas", { width: shades.length, height: 1, "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  for (const [x, [red, green, blue]] of shades.entries()) {
    if (pen) pen.fillStyle = `rgb(${red} ${green} ${blue})`;
    pen?.fillRect(x, 0, 1, 1);
  }
  return canvas;
}
