/** What Plotly does below the ink: hovering and zooming. It comes when it is needed, and never out of line with the ink. */

/** @import { Config, Layout, PlotlyHTMLElement } from "plotly.js" */
/** @import { Facet, Figure, Scene, Span } from "../../types/page.js" */

import { whenPlotly } from "../../plot/plotly.js";

const SETTLED = 140; // ms without a change before Plotly draws again: it takes longer than a frame
const FAMILY = "system-ui, sans-serif";

/** @type {Partial<Config>} */
const CONFIG = { displayModeBar: false, displaylogo: false, doubleClick: false, showTips: false };

/**
 * A layout that puts Plotly's axes exactly where the ink has its own: no margins, domains in shares of the element.
 *
 * @param {Scene} scene
 * @param {readonly Facet[]} facets
 * @returns {Partial<Layout>}
 */
export function plotlyLayout({ width, height, ink }, facets) {
  /** @type {Record<string, unknown>} */
  const layout = {
    width,
    height,
    autosize: false,
    margin: { l: 0, r: 0, t: 0, b: 0, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    dragmode: globalThis.matchMedia?.("(pointer: coarse)").matches ? false : "zoom",
    font: { family: FAMILY, size: 12, color: ink.text },
    hoverlabel: { bgcolor: ink.card, bordercolor: ink.axis, font: { family: FAMILY, color: ink.text, size: 12 } },
  };
  facets.forEach(({ box, x, y }, i) => {
    const name = i === 0 ? "" : String(i + 1);
    const quiet = {
      showgrid: false,
      zeroline: false,
      showticklabels: false,
      ticks: "",
      showline: false,
      automargin: false,
      showspikes: false,
      autorange: false,
    };
    const span = [box.x / width, (box.x + box.width) / width];
    const up = [1 - (box.y + box.height) / height, 1 - box.y / height];
    layout[`xaxis${name}`] = {
      ...quiet,
      domain: span,
      range: [...x.range],
      anchor: `y${name}`,
      ...(i > 0 && { matches: "x" }),
    };
    const type = y.log ? "log" : "linear";
    layout[`yaxis${name}`] = {
      ...quiet,
      type,
      domain: up,
      range: [...y.range],
      anchor: `x${name}`,
      ...(i > 0 && { matches: "y" }),
    };
  });
  return layout;
}

/** @type {Promise<void>} One drawing at a time over all panels, each in an idle moment. */
let queue = Promise.resolve();

/** Wait until the page has nothing better to do. */
function idle() {
  return new Promise((done) => {
    if ("requestIdleCallback" in window) requestIdleCallback(done, { timeout: 400 });
    else setTimeout(done, 30);
  });
}

/** Plotly in an element, once it has been loaded. */
export class Underlay {
  #element;
  #zoomed;
  /** @type {PlotlyHTMLElement | null} */
  #plot = null;
  /** @type {(() => Figure) | null} */
  #wanted = null;
  #wantedKey = "";
  #shownKey = "";
  #timer = 0;
  #closed = false;
  #waits = false;

  /**
   * @param {HTMLElement} element
   * @param {(ranges: { x: Span, y: Span }) => void} zoomed While and after the reader zooms.
   */
  constructor(element, zoomed) {
    this.#element = element;
    this.#zoomed = zoomed;
  }

  /**
   * Draw this when nothing has changed for a moment; until then Plotly is hidden where its axes would be wrong.
   *
   * @param {() => Figure} make
   * @param {string} key What the axes are; equal keys, equal places.
   */
  show(make, key) {
    this.#wanted = make;
    this.#wantedKey = key;
    this.#reveal();
    this.#later();
  }

  /** Plotly has moved to these axes by itself. @param {string} key */
  moved(key) {
    this.#shownKey = this.#wantedKey = key;
    this.#reveal();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#release();
  }

  #later(ms = SETTLED) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      // What went wrong in one panel must not keep the others waiting.
      queue = queue
        .then(idle)
        .then(() => this.#draw())
        .catch((error) => console.error(error));
    }, ms);
  }

  /** Nobody has pointed at a picture yet: draw when Plotly has come. */
  #wait() {
    if (this.#waits) return;
    this.#waits = true;
    void whenPlotly().then(() => this.#later(0));
  }

  async #draw() {
    const [make, key] = [this.#wanted, this.#wantedKey];
    if (this.#closed || !make) return;
    if (!window.Plotly) return this.#wait();
    this.#wanted = null;
    const { data, layout } = make();
    const first = this.#plot === null;
    this.#plot = await window.Plotly.react(this.#element, data, layout, CONFIG);
    if (this.#closed) return this.#release();
    if (first) this.#listen(this.#plot);
    this.#shownKey = key;
    this.#reveal();
  }

  /** @param {PlotlyHTMLElement} drawn */
  #listen(drawn) {
    // Plotly tells of a relayout after a double click too, with nothing in it.
    const tell = (/** @type {object | undefined} */ change) => {
      const { xaxis, yaxis } = drawn.layout;
      const moves = Object.keys(change ?? {}).some((name) => name.includes("axis"));
      if (!moves || !xaxis?.range || !yaxis?.range) return;
      this.#zoomed({
        x: /** @type {Span} */ (xaxis.range.map(Number)),
        y: /** @type {Span} */ (yaxis.range.map(Number)),
      });
    };
    drawn.on("plotly_relayouting", tell);
    drawn.on("plotly_relayout", tell);
  }

  #reveal() {
    this.#element.style.opacity = this.#shownKey === this.#wantedKey ? "1" : "0";
  }

  #release() {
    if (this.#plot) window.Plotly?.purge(this.#element);
    this.#plot = null;
  }
}
