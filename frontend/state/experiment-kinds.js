/** Sorts of experiments, and the pages on which each is shown. */

/** @import { ExperimentRecord } from "../types/page.js" */

const PAGES = { comparison: "/", sweep: "/sweep", range_test: "/range", map: "/map" };

/** @typedef {keyof typeof PAGES} Kind */

/**
 * What sort of experiment it is: a comparison that varies a field is a sweep.
 *
 * @param {Pick<ExperimentRecord, "kind" | "spec">} record
 */
export function kindOf({ kind, spec }) {
  return /** @type {Kind} */ (kind === "comparison" && spec.vary?.length ? "sweep" : kind);
}

/**
 * Where an experiment is opened: the page of its kind, or the workbench where there is none.
 *
 * @param {Pick<ExperimentRecord, "id" | "kind" | "spec">} record
 * @param {readonly string[]} [pages] The paths of the pages that there are.
 */
export function pageOf(record, pages = Object.values(PAGES)) {
  const path = PAGES[kindOf(record)];
  return `${pages.includes(path) ? path : "/"}?experiment=${encodeURIComponent(record.id)}`;
}
