/** Above and below a map: the way that led to it, how far it is, the buttons that stop and save it, and its colours. */

/** @import { ExperimentRecord } from "../../types/page.js" */
/** @import { About } from "./cells.js" */

import { el, fill } from "../../ui/dom.js";
import { icon } from "../../ui/icons.js";
import { map } from "../../words/map.js";
import { words } from "../../words/workbench.js";

/**
 * @param {object} on
 * @param {() => void} on.stop
 * @param {() => void} on.back
 * @param {(id: string) => void} on.go Show a map of the trail.
 */
export function createMapHead({ stop, back, go }) {
  const list = el("ol", { class: "map-trail", "aria-label": map.card });
  const returns = el("button", { type: "button", onclick: back, hidden: true }, map.back);
  const png = el("a", { class: "button", hidden: true, download: "" }, map.png);
  const npz = el("a", { class: "button", hidden: true, download: "" }, map.npz);
  const text = el("p", { class: "muted" });
  const bar = el("progress", { "aria-label": map.card, value: 0, max: 1, hidden: true });
  const halt = el("button", { type: "button", onclick: stop, hidden: true }, icon("stop"), map.stop);
  const legend = el("ul", { class: "map-legend" });
  const title = el("h2", {}, map.card);
  let shown = "";

  return {
    element: el(
      "div",
      {},
      el("div", { class: "card-head" }, title, returns, png, npz),
      list,
      el("div", { class: "map-progress" }, text, bar, halt),
    ),
    legend,

    clear() {
      for (const part of [returns, png, npz, bar, halt]) part.hidden = true;
      text.textContent = "";
      fill(list);
    },

    /**
     * @param {object} now
     * @param {ExperimentRecord} now.record
     * @param {string[]} now.trail
     * @param {number} now.done Cells.
     * @param {number} now.all
     * @param {number | null} now.left Seconds.
     * @param {number | null} now.seconds That it took.
     * @param {About} now.about
     * @param {boolean} now.running
     */
    show({ record, trail, done, all, left, seconds, about, running }) {
      const address = `/api/experiments/${record.id}/map?format=`;
      png.href = `${address}png`;
      npz.href = `${address}npz`;
      png.hidden = npz.hidden = running;
      returns.hidden = trail.length < 2;
      bar.hidden = halt.hidden = !running;
      bar.max = all;
      bar.value = done;
      const ended =
        record.status === "done" ? map.done(all, seconds ?? NaN) : (words.experiment.names[record.status] ?? "");
      const brief = record.status === "done" && seconds === null ? map.progress(done, all, null) : ended;
      text.textContent = running ? map.progress(done, all, left) : [brief, record.error].filter(Boolean).join(" ");
      const key = trail.join();
      if (key === shown) return;
      shown = key;
      fill(list, ...trail.map((id, depth) => step(id, depth, id === record.id, go)));
      fill(legend, ...colours(about));
    },
  };
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
