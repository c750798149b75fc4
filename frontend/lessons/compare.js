/** A prediction beside what happened, in numbers. */

/** @import { RunView } from "../types/page.js" */

import { lastStep, valueAt } from "../state/run-data.js";
import { lessons as words } from "../words/learning/lessons.js";
import { number } from "../words/workbench.js";

export const POINTS = 5; // of a sketched curve
const NEAR = 0.1; // a share that is as good as right

/**
 * What is to be said of a predicted number and the true one; null: it never came to that.
 *
 * @param {number} guess
 * @param {number | null} truth
 */
export function compareNumbers(guess, truth) {
  if (truth === null) return words.compare.never(number(guess));
  if (!Number.isFinite(truth) || truth === 0) return words.compare.plain(number(guess), number(truth));
  const ratio = guess / truth;
  if (Math.abs(ratio - 1) < 1e-9) return words.compare.exact(number(truth));
  if (Math.abs(ratio - 1) <= NEAR)
    return words.compare.near(number(guess), number(truth), number(100 * Math.abs(ratio - 1), 2));
  if (ratio > 1) return words.compare.high(number(guess), number(truth), number(ratio, 2));
  return words.compare.low(number(guess), number(truth), number(1 / ratio, 2));
}

/** The steps at which a curve is sketched. @param {number} last */
export function sketchedSteps(last) {
  return Array.from({ length: POINTS }, (_, i) => Math.round((i * last) / (POINTS - 1)));
}

/**
 * What is to be said of a sketched curve: where it is farthest from the true one, by factors of a loss or by distances
 * of a coordinate.
 *
 * @param {readonly number[]} sketch
 * @param {readonly number[]} truth At the same steps.
 * @param {readonly number[]} steps
 * @param {boolean} factors
 */
export function compareSketch(sketch, truth, steps, factors) {
  const apart = sketch.map((value, i) => distance(value, truth[i] ?? Number.NaN, factors));
  const at = apart.reduce((most, one, i) => (one > (apart[most] ?? 0) ? i : most), 0);
  const [drawn = 0, real = 0, step = 0] = [sketch[at], truth[at], steps[at]];
  const said = words.compare.sketch(step, number(drawn), number(real));
  const ratio = Math.max(drawn / real, real / drawn);
  return factors && Number.isFinite(ratio) && ratio > 1 ? `${said} ${words.compare.factor(number(ratio, 2))}` : said;
}

/**
 * @param {number} drawn
 * @param {number} real
 * @param {boolean} factors
 */
function distance(drawn, real, factors) {
  if (!Number.isFinite(real)) return Infinity;
  return factors ? Math.abs(Math.log(Math.max(drawn, 1e-300) / Math.max(real, 1e-300))) : Math.abs(drawn - real);
}

/**
 * What every run came to, in a line: its loss at the end.
 * @param {readonly RunView[]} runs
 */
export function endsOf(runs) {
  return runs
    .filter((run) => run.n > 0)
    .map((run) => {
      const { kind, nonfinite } = run.outcome ?? { kind: null, nonfinite: null };
      if (nonfinite !== null) return words.compare.ends.nonfinite(run.label, nonfinite);
      const said = number(valueAt(run, "loss", lastStep([run])));
      return kind === "diverged"
        ? words.compare.ends.diverged(run.label, said)
        : words.compare.ends.loss(run.label, said);
    });
}
