/** Loss curves, and maps, drawn small as soon as they come into view. */

/** @import { Outline } from "../types/wire.js" */

import { styleOf } from "../plot/palette.js";
import { getThumbnail } from "../server/api.js";
import { el, fill, svg } from "../ui/dom.js";
import { toNumber } from "../words/workbench.js";

const WIDTH = 320;
const HEIGHT = 88;
const MARGIN = 6;
const DEEPEST = 12; // decades below the start that are still told apart
const HIGHEST = 1.5; // decades above the highest start; what rises further leaves the picture

/**
 * The curves as paths, each with the number of its run; nothing where no loss can be drawn.
 *
 * The height is the logarithm of the loss; of losses that are not all positive, the loss itself.
 *
 * @param {readonly Outline[]} runs
 * @returns {{ run: number, d: string }[]}
 */
export function curvesOf(runs) {
  const tables = runs.map(({ run, step, loss }) => ({
    run,
    points: loss.map((value, i) => /** @type {const} */ ([step[i] ?? 0, toNumber(value)])),
  }));
  const finite = tables.flatMap(({ points }) => points.filter(([, loss]) => Number.isFinite(loss)));
  const starts = tables.map(({ points }) => points[0]?.[1] ?? NaN).filter(Number.isFinite);
  const lowest = Math.min(...finite.map(([, loss]) => loss));
  const start = Math.max(...starts);
  if (finite.length === 0 || starts.length === 0) return [];
  const logs = start > 0 && finite.every(([, loss]) => loss >= 0);
  const height = (/** @type {number} */ loss) =>
    logs ? Math.max(Math.log10(loss / start), -DEEPEST) : (loss - lowest) / (start - lowest || 1);
  const heights = finite.map(([, loss]) => Math.min(height(loss), HIGHEST));
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const last = Math.max(1, ...finite.map(([step]) => step));
  const x = (/** @type {number} */ step) => MARGIN + (step / last) * (WIDTH - 2 * MARGIN);
  const y = (/** @type {number} */ loss) =>
    MARGIN + (1 - (Math.min(height(loss), 2 * HIGHEST) - low) / (high - low || 1)) * (HEIGHT - 2 * MARGIN);
  return tables.map(({ run, points }) => ({ run, d: pathOf(points, x, y) })).filter(({ d }) => d !== "");
}

/**
 * @param {readonly (readonly [step: number, loss: number])[]} points
 * @param {(step: number) => number} x
 * @param {(loss: number) => number} y
 */
function pathOf(points, x, y) {
  const end = points.findIndex(([, loss]) => !Number.isFinite(loss));
  const drawn = end < 0 ? points : points.slice(0, end);
  return drawn.map(([step, loss], i) => `${i ? "L" : "M"}${x(step).toFixed(1)} ${y(loss).toFixed(1)}`).join("");
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
      const image = el("img", { alt: "", src: `/api/experiments/${encodeURIComponent(id)}/map?format=png` });
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
