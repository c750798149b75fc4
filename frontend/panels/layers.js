/** The layers of a panel: ink that stands still, Plotly, trails, moving points, and what can be grabbed. */

/**
 * @param {HTMLElement} element
 * @param {string} label
 * @param {() => void} resized
 */
export function createLayers(element, label, resized) {
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
  element.tabIndex = 0;
  if (getComputedStyle(element).position === "static") element.style.position = "relative";
  const [base, trails, heads] = [canvas(), canvas(), canvas()];
  const plot = document.createElement("div");
  plot.setAttribute("aria-hidden", "true");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  cover(plot, { opacity: "0", transition: calm ? "none" : "opacity 160ms", willChange: "opacity" });
  const marks = document.createElement("div");
  cover(marks, { pointerEvents: "none" });
  element.replaceChildren(base, plot, trails, heads, marks);

  const layers = {
    base: penOf(base),
    trails: penOf(trails),
    heads: penOf(heads),
    plot,
    marks,
    width: 0,
    height: 0,
    ratio: 1,
    /** CSS pixels of one pixel that the panels draw in: larger on larger screens. */
    scale: 1,
    close() {
      observer.disconnect();
      density.removeEventListener("change", watchDensity);
      element.replaceChildren();
    },
  };

  function fit() {
    const scale = Number(getComputedStyle(element).getPropertyValue("--plot-scale")) || 1;
    const [width, height] = [element.clientWidth / scale, element.clientHeight / scale];
    const ratio = (window.devicePixelRatio || 1) * scale;
    if (width === layers.width && height === layers.height && ratio === layers.ratio) return;
    Object.assign(layers, { width, height, ratio, scale });
    for (const part of [plot, marks]) enlarge(part, scale);
    for (const pen of [layers.base, layers.trails, layers.heads]) {
      pen.canvas.width = Math.round(width * ratio);
      pen.canvas.height = Math.round(height * ratio);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    resized();
  }

  let density = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
  function watchDensity() {
    density.removeEventListener("change", watchDensity);
    density = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    density.addEventListener("change", watchDensity);
    fit();
  }
  density.addEventListener("change", watchDensity);
  const observer = new ResizeObserver(fit);
  observer.observe(element);
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
