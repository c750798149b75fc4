/** The run behind a cell, played beside the map: its loss as it falls, what became of it, and the button that takes it over. */

/** @import { Extended, Outcome, Spec } from "../../types/page.js" */

import { axis, drawAxes } from "../../panels/frame/axes.js";
import { inkColors, styleOf } from "../../plot/palette.js";
import { enlargementOf, watchSize } from "../../plot/sizes.js";
import { el, fill } from "../../ui/dom.js";
import { map } from "../../words/map.js";
import { plot as drawn } from "../../words/plot.js";
import { toNumber } from "../../words/workbench.js";
import { curveAxis, curvePath } from "../small-curve.js";

const PLAY = 1500; // ms for the whole run
const NOTHING = { range: /** @type {[number, number]} */ ([0, 1]), log: true }; // where no loss is finite
const BOX = { left: 56, top: 12, right: 16, bottom: 28 };

/** @typedef {{ spec: Spec, runs: { loss: Extended[], outcome: Outcome }[] }} Answer */

/**
 * @param {() => "light" | "dark"} theme
 * @param {(spec: Spec) => void} use Put the run into the set-up.
 */
export function createPlayer(theme, use) {
  const title = el("h2", {}, map.played);
  const where = el("p", { class: "muted" });
  const canvas = el("canvas", { role: "img", "aria-label": map.loss });
  const plot = el("div", { class: "map-loss" }, canvas);
  const said = el("p", { class: "map-said", "aria-live": "polite" });
  /** @type {Spec | null} */
  let played = null;
  const take = el("button", { type: "button", class: "primary", hidden: true }, map.use);
  take.addEventListener("click", () => played && use(played));
  const element = el(
    "section",
    { class: "card", hidden: true },
    el("div", { class: "card-head" }, title),
    where,
    plot,
    said,
    take,
  );
  let curve = curveOf([]);
  let shown = 0;
  let began = 0;
  let turn = 0;

  function draw() {
    const { clientWidth: width, clientHeight: height } = plot;
    const ratio = (devicePixelRatio || 1) * enlargementOf(plot);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    if (!pen || curve.n === 0) return;
    pen.scale(ratio, ratio);
    const { range, log } = curveAxis([curve], { pad: 0.03 }) ?? NOTHING;
    const [left, right] = [BOX.left, width - BOX.right];
    const [top, bottom] = [BOX.top, height - BOX.bottom];
    const last = Math.max(1, curve.n - 1);
    const y = axis(range, map.loss, log);
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    drawAxes(pen, { box, x: axis([0, last], drawn.step), y, run: null }, inkColors(theme()));
    pen.strokeStyle = styleOf(0, theme()).color;
    pen.lineWidth = 2;
    pen.stroke(new Path2D(curvePath({ ...curve, n: shown }, { x: [left, right], y: [bottom, top], last, axis: y })));
  }

  /** @param {number} mine */
  function step(mine) {
    if (mine !== turn) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const share = still ? 1 : Math.min(1, (performance.now() - began) / PLAY);
    shown = Math.ceil(share * curve.n);
    draw();
    if (share < 1) requestAnimationFrame(() => step(mine));
  }

  watchSize(plot, draw);
  return {
    element,
    redraw: draw,
    hide() {
      turn += 1;
      element.hidden = true;
    },
    /** @param {string} text */
    wait(text) {
      turn += 1;
      element.hidden = false;
      where.textContent = text;
      said.textContent = map.playing;
      curve = curveOf([]);
      take.hidden = true;
      draw();
    },
    /** @param {Answer} answer */
    play({ spec, runs }) {
      const [run] = runs;
      if (!run) return;
      curve = curveOf(run.loss.map(toNumber));
      fill(said, run.outcome.because);
      said.dataset.kind = run.outcome.kind;
      played = spec;
      take.hidden = false;
      began = performance.now();
      turn += 1;
      step(turn);
    },
  };
}

/** @param {readonly number[]} loss Of every step. */
function curveOf(loss) {
  return { step: loss.map((_, i) => i), loss, n: loss.length };
}
