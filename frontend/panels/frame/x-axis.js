/** What the panels over steps have along x: updates, examples seen by then, or seconds. */

/** @import { Axis, RunView, Scene, StepAxis } from "../../types/page.js" */

import { stepAt } from "../../state/run-data.js";
import { isNetwork } from "../../state/spec.js";
import { pictures } from "../../words/pictures.js";
import { axis } from "./axes.js";

/**
 * How much of what is along x one update of a run is: 1 step, its examples, its seconds; NaN while that is not known.
 *
 * @param {Scene} scene
 * @param {RunView} run
 * @param {StepAxis} along
 */
function perStep({ spec, events }, run, along) {
  if (along === "steps") return 1;
  const told = (/** @type {string} */ kind, /** @type {number} */ of) =>
    events.find((event) => event.kind === kind && event.run === of)?.value ?? NaN;
  if (along === "seconds") return told("timing", run.index);
  return spec.runs[run.index]?.batch_size ?? told("data", 0);
}

/**
 * What is along x: what was chosen, or steps until it is known of every run.
 *
 * @param {Scene} scene
 * @returns {StepAxis}
 */
export function xAxisOf(scene) {
  const { axis: chosen } = scene.view;
  if (!isNetwork(scene.spec.problem) || chosen === "steps") return "steps";
  return scene.runs.every((run) => perStep(scene, run, chosen) > 0) ? chosen : "steps";
}

/**
 * @param {Scene} scene
 * @param {RunView} run
 */
export function factorOf(scene, run) {
  return perStep(scene, run, xAxisOf(scene));
}

/**
 * The axis of the panels over steps; its cursor stands where the selected run is.
 *
 * @param {Scene} scene
 * @returns {Axis}
 */
export function stepAxis(scene) {
  const along = xAxisOf(scene);
  const ends = scene.runs.map((run) => {
    const last = run.n > 0 ? stepAt(run, run.n - 1) : 0;
    return perStep(scene, run, along) * Math.max(scene.spec.steps, last);
  });
  const longest = Math.max(...ends, ends.length === 0 ? scene.spec.steps : 0);
  const selected = scene.runs[scene.view.selected] ?? scene.runs[0];
  const drawn = axis([0, along === "seconds" ? longest || 1 : Math.max(1, longest)], pictures.along[along]);
  return along === "steps" || !selected ? drawn : { ...drawn, perStep: perStep(scene, selected, along) };
}

/** @type {WeakMap<RunView["columns"], { n: number, factor: number, x: Float64Array }>} */
const known = new WeakMap();

/**
 * Where along x the entries of a run are; null for its steps.
 *
 * @param {Scene} scene
 * @param {RunView} run
 */
export function placesOf(scene, run) {
  const factor = factorOf(scene, run);
  if (xAxisOf(scene) === "steps") return null;
  const old = known.get(run.columns);
  if (old && old.n === run.n && old.factor === factor) return old.x;
  const x = new Float64Array(run.n);
  for (let i = 0; i < run.n; i++) x[i] = stepAt(run, i) * factor;
  known.set(run.columns, { n: run.n, factor, x });
  return x;
}
