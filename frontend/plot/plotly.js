/** Plotly, which is larger than all the rest of the page: loaded when somebody first needs it. */

/** @type {() => void} */
let arrived = () => {};
const there = /** @type {Promise<void>} */ (
  new Promise((done) => {
    arrived = done;
  })
);
/** @type {Promise<void> | null} The attempt in progress, or the one that succeeded. */
let attempt = null;

/** Resolves once Plotly is there, whoever has asked for it. */
export function whenPlotly() {
  return there;
}

/** Load Plotly from where the page says; resolves when that has succeeded or failed, and can be tried again then. */
export function loadPlotly() {
  const src = document.documentElement.dataset.plotly;
  attempt ??= new Promise((done) => {
    const script = document.createElement("script");
    script.addEventListener("load", () => {
      arrived();
      done();
    });
    script.addEventListener("error", () => {
      attempt = null;
      script.remove();
      done();
    });
    if (src) script.src = src;
    document.head.append(script);
  });
  return attempt;
}
