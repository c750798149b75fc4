/** The page's address: `#` carries recipe and view, `?experiment=` a stored experiment. */

/** @import { Stores } from "./types.js" */

import { decode, encode } from "./hash.js";
import { FIRST } from "./recipe.js";

const SETTLE = 200; // ms; browsers limit how often an address may change

/**
 * What the address asks for.
 *
 * @param {{search: string, hash: string}} location
 * @returns {{shared: import("./hash.js").Shared, damaged: boolean, experiment: string | null}}
 */
export function readAddress({ search, hash }) {
  const shared = decode(hash);
  const id = new URLSearchParams(search).get("experiment");
  return {
    shared: shared ?? { recipe: FIRST, view: { selected: 0, log: true, follow: false, axis: "steps" } },
    damaged: hash.length > 1 && !shared,
    experiment: id && /^[a-z0-9]{12,}$/.test(id) ? id : null,
  };
}

/**
 * Keep the fragment equal to recipe and view, and react when the reader changes it.
 *
 * @param {Stores} stores
 * @param {() => void} changed The fragment was changed by hand or by "back".
 */
export function startAddress({ recipe, view }, changed) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let written = location.hash;

  function write() {
    const { selected, log, follow, axis } = view.get();
    const fragment = encode({ recipe: recipe.get(), view: { selected, log, follow, axis } });
    if (fragment === null || `#${fragment}` === written) return;
    written = `#${fragment}`;
    history.replaceState(null, "", written);
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(write, SETTLE);
  };
  recipe.watch(later);
  view.watch(later);
  addEventListener("hashchange", () => {
    if (location.hash === written) return;
    written = location.hash;
    changed();
  });
  return { write };
}

/**
 * Put an experiment's id into the address, or take it out.
 * @param {string | null} id
 */
export function showExperiment(id) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("experiment", id);
  else url.searchParams.delete("experiment");
  history.replaceState(null, "", url);
}
