/** Pairs of fields that are worth a map of a problem, with ranges to begin with. */

/** @import { Landscape, Spec } from "../../types/page.js" */

import { OPTIMIZERS } from "../../state/kinds.js";
import { isNetwork } from "../../state/spec.js";

/** @typedef {{ field: string, from: number, to: number, scale: "log" | "linear" }} Axis */
/** @typedef {keyof typeof import("../../words/map.js").pairs} PairName */
/** @typedef {{ name: PairName, across: Axis, up: Axis, settings?: Record<string, unknown> }} Pair */

/**
 * @param {string} field
 * @param {number} from
 * @param {number} to
 * @param {Axis["scale"]} [scale]
 * @returns {Axis}
 */
function axis(field, from, to, scale = "linear") {
  return { field, from, to, scale };
}

/**
 * The pairs that a set-up can be mapped over, the most telling first.
 *
 * @param {Spec} spec
 * @param {Landscape | null} landscape
 * @returns {Pair[]}
 */
export function pairsOf(spec, landscape) {
  const rule = spec.runs[0]?.optimizer ?? { kind: "sgd" };
  const network = isNetwork(spec.problem);
  const lr = axis("run.optimizer.lr", network ? 0.01 : 0.001, network ? 100 : 1, "log");
  /** @type {Pair[]} */
  const found = [];
  if (network)
    found.push({ name: "layers", across: { ...lr, field: "run.layer_lr.0" }, up: { ...lr, field: "run.layer_lr.1" } });
  const memory = OPTIMIZERS[rule.kind]?.memory;
  if (memory === "momentum") {
    const low = rule.nesterov ? 0.01 : 0;
    found.push({
      name: rule.nesterov ? "nesterov" : "momentum",
      across: lr,
      up: axis("run.optimizer.momentum", low, 0.99),
    });
  }
  if (memory === "beta1") found.push({ name: "beta1", across: lr, up: axis("run.optimizer.beta1", 0, 0.99) });
  if (network) {
    found.push({ name: "scale", across: lr, up: axis("problem.init_scale", 0.1, 10, "log") });
    found.push({ name: "batch", across: lr, up: axis("run.batch_size", 1, 16, "log") });
  } else if (landscape && landscape.domain.length === 2) {
    const [[a, b] = [-1, 1], [c, d] = [-1, 1]] = landscape.domain;
    found.push({ name: "starts", across: axis("run.start.0", a, b), up: axis("run.start.1", c, d) });
  }
  if (rule.kind === "sgd") found.push({ name: "decay", across: lr, up: axis("run.optimizer.weight_decay", 0, 10) });
  return found;
}
