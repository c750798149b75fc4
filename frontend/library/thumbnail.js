/** Loss curves, and maps, drawn small as soon as they come into view. */

/** @import { Outline } from "../types/wire.js" */

import { styleOf } from "../plot/palette.js";
import { getThumbnail } from "../server/api.js";
import { hrefOf } from "../state/site/root.js";
import { el, fill, svg } from "../ui/dom.js";
import { curveAxis, curvePath } from "../views/small-curve.js";
import { toNumber } from "../words/workbench.js";

const WIDTH = 320;
const HEIGHT = 88;
const MARGIN = 6;
const JITTERS = 0.4; // a loss that turns at so many of its points jitters
const PARTS = 12; // means over so many parts of a run are seen of it
/** Decades above and below the highest start that are told apart, and what is left free at either end. */
const ROOM = { above: 1.5, below: 12, pad: MARGIN / (HEIGHT - 2 * MARGIN) };

/**
 * The curves as paths, each with the number of its run; nothing where no loss can be drawn.
 *
 * @param {readonly Outline[]} runs
 * @returns {{ run: number, d: string }[]}
 */
export function curvesOf(runs) {
  const curves = runs.map(({ step, loss }) => ({ step, loss: smooth(loss.map(toNumber)), n: loss.length }));
  const axis = curveAxis(curves, ROOM);
  if (!axis) return [];
  const last = Math.max(...curves.map(({ step }) => step.at(-1) ?? 0));
  /** @type {Parameters<typeof curvePath>[1]} */
  const frame = { x: [MARGIN, WIDTH - MARGIN], y: [HEIGHT, 0], last, axis };
  return runs.flatMap(({ run }, i) => {
    const curve = curves[i];
    return curve && Number.isFinite(curve.loss[0]) ? [{ run, d: curvePath(curve, frame) }] : [];
  });
}

/**
 * Losses that jitter as means over a part of the run, so that two pictures of batches differ by what was learnt; others
 * as they are.
 *
 * @param {number[]} loss
 */
export function smooth(loss) {
  const turns = loss.filter((value, i) => (value - (loss[i - 1] ?? NaN)) * ((loss[i + 1] ?? NaN) - value) < 0).length;
  if (turns < JITTERS * loss.length || !loss.every(Number.isFinite)) return loss;
  const half = Math.max(1, Math.round(loss.length / (2 * PARTS)));
  return loss.map((_, i) => {
    const near = loss.slice(Math.max(0, i - half), i + half + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

/** @param {readonly Outline[]} runs */
export function drawing(runs) {
  const paths = curvesOf(runs).map(({ run, d }) => {
    const { color } = styleOf(run, "light");
    const path = svg("path", { d, fill: "none", "stroke-width": 1.6, "vector-effect": "non-scaling-stroke" });
    path.setAttribute("style", `stroke: light-dark(${color}, ${styleOf(run, "dark").color})`);
    return path;
  });
  const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" };
  return svg("svg", box, ...paths);
}

/** Draw into places that come into view. */
export function createThumbnails() {
  /** @type {WeakMap<Element, { id: string, kind: string }>} */
  const records = new WeakMap();
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const record = isIntersecting && records.get(target);
        if (!record) continue;
        seen.unobserve(target);
        void draw(target, record);
      }
    },
    { rootMargin: "200px" },
  );

  /**
   * @param {Element} place
   * @param {{ id: string, kind: string }} record
   */
  async function draw(place, { id, kind }) {
    if (kind === "map") {
      const image = el("img", { alt: "", src: hrefOf(`api/experiments/${encodeURIComponent(id)}/map?format=png`) });
      image.addEventListener("error", () => image.remove());
      fill(place, image);
      return;
    }
    try {
      fill(place, drawing((await getThumbnail(id)).runs));
    } catch {
      // The card says what there is without a picture too.
    }
  }

  return {
    /**
     * @param {Element} place
     * @param {{ id: string, kind: string }} record
     */
    watch(place, record) {
      records.set(place, record);
      seen.observe(place);
    },
    /** @param {Element} place */
    forget(place) {
      seen.unobserve(place);
    },
  };
}
