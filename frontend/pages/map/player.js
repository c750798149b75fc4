/** The run behind a cell, played beside the map: its loss as it falls, what became of it, and the way to the workbench. */

/** @import { Extended, Outcome, Spec } from "../../types/page.js" */

import { axis, drawAxes } from "../../panels/frame/axes.js";
import { mapping } from "../../plot/ink.js";
import { inkColors, styleOf } from "../../plot/palette.js";
import { watchSize } from "../../plot/sizes.js";
import { encode } from "../../state/link.js";
import { isNetwork, tidy } from "../../state/spec.js";
import { el, fill } from "../../ui/dom.js";
import { map } from "../../words/map.js";
import { plot as drawn } from "../../words/plot.js";

const PLAY = 1500; // ms for the whole run
const BOX = { left: 56, top: 12, right: 16, bottom: 28 };

/** @typedef {{ spec: Spec, runs: { loss: Extended[], outcome: Outcome }[] }} Answer */

/** @param {() => "light" | "dark"} theme */
export function createPlayer(theme) {
  const title = el("h2", {}, map.played);
  const where = el("p", { class: "muted" });
  const canvas = el("canvas", { role: "img", "aria-label": map.loss });
  const plot = el("div", { class: "map-loss" }, canvas);
  const said = el("p", { class: "map-said", "aria-live": "polite" });
  const foot = el("div", {});
  const element = el(
    "section",
    { class: "card", hidden: true },
    el("div", { class: "card-head" }, title),
    where,
    plot,
    said,
    foot,
  );
  /** @type {number[]} */
  let losses = [];
  let shown = 0;
  let began = 0;
  let turn = 0;

  function draw() {
    const { width, height } = plot.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    if (!pen || losses.length === 0) return;
    pen.scale(ratio, ratio);
    const finite = losses.filter((loss) => loss > 0 && Number.isFinite(loss)).map(Math.log10);
    const low = Math.max(-300, Math.min(...finite, 0));
    const high = Math.min(150, Math.max(...finite, low + 1));
    const facet = {
      box: { x: BOX.left, y: BOX.top, width: width - BOX.left - BOX.right, height: height - BOX.top - BOX.bottom },
      x: axis([0, Math.max(1, losses.length - 1)], drawn.step),
      y: axis([low - 0.03 * (high - low), high + 0.03 * (high - low)], map.loss, true),
      run: null,
    };
    drawAxes(pen, facet, inkColors(theme()));
    const { sx, ox, sy, oy } = mapping(facet);
    pen.strokeStyle = styleOf(0, theme()).color;
    pen.lineWidth = 2;
    pen.beginPath();
    for (let i = 0; i < shown; i++) {
      const loss = losses[i] ?? NaN;
      if (Number.isFinite(loss)) pen.lineTo(i * sx + ox, Math.log10(Math.max(loss, 10 ** low)) * sy + oy);
    }
    pen.stroke();
  }

  /** @param {number} mine */
  function step(mine) {
    if (mine !== turn) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const share = still ? 1 : Math.min(1, (performance.now() - began) / PLAY);
    shown = Math.ceil(share * losses.length);
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
      losses = [];
      fill(foot);
      draw();
    },
    /** @param {Answer} answer */
    play({ spec, runs }) {
      const [run] = runs;
      if (!run) return;
      losses = run.loss.map(Number);
      said.textContent = run.outcome.because;
      said.dataset.kind = run.outcome.kind;
      fill(foot, ...wayOut(spec));
      began = performance.now();
      turn += 1;
      step(turn);
    },
  };
}

/** @param {Spec} spec */
function wayOut({ problem, runs, steps, seed, dtype }) {
  const spec = { problem, runs: runs.map(tidy), steps, seed, dtype };
  const fragment = encode({ spec, view: { selected: 0, log: true, follow: false, axis: "steps" } });
  if (fragment === null) return [];
  const link = el("a", { class: "button", href: `/#${fragment}` }, map.open);
  return isNetwork(problem) ? [link, el("p", { class: "help" }, map.among)] : [link];
}
