/** The ring at the start of a run: drag it, or move it with the arrow keys. */

/** @import { Facet, Landscape, Scene } from "../../types/page.js" */

import { fromPixel, inBox, toPixel } from "../../plot/ink.js";
import { placeIn } from "../../plot/sizes.js";
import { plot, point } from "../../words/plot.js";

const SIZE = 30; // pixels
const KEY_STEP = 0.01; // of the axis; ten times as much with Shift
/** @type {Record<string, [number, number]>} Which way a key moves the ring. */
export const START_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @type {Partial<CSSStyleDeclaration>} */
const RING = {
  position: "absolute",
  boxSizing: "border-box",
  width: `${SIZE}px`,
  height: `${SIZE}px`,
  borderRadius: "50%",
  cursor: "grab",
  touchAction: "none",
  pointerEvents: "auto",
  padding: "7px",
};
/** @type {Partial<CSSStyleDeclaration>} */
const CIRCLE = { boxSizing: "border-box", width: "100%", height: "100%", borderRadius: "50%" };

/**
 * Keep one ring per facet in an element.
 *
 * @param {HTMLElement} host
 * @param {(point: number[]) => void} moved
 */
export function createStarts(host, moved) {
  /** @type {Ring[]} */
  let rings = [];

  return {
    /**
     * @param {Scene} scene
     * @param {readonly Facet[]} facets
     */
    place(scene, facets) {
      const { landscape } = scene;
      const places = landscape && landscape.dim <= 2 ? facets : [];
      while (rings.length > places.length) rings.pop()?.remove();
      while (rings.length < places.length) rings = [...rings, new Ring(host, moved)];
      if (!landscape) return;
      for (const [i, facet] of places.entries()) rings[i]?.place(scene, landscape, facet);
    },
  };
}

class Ring {
  #host;
  #moved;
  #ring = document.createElement("div");
  #circle = document.createElement("div");
  /** @type {{ facet: Facet, landscape: Landscape, start: number[] } | null} */
  #now = null;
  #grabbed = false;

  /**
   * @param {HTMLElement} host
   * @param {(point: number[]) => void} moved
   */
  constructor(host, moved) {
    this.#host = host;
    this.#moved = moved;
    const ring = this.#ring;
    ring.className = "start-ring";
    ring.tabIndex = 0;
    ring.setAttribute("role", "slider");
    Object.assign(ring.style, RING);
    Object.assign(this.#circle.style, CIRCLE);
    ring.append(this.#circle);
    host.append(ring);
    ring.addEventListener("pointerdown", (event) => this.#grab(event));
    ring.addEventListener("pointermove", (event) => this.#drag(event));
    for (const end of ["pointerup", "pointercancel"]) ring.addEventListener(end, () => this.#release());
    ring.addEventListener("keydown", (event) => this.#press(event));
  }

  remove() {
    this.#ring.remove();
  }

  /**
   * @param {Scene} scene
   * @param {Landscape} landscape
   * @param {Facet} facet
   */
  place(scene, landscape, facet) {
    const { ink } = scene;
    const { box } = facet;
    this.#now = { facet, landscape, start: startOf(scene, landscape, facet) };
    const [x, height] = startPixel(scene, landscape, facet);
    const y = landscape.dim === 1 ? Math.max(box.y, Math.min(box.y + box.height, height)) : height;
    this.#ring.style.display = inBox(box, x, y, 1) ? "" : "none";
    this.#ring.style.transform = `translate(${x - SIZE / 2}px, ${y - SIZE / 2}px)`;
    this.#circle.style.border = `2.5px solid ${ink.text}`;
    this.#circle.style.boxShadow = `0 0 0 2px ${ink.card}, inset 0 0 0 1.5px ${ink.card}`;
    this.#label(this.#now.start, landscape, facet);
  }

  /**
   * @param {number[]} start
   * @param {Landscape} landscape
   * @param {Facet} facet
   */
  #label(start, landscape, facet) {
    const text = point(landscape.variables, start);
    const { range } = facet.x;
    const said = {
      label: plot.start(text),
      valuetext: text,
      valuemin: range[0],
      valuemax: range[1],
      valuenow: start[0],
    };
    for (const [name, value] of Object.entries(said)) this.#ring.setAttribute(`aria-${name}`, String(value));
  }

  /** @param {number[]} wished */
  #move(wished) {
    if (!this.#now) return;
    const { facet, landscape } = this.#now;
    const axes = [facet.x, facet.y].slice(0, landscape.dim);
    this.#moved(
      axes.map(({ range: [low, high] }, i) => round(Math.max(low, Math.min(high, wished[i] ?? 0)), high - low)),
    );
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    this.#ring.setPointerCapture(event.pointerId);
    this.#grabbed = true;
    this.#ring.style.cursor = "grabbing";
    this.#ring.focus({ preventScroll: true });
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (!this.#grabbed || !this.#now) return;
    this.#move(fromPixel(this.#now.facet, ...placeIn(this.#host, event)));
  }

  #release() {
    this.#grabbed = false;
    this.#ring.style.cursor = "grab";
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const way = START_KEYS[event.key];
    if (!way || !this.#now || (this.#now.landscape.dim === 1 && way[1] !== 0)) return;
    event.preventDefault();
    event.stopPropagation();
    const { facet, start } = this.#now;
    const far = KEY_STEP * (event.shiftKey ? 10 : 1);
    const spans = [facet.x, facet.y].map(({ range }) => range[1] - range[0]);
    this.#move(start.map((value, i) => value + far * (way[i] ?? 0) * (spans[i] ?? 0)));
  }
}

/**
 * Where the run that a facet is about, or the selected one, starts.
 *
 * @param {Scene} scene
 * @param {Landscape} landscape
 * @param {Facet} facet
 */
function startOf({ spec, view }, landscape, facet) {
  return spec.runs[facet.run?.index ?? view.selected]?.start ?? spec.runs[0]?.start ?? landscape.start;
}

/**
 * @param {Scene} scene
 * @param {Landscape} landscape
 * @param {Facet} facet
 */
export function startPixel(scene, landscape, facet) {
  const start = startOf(scene, landscape, facet);
  const [x = NaN, y = landscape.dim === 1 ? heightAt(landscape, start[0] ?? NaN) : NaN] = start;
  return toPixel(facet, x, y);
}

/**
 * As many digits as a pixel is worth.
 * @param {number} value
 * @param {number} span
 */
function round(value, span) {
  const unit = 10 ** Math.floor(Math.log10(span / 400));
  return Number((Math.round(value / unit) * unit).toPrecision(12));
}

/**
 * The curve's height, between two of its samples.
 * @param {Landscape} landscape
 * @param {number} x
 */
export function heightAt({ domain, z }, x) {
  const [low, high] = domain[0] ?? [0, 1];
  const place = Math.max(0, Math.min(z.length - 1, ((x - low) / (high - low)) * (z.length - 1)));
  const left = Math.min(z.length - 2, Math.floor(place));
  const [a, b] = [z[left] ?? NaN, z[left + 1] ?? NaN];
  return a + (place - left) * (b - a);
}
