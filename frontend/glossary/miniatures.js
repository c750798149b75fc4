/** Small pictures of terms: each computes its run when it comes into view, and moves for as long as it is seen. */

/** @import { LessonSpec } from "../types/lessons.js" */

import { styleOf } from "../plot/palette.js";
import { ApiError, getLandscape, post } from "../server/api.js";
import { Unreachable } from "../server/connection.js";
import { el, fill, svg } from "../ui/dom.js";
import { glossary as words } from "../words/learning/glossary.js";
import { extentOf, pathOf, placeOf, shapeOf, walked } from "./shape.js";

/** @typedef {(at: number) => void} Draw Shows the runs up to a share of their way. */

/** @type {[number, number]} */
const SIZE = [280, 120]; // units of the picture
const GROUND = 60; // points along the curve of a valley
/** @type {[number, number]} */
const TONES = [56, 24]; // points of the ground below a plane
const BANDS = 9; // shades of that ground
const DARKEST = 100; // of 255: how much of the ground's grey its highest places have
const CYCLE = 3500; // ms that a run takes
const REST = 900; // ms that its end is shown

/** Make pictures, and let those move that are seen. */
export function createMiniatures() {
  /** @type {Map<Element, Draw>} */
  const seen = new Map();
  /** @type {WeakMap<Element, LessonSpec>} */
  const waiting = new WeakMap();
  /** @type {WeakMap<Element, Draw>} */
  const drawn = new WeakMap();
  let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let ticking = false;
  /** Runs are computed one after another, so that a page of terms does not keep others waiting. */
  let turn = Promise.resolve();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const draw = drawn.get(target);
      if (!isIntersecting) seen.delete(target);
      else if (draw) show(target, draw);
      else turn = turn.then(() => load(target));
    }
  });

  /** @param {Element} place */
  async function load(place) {
    const spec = waiting.get(place);
    waiting.delete(place);
    if (!spec) return;
    try {
      const draw = await pictureOf(place, spec);
      drawn.set(place, draw);
      show(place, draw);
    } catch (error) {
      // Without a server, or refused by it, the definition says what there is without a picture too.
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    }
  }

  /** @param {Element} place @param {Draw} draw */
  function show(place, draw) {
    draw(1);
    seen.set(place, draw);
    tick();
  }

  function tick() {
    if (ticking || !playing || seen.size === 0) return;
    ticking = true;
    requestAnimationFrame((now) => {
      ticking = false;
      for (const draw of seen.values()) draw(Math.min(1, (now % (CYCLE + REST)) / CYCLE));
      tick();
    });
  }

  return {
    /**
     * @param {string} name
     * @param {LessonSpec} spec
     */
    create(name, spec) {
      const place = el("div", { class: "miniature", role: "img", "aria-label": words.picture(name) });
      waiting.set(place, spec);
      observer.observe(place);
      return place;
    },
    playing: () => playing,
    /** @param {boolean} now Whether pictures move; those that stand show the whole run. */
    play(now) {
      playing = now;
      for (const draw of seen.values()) draw(1);
      tick();
    },
  };
}

/**
 * Compute the runs of a set-up and draw their ground; what is returned draws them.
 *
 * @param {Element} place
 * @param {LessonSpec} spec
 * @returns {Promise<Draw>}
 */
async function pictureOf(place, spec) {
  const { runs } = await (await post("api/simulate", spec)).json();
  const { kind, tracks, extent } = shapeOf(runs);
  const picture = svg("svg", { viewBox: `0 0 ${SIZE.join(" ")}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const [ground, box] = kind === "curve" ? [null, extent] : await groundOf(kind, spec, extent, picture);
  const lines = tracks.map((track, run) => {
    const style = `--run: light-dark(${styleOf(run, "light").color}, ${styleOf(run, "dark").color})`;
    const path = svg("path", { class: "walk", style, "vector-effect": "non-scaling-stroke" });
    const ball = svg("path", { class: "ball", style, "vector-effect": "non-scaling-stroke" });
    picture.append(path, ball);
    return { track, path, ball };
  });
  fill(place, ground, picture);
  return (at) => {
    for (const { track, path, ball } of lines) {
      const dots = walked(track, at * (track.length - 1));
      const [x, y] = placeOf(dots.at(-1) ?? [0, 0], box, SIZE);
      path.setAttribute("d", pathOf(dots, box, SIZE));
      ball.setAttribute("d", `M${x} ${y}h0`); // A line without length has round ends: a disc that is never squeezed.
    }
  };
}

/**
 * Draw what the runs walk on: the curve of a valley into the picture, the tones of a plane below it.
 *
 * @param {"valley" | "plane"} kind
 * @param {LessonSpec} spec
 * @param {import("./shape.js").Extent} extent
 * @param {Element} picture
 * @returns {Promise<[HTMLCanvasElement | null, import("./shape.js").Extent]>}
 */
async function groundOf(kind, { problem }, extent, picture) {
  const signal = new AbortController().signal;
  if (kind === "plane") {
    const { z, minima } = await getLandscape(problem, TONES, [extent.x, extent.y], signal);
    for (const { point } of minima) {
      const [x, y] = placeOf([point[0] ?? 0, point[1] ?? 0], extent, SIZE);
      picture.append(svg("path", { class: "goal", d: `M${x} ${y}h0`, "vector-effect": "non-scaling-stroke" }));
    }
    return [tones(z), extent];
  }
  const { z } = await getLandscape(problem, [GROUND], [extent.x], signal);
  const [left, right] = extent.x;
  /** @type {import("./shape.js").Dot[]} */
  const dots = Array.from(z, (value, i) => [left + ((right - left) * i) / (GROUND - 1), value]);
  const inside = dots.filter(([, y]) => y <= extent.y[1]);
  const box = { x: extent.x, y: extentOf([...inside, [left, extent.y[0]], [left, extent.y[1]]]).y };
  picture.append(svg("path", { class: "ground", d: pathOf(dots, box, SIZE), "vector-effect": "non-scaling-stroke" }));
  return [null, box];
}

/**
 * A plane's values in a few shades of grey, the low ones light.
 * @param {ArrayLike<number>} values Row by row from the lowest.
 */
function tones(values) {
  const [width, height] = TONES;
  const canvas = el("canvas", { width, height, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const image = context.createImageData(width, height);
  const least = Array.from(values).reduce((one, other) => Math.min(one, other), Infinity);
  const heights = Array.from(values, (value) => Math.log1p(value - least));
  const most = heights.reduce((one, other) => Math.max(one, other), 0);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const at = 4 * ((height - 1 - row) * width + column);
      const share = (heights[row * width + column] ?? 0) / (most || 1);
      image.data.set([128, 128, 128, Math.round((DARKEST * Math.floor(BANDS * share)) / BANDS)], at);
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
