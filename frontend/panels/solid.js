/** The landscape in three dimensions, with the paths of the runs on it; loaded when it is first opened. */

/** @import { Stores } from "../types/page.js" */
/** @import { PlotlyHTMLElement } from "plotly.js" */

import { loadPlotly } from "../plot/plotly.js";
import { watchSize } from "../plot/sizes.js";
import { watchAll } from "../state/store.js";
import { el, fill } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { surface as words } from "../words/surface.js";
import { endOf, layoutOf, pathOf, scaleOf, tracesOf } from "./solid-figure.js";

const TURN = Math.PI / 12;
const FRAME = 33; // ms between two drawings at least
const REST = 2; // times as long as a drawing took, so that a slow machine stays usable
const POLL = 100; // ms between two looks whether Plotly has come
const PLAIN = { displayModeBar: false, displaylogo: false, responsive: false };

/** Whether this browser draws in three dimensions. */
export function hasWebGL() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") ?? canvas.getContext("webgl"));
}

/**
 * @param {HTMLElement} host The element of the flat picture, which is covered.
 * @param {Stores} stores
 */
export function createSolid(host, stores) {
  const plot = el("div", { class: "solid-plot", "aria-hidden": "true" });
  const wait = el("p", { class: "solid-wait", role: "status" }, words.loading);
  const turns = /** @type {const} */ ([
    [words.turnLeft, "chevron", -1, 0, 90],
    [words.turnUp, "chevron", 0, 1, 180],
    [words.turnDown, "chevron", 0, -1, 0],
    [words.turnRight, "chevron", 1, 0, -90],
  ]).map(([name, face, across, up, angle]) => {
    const button = el("button", { type: "button", class: "tool", "aria-label": name, title: name }, icon(face));
    button.style.rotate = `${angle}deg`;
    button.addEventListener("click", () => void turn(across, up));
    return button;
  });
  const frame = el("div", { class: "solid" }, plot, wait, el("div", { class: "solid-turns" }, ...turns));
  host.append(frame);
  let shown = false;
  let busy = false;
  let stale = true;
  let surface = "";
  let eye = { x: -1.15, y: -1.6, z: 1.7 };
  if (!hasWebGL()) {
    fill(frame, el("p", { class: "solid-wait", role: "status" }, words.noWebGL));
    return { show: (/** @type {boolean} */ on) => void frame.toggleAttribute("hidden", !on) };
  }

  /** @param {number} across @param {number} up */
  async function turn(across, up) {
    const flat = Math.hypot(eye.x, eye.y);
    const [angle, height] = [Math.atan2(eye.y, eye.x) + across * TURN, Math.atan2(eye.z, flat) + up * TURN];
    const far = Math.hypot(flat, eye.z);
    const low = Math.max(0.05, Math.min(1.5, height));
    eye = {
      x: far * Math.cos(low) * Math.cos(angle),
      y: far * Math.cos(low) * Math.sin(angle),
      z: far * Math.sin(low),
    };
    await window.Plotly?.relayout(plot, /** @type {object} */ ({ "scene.camera.eye": eye }));
  }

  /** One drawing at a time; what changed meanwhile is drawn after it. */
  async function draw() {
    stale = true;
    if (busy || !shown) return;
    busy = true;
    while (stale && shown && !size.hidden()) {
      stale = false;
      const before = performance.now();
      await drawOnce();
      const rest = Math.max(FRAME, REST * (performance.now() - before));
      await new Promise((done) => setTimeout(done, rest));
    }
    busy = false;
  }

  async function drawOnce() {
    const field = stores.landscape.get();
    if (!window.Plotly) await loadPlotly();
    if (!window.Plotly || !field || field.dim !== 2) {
      stale = true;
      await new Promise((done) => setTimeout(done, POLL));
      return;
    }
    const { theme } = stores.view.get();
    const scale = scaleOf(field);
    const { step } = stores.clock.get();
    const all = stores.runs.get().filter((run) => run.n > 0);
    const paths = all.map((run) => pathOf(run, field, scale.heightOf, step));
    const key = [
      identity(field),
      theme,
      all.map(({ index, label }) => `${index} ${label}`).join(),
      host.clientWidth,
      host.clientHeight,
    ].join();
    if (key === surface) {
      const ends = paths.map(endOf);
      const every = [...paths, ...ends];
      const change = { x: every.map(({ x }) => x), y: every.map(({ y }) => y), z: every.map(({ z }) => z) };
      await window.Plotly.restyle(
        plot,
        /** @type {object} */ (change),
        every.map((_, i) => i + 1),
      );
      return;
    }
    surface = key;
    const drawn = await window.Plotly.react(
      plot,
      tracesOf(field, scale, all, paths, theme),
      layoutOf(field, scale, theme, eye, host),
      PLAIN,
    );
    if (!wait.hidden) drawn.on("plotly_relayout", () => remember(drawn));
    wait.hidden = true;
  }

  /** The reader has turned it. @param {PlotlyHTMLElement} drawn */
  function remember(drawn) {
    const turned = drawn.layout.scene?.camera?.eye;
    if (turned) eye = /** @type {typeof eye} */ ({ ...eye, ...turned });
  }

  const size = watchSize(host, () => void draw());
  const { runs, clock, landscape, view } = stores;
  watchAll({ runs, clock, landscape, view }, () => void draw());
  return {
    /** @param {boolean} on */
    show(on) {
      frame.hidden = !on;
      if (on === shown) return;
      shown = on;
      void draw();
    },
  };
}

/** @type {WeakMap<object, number>} */
const identities = new WeakMap();
let counted = 0;

/** @param {object} one */
function identity(one) {
  if (!identities.has(one)) identities.set(one, ++counted);
  return identities.get(one);
}
