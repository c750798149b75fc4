/** The layers of a panel: ink that stands still, Plotly, trails, moving points, and what can be grabbed. */

import { watchSize } from "../../plot/sizes.js";

/**
 * @param {HTMLElement} element
 * @param {string} label
 * @param {() => void} emptied The canvases have another size, or have lost what was on them.
 */
export function createLayers(element, label, emptied) {
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
  element.tabIndex = 0;
  if (getComputedStyle(element).position === "static") element.style.position = "relative";
  const [base, trails, markers] = [canvas(), canvas(), canvas()];
  const plot = document.createElement("div");
  plot.setAttribute("aria-hidden", "true");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  cover(plot, { opacity: "0", transition: calm ? "none" : "opacity 160ms", willChange: "opacity" });
  const marks = document.createElement("div");
  cover(marks, { pointerEvents: "none" });
  element.replaceChildren(base, plot, trails, markers, marks);

  const layers = {
    base: penOf(base),
    trails: penOf(trails),
    markers: penOf(markers),
    plot,
    marks,
    width: 0,
    height: 0,
    ratio: 1,
    /** CSS pixels of one pixel that the panels draw in: larger on larger screens. */
    scale: 1,
    /** Whether nobody can see it, and nothing has to be drawn. */
    hidden: () => size.hidden(),
    /** Have one picture for paper, on which browsers show the last strokes only of a canvas drawn anew. @param {boolean} is */
    print(is) {
      element.querySelector(".on-paper")?.remove();
      if (!is || layers.width === 0) return;
      const paper = document.createElement("canvas");
      paper.className = "on-paper";
      [paper.width, paper.height] = [base.width, base.height];
      const pen = penOf(paper);
      for (const one of [base, trails, markers]) pen.drawImage(one, 0, 0);
      element.append(paper);
    },
    close() {
      size.stop();
      element.replaceChildren();
    },
  };

  const size = watchSize(element, (now) => {
    const scale = Number(getComputedStyle(element).getPropertyValue("--plot-scale")) || 1;
    const ratio = now.ratio * scale;
    Object.assign(layers, { width: now.width / scale, height: now.height / scale, ratio, scale });
    for (const part of [plot, marks]) enlarge(part, scale);
    for (const pen of [layers.base, layers.trails, layers.markers]) {
      pen.canvas.width = Math.round(layers.width * ratio);
      pen.canvas.height = Math.round(layers.height * ratio);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    emptied();
  });
  return layers;
}

/**
 * What is placed in the panels' pixels is enlarged as a whole.
 * @param {HTMLElement} part
 * @param {number} scale
 */
function enlarge({ style }, scale) {
  style.transformOrigin = "0 0";
  style.transform = scale === 1 ? "" : `scale(${scale})`;
  style.width = style.height = `${100 / scale}%`;
}

function canvas() {
  const made = document.createElement("canvas");
  made.setAttribute("aria-hidden", "true");
  cover(made, { pointerEvents: "none" });
  return made;
}

/**
 * @param {HTMLElement} element
 * @param {Partial<CSSStyleDeclaration>} style
 */
function cover(element, style) {
  Object.assign(element.style, { position: "absolute", left: "0", top: "0", width: "100%", height: "100%", ...style });
}

/** @param {HTMLCanvasElement} element */
function penOf(element) {
  const pen = element.getContext("2d");
  if (!pen) throw new Error("This browser gives no 2d canvas; the pictures cannot be drawn.");
  return pen;
}
