/** Which of the catalogue's pairs of fields a set-up can be mapped over. */

/** @import { Landscape, MapAxis, MapPair, Spec } from "../../types/page.js" */

import { isNetwork } from "../../state/spec.js";

/** @typedef {MapAxis & { from: number, to: number }} Axis */
/** @typedef {{ title: string, across: Axis, up: Axis }} Pair */

/**
 * The pairs that a set-up can be mapped over, the most telling first.
 *
 * @param {readonly MapPair[]} pairs
 * @param {Spec} spec
 * @param {Landscape | null} landscape
 * @returns {Pair[]}
 */
export function pairsOf(pairs, { problem, runs }, landscape) {
  const rule = runs[0]?.optimizer ?? { kind: "sgd" };
  return pairs
    .filter(({ network }) => network === isNetwork(problem))
    .filter(({ dimension }) => dimension === null || dimension === landscape?.dim)
    .filter(({ optimizer }) =>
      Object.entries(optimizer ?? {}).every(([name, may]) => may.includes(rule[name] ?? false)),
    )
    .map(({ title, across, up }) => ({
      title,
      across: withEnds(across, landscape?.domain[0]),
      up: withEnds(up, landscape?.domain[1]),
    }));
}

/**
 * @param {MapAxis} axis
 * @param {readonly [number, number]} [interval] Of the domain.
 * @returns {Axis}
 */
function withEnds(axis, [low, high] = [-1, 1]) {
  return { ...axis, from: axis.from ?? low, to: axis.to ?? high };
}
