/** Sorts of experiments, and the views in which each is shown. */

/** @import { ExperimentRecord, ViewName } from "../types/page.js" */

import { VIEW_PATHS } from "./address.js";
import { hrefOf } from "./site/root.js";

/** @type {Readonly<Record<Kind, ViewName>>} */
export const VIEW_OF = { comparison: "play", sweep: "sweep", range_test: "range", map: "map" };

/** What a training loop is that was recorded elsewhere: it has a page of its own, for there is no set-up to change. */
export const RECORDED = "recorded";

/** @typedef {"comparison" | "sweep" | "range_test" | "map"} Kind */

/**
 * What sort of experiment it is: a comparison that varies one field is a sweep. Runs over several stand side by side.
 *
 * @param {Pick<ExperimentRecord, "kind" | "spec">} record
 */
export function kindOf({ kind, spec }) {
  return /** @type {Kind} */ (kind === "comparison" && spec.vary?.length === 1 ? "sweep" : kind);
}

/**
 * Where an experiment is opened: the workbench, in the view of its kind.
 * @param {Pick<ExperimentRecord, "id" | "kind" | "spec">} record
 */
export function pageOf(record) {
  const view = record.kind === RECORDED ? RECORDED : VIEW_PATHS[VIEW_OF[kindOf(record)]];
  return hrefOf(`${view}?experiment=${encodeURIComponent(record.id)}`);
}
