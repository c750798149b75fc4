/** The picture of a range test in the page: a canvas that follows its size, the theme and the pointer. */

/** @import { RunView } from "../../types/page.js" */
/** @import { RangeFindings } from "../../types/wire.js" */

import { enlargementOf, placeIn, watchSize } from "../../plot/sizes.js";
import { el } from "../../ui/dom.js";
import { range as text } from "../../words/range.js";
import { drawRange, planOf } from "./figure.js";

/** @param {() => "light" | "dark"} theme */
export function createRangePlot(theme) {
  const canvas = el("canvas", {});
  const element = el("div", { id: "plot", role: "img", "aria-label": text.plot }, canvas);
  let plan = planOf([], null, [1e-5, 1], theme());
  /** @type {number | null} */
  let pointed = null;

  function draw() {
    const { clientWidth: width, clientHeight: height } = element;
    const pen = canvas.getContext("2d");
    if (!pen || width === 0 || height === 0) return;
    const ratio = (devicePixelRatio || 1) * enlargementOf(element);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    pen.scale(ratio, ratio);
    drawRange(pen, plan, width, height, theme(), pointed);
  }

  const size = watchSize(element, draw);
  element.addEventListener("pointermove", (event) => {
    [pointed] = placeIn(element, event);
    draw();
  });
  element.addEventListener("pointerleave", () => {
    pointed = null;
    draw();
  });
  return {
    element,
    /** @param {{ runs: readonly RunView[], found: RangeFindings | null, rates: [number, number] }} curve */
    show({ runs, found, rates }) {
      plan = planOf(runs, found, rates, theme());
      draw();
    },
    stop: () => size.stop(),
  };
}
