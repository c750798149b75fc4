/** What a reader expects, before anything runs; afterwards it stays, as a ghost, beside what happened. */

/** @import { Ghost, Landscape, RunView, Stores } from "../types/page.js" */
/** @import { Answers, Lesson, LessonValue, NumberQuestion, SketchQuestion } from "../types/lessons.js" */
/** @import { createProse } from "./terms.js" */

import { styleOf } from "../plot/palette.js";
import { valueAt } from "../state/run-data.js";
import { el, fill } from "../ui/dom.js";
import { createLogSlider } from "../ui/slider.js";
import { lessons as words } from "../words/learning/lessons.js";
import { number, plot, toNumber } from "../words/workbench.js";
import { createRadios } from "./choice.js";
import { compareNumbers, compareSketch, endsOf } from "./compare.js";
import { createSketch } from "./sketch.js";

/** Of a sketched loss: decades above and below its first value. */
const DECADES = /** @type {[number, number]} */ ([-6, 3]);

/**
 * How a kind of prediction is asked for, and what is said of it afterwards.
 *
 * @typedef {object} Asked
 * @property {HTMLElement} element
 * @property {() => number | number[] | null} value null: nothing has been predicted yet.
 * @property {(given: number | number[], runs: readonly RunView[]) => (Node | string)[]} compare
 * @property {(given: number | number[]) => Ghost | null} ghost What stays in the picture of the loss.
 */

/**
 * @param {Lesson} lesson
 * @param {object} page
 * @param {Pick<Stores, "view" | "spec" | "landscape">} page.stores
 * @param {ReturnType<typeof createProse>} page.prose
 * @param {() => LessonValue | undefined} page.truth Of a number; undefined as long as it is not known.
 * @param {() => void} page.changed
 * @param {Answers["prediction"]} given Of an earlier visit.
 * @returns {Asked}
 */
export function createPrediction(lesson, { stores, prose, truth, changed }, given) {
  const { prediction } = lesson;
  if (prediction.kind === "number") return ofNumber(prediction, prose, truth, changed, given);
  if (prediction.kind === "sketch")
    return ofSketch(prediction, stores, prose, lesson.presets[0]?.spec.steps ?? 1, given);
  /** @type {number | null} */
  let chosen = null;
  const element = createRadios(prediction, prose, (answer) => {
    chosen = answer;
    changed();
  });
  return {
    element,
    value: () => chosen,
    ghost: () => null,
    compare(answer, runs) {
      const said = prediction.answers[Number(answer)] ?? "";
      const right = answer === prediction.right;
      const sentence = right ? words.compare.right(said) : words.compare.wrong(said, rightOf(lesson));
      const because = prediction.because?.[Number(answer)];
      const ends = endsOf(runs);
      return [
        el("p", { "data-right": right }, sentence),
        because ? prose.paragraph(because) : "",
        ends.length > 0
          ? el(
              "p",
              { class: "help" },
              words.compare.ends.of(stores.spec.get().steps, (lesson.presets[0]?.spec.seeds ?? 1) > 1),
            )
          : "",
        ends.length > 0 ? el("ul", { class: "ends" }, ...ends.map((end) => el("li", {}, end))) : "",
      ];
    },
  };
}

/** @param {Lesson} lesson */
function rightOf({ prediction }) {
  return prediction.kind === "choice" ? (prediction.answers[prediction.right] ?? "") : "";
}

/**
 * @param {NumberQuestion} question
 * @param {ReturnType<typeof createProse>} prose
 * @param {() => LessonValue | undefined} truth
 * @param {() => void} changed
 * @param {Answers["prediction"]} given
 * @returns {Asked}
 */
