/** All state of the workbench, as the address begins it. */

/** @import { Clock, ExperimentRecord, Landscape, Recipe, RunEvent, RunView, Stores, View } from "./types.js" */
/** @import { Shared } from "./hash.js" */

import { createStore } from "./store.js";
import { noViews } from "./views.js";

/**
 * @param {Shared} shared
 * @param {boolean} playing
 * @returns {Stores}
 */
export function createStores({ recipe, view }, playing) {
  return {
    recipe: createStore(/** @type {Recipe} */ (recipe)),
    runs: createStore(/** @type {RunView[]} */ ([])),
    landscape: createStore(/** @type {Landscape | null} */ (null)),
    clock: createStore(/** @type {Clock} */ ({ step: 0, last: recipe.steps, playing, speed: 1, live: false })),
    view: createStore(/** @type {View} */ ({ ...view, hovered: null, theme: "light", picture: "data", fact: "limit" })),
    events: createStore(/** @type {RunEvent[]} */ ([])),
    experiment: createStore(/** @type {ExperimentRecord | null} */ (null)),
    views: createStore(noViews),
  };
}
