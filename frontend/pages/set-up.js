/** A page with one view: the column of the set-up at its left, and what the view makes of it. */

/** @import { Catalogue, ExperimentView, Spec, Stores, ViewHost } from "../types/page.js" */

import { getCatalogue } from "../server/api.js";
import { followLandscape } from "../server/landscape.js";
import { problemOf } from "../setup/errors.js";
import { markMistake } from "../setup/formula-box.js";
import { createProblemCard } from "../setup/problem-card.js";
import { createRunsCard } from "../setup/runs-card.js";
import { readAddress } from "../state/address.js";
import { pageOf } from "../state/experiment-kinds.js";
import { createStores } from "../state/workbench.js";
import { el, fill, find } from "../ui/dom.js";
import { showProblem } from "../ui/form.js";
import { startShell } from "../ui/shell.js";
import { words } from "../words/workbench.js";

const RETRY = 2000; // ms between two attempts to reach the server

/**
 * @typedef {object} Parts
 * @property {Spec} first The set-up to begin with, where the address names none.
 * @property {readonly import("../ui/key-sheet.js").KeyGroup[]} [keys] Of the view.
 * @property {(stores: Stores, catalogue: Catalogue) => HTMLElement} [runs] The card of the runs.
 */

/**
 * @param {(host: ViewHost) => ExperimentView} createView
 * @param {Parts} parts
 */
export function startSetUp(createView, { first, keys = [], runs = runsCard }) {
  const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
  const [controls, result] = [place("controls"), place("result")];
  const { shared, damaged } = readAddress(location);
  const stores = createStores(damaged || location.hash.length < 2 ? { ...shared, spec: first } : shared, false);
  const { spec, view } = stores;
  const { status, notice } = startShell({ view, keys });
  let refused = false;
  const shown = createView({
    stores,
    status,
    notice,
    refuse,
    elsewhere: (record) => location.replace(pageOf(record)),
    reveal() {
      if (result.getBoundingClientRect().top > innerHeight / 2) result.scrollIntoView();
    },
  });

  shown.mount(result);
  followLandscape(stores, refuse);
  if (damaged) notice(words.notices.damagedLink);
  void begin();

  /** The forms need the catalogue: the page asks until it has it. */
  async function begin() {
    try {
      const catalogue = await getCatalogue();
      fill(
        controls,
        shown.form(catalogue),
        createProblemCard(stores, catalogue, (preset) => spec.update(() => oneRun(preset.spec))),
        runs(stores, catalogue),
      );
      refuse(null);
    } catch (error) {
      refuse(error);
      setTimeout(() => void begin(), RETRY);
      return;
    }
    await reopen();
    addEventListener("popstate", () => void reopen());
  }

  /** Show what the address says: at the beginning, and after "back". */
  async function reopen() {
    await shown.show(readAddress(location).experiment);
  }

  /**
   * Say what was refused: below its field where it has one, else as a notice.
   *
   * @param {unknown} error
   * @param {unknown} [sent]
   */
  function refuse(error, sent = spec.get()) {
    const problem = problemOf(error);
    const rest = showProblem(controls, problem, sent);
    markMistake(controls, problem, spec.get());
    if (rest[0] || refused) notice(rest[0] ?? null);
    refused = rest.length > 0;
  }
}

/** A preset compares runs; a view begins with the first. @param {Spec} preset */
function oneRun(preset) {
  return { ...preset, runs: preset.runs.slice(0, 1) };
}

/**
 * @param {Stores} stores
 * @param {Catalogue} catalogue
 */
function runsCard(stores, catalogue) {
  return createRunsCard(stores, catalogue, { head: el("div"), beside: el("span", { hidden: true }), foot: [] });
}
