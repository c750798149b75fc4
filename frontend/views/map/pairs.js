/** Which of the catalogue's pairs of fields a set-up can be mapped over. */

/** @import { FirstRuns, Landscape, MapAxis, MapPair, Spec } from "../../types/page.js" */

import { isNetwork } from "../../state/spec.js";
import { ratesFor } from "../sweep/fields.js";

const RATE = "run.optimizer.lr";

/** @typedef {MapAxis & { from: number, to: number }} Axis */
/** @typedef {{ title: string, across: Axis, up: Axis }} Pair */

/**
 * The pairs that a set-up can be mapped over, the most telling first.
 *
 * @param {readonly MapPair[]} pairs
 * @param {Spec} spec
 * @param {Landscape | null} landscape
 * @param {FirstRuns | null} [first] How runs on the problem begin.
 * @returns {Pair[]}
 */
export function pairsOf(pairs, { problem, runs }, landscape, first = null) {
  const rule = runs[0]?.optimizer ?? { kind: "sgd" };
  const rates = first && endsOf(ratesFor(runs[0], first));
  return pairs
    .filter(({ network }) => network === isNetwork(problem))
    .filter(({ dimension }) => dimension === null || dimension === landscape?.dim)
    .filter(({ optimizer }) =>
      Object.entries(optimizer ?? {}).every(([name, may]) => may.includes(rule[name] ?? false)),
    )
    .map(({ title, across, up }) => ({
      title,
      across: withEnds(across, across.field === RATE ? rates : landscape?.domain[0]),
      up: withEnds(up, up.field === RATE ? rates : landscape?.domain[1]),
    }));
}

/** @param {readonly number[]} rates @returns {[number, number]} */
function endsOf(rates) {
  return [rates[0] ?? 0.001, rates.at(-1) ?? 1];
}

/**
 * Rates reach as far as the problem's, whatever the catalogue begins with; other axes without ends along the domain.
 *
 * @param {MapAxis} axis
 * @param {readonly [number, number] | null} [interval]
 * @returns {Axis}
 */
function withEnds(axis, interval) {
  const [low, high] = interval ?? [-1, 1];
  if (axis.field === RATE && interval) return { ...axis, from: low, to: high };
  return { ...axis, from: axis.from ?? low, to: axis.to ?? high };
}