function ofNumber({ text, low, high, truth: path }, prose, truth, changed, given) {
  const whole = /reaches|nonfinite|rises|first_rise/.test(path);
  const middle = Math.sqrt(low * high);
  let guess = typeof given === "number" ? given : whole ? Math.round(middle) : Number(middle.toPrecision(3));
  const slider = createLogSlider({
    label: words.number,
    loc: "prediction",
    low,
    high,
    whole,
    change(value) {
      guess = value;
      changed();
    },
  });
  slider.update(guess);
  return {
    element: el("div", {}, prose.tell(el("p", { class: "asked" }), text), slider.element),
    value: () => guess,
    ghost: (value) => (whole && path.includes("reaches") ? { step: Number(value) } : null),
    compare(value) {
      const known = truth();
      if (known === undefined) return [el("p", { class: "help" }, words.coming)];
      const real = known === null ? null : toNumber(/** @type {number} */ (known));
      return [el("p", {}, compareNumbers(Number(value), real)), scale(Number(value), real, low, high)];
    },
  };
}

/**
 * Prediction and truth on one logarithmic axis.
 *
 * @param {number} guess
 * @param {number | null} truth
 * @param {number} low
 * @param {number} high
 */
function scale(guess, truth, low, high) {
  const place = (/** @type {number} */ value) => {
    const share = Math.log(Math.max(low, Math.min(high, value)) / low) / Math.log(high / low);
    return `left:${(100 * share).toFixed(1)}%`;
  };
  const mark = (/** @type {string} */ look, /** @type {number} */ value, /** @type {string} */ name) =>
    el("span", { class: look, style: place(value) }, el("span", {}, `${name} ${number(value)}`));
  const real = truth !== null && truth > 0 && Number.isFinite(truth);
  return el(
    "div",
    { class: "ghost-scale" },
    mark("ghost", guess, words.compare.guess),
    real && mark("truth", truth, words.compare.truth),
    el("span", { class: "low" }, number(low)),
    el("span", { class: "high" }, number(high)),
  );
}

/**
 * @param {SketchQuestion} question
 * @param {Pick<Stores, "view" | "landscape">} stores
 * @param {ReturnType<typeof createProse>} prose
 * @param {number} last
 * @param {Answers["prediction"]} given
 * @returns {Asked}
 */
function ofSketch({ text, run: index, column = "loss" }, { view, landscape }, prose, last, given) {
  const drawn = Array.isArray(given) ? given : null;
  const factors = column === "loss";
  const place = el("div", {});
  let sketch = make(landscape.get());
  if (!factors) landscape.watch((seen) => seen && place.isConnected && drawn === null && renew(seen));
  fill(place, sketch.element);

  /** @param {Landscape | null} seen */
  function make(seen) {
    const axis = column === "p1" ? 1 : 0;
    const range = /** @type {[number, number]} */ (factors ? DECADES : (seen?.domain[axis] ?? [-5, 5]));
    const name = factors ? words.sketch.loss : words.sketch.coordinate(seen?.variables[axis] ?? "x");
    return createSketch({ name, range, log: factors }, last, drawn);
  }

  /** @param {Landscape} seen */
  function renew(seen) {
    sketch = make(seen);
    fill(place, sketch.element);
  }

  return {
    element: el(
      "div",
      {},
      prose.tell(el("p", { class: "asked" }), text),
      place,
      el("p", { class: "help" }, words.sketch.help),
    ),
    value: () => sketch.values(),
    ghost: (values) =>
      factors && Array.isArray(values)
        ? { run: index, line: values.map((value, i) => [sketch.steps[i] ?? 0, value]) }
        : null,
    compare(values, runs) {
      const run = runs.find((one) => one.index === index);
      if (!run || run.n === 0 || !Array.isArray(values)) return [sketch.element];
      const unit = factors ? valueAt(run, "loss", 0) : 1;
      sketch.fix();
      sketch.reveal(run, column, unit, styleOf(index, view.get().theme).color);
      const truth = sketch.steps.map((step) => valueAt(run, column, step) / unit);
      const said = compareSketch(values, truth, sketch.steps, factors);
      return [sketch.element, el("p", { class: "help" }, `${plot.run(index)}: ${run.label}`), el("p", {}, said)];
    },
  };
}
