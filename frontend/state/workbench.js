/** All state of the workbench, as the address begins it. */

/** @import { Clock, ExperimentRecord, Landscape, RunEvent, RunView, Spec, Stores, Update, View, Views, Zoom } from "../types/page.js" */
/** @import { Shared } from "./link.js" */

import { createStore } from "./store.js";

/** @type {Views} */
export const noViews = { experiment: null, directions: "path", parameter: 0, bundles: {}, refused: {} };

/**
 * @param {Shared} shared
 * @param {boolean} playing
 * @returns {Stores}
 */
export function createStores({ spec, view, step }, playing) {
  const clock = { step: step ?? 0, last: spec.steps, playing: playing && step === undefined, speed: 1, live: false };
  return {
    spec: createStore(/** @type {Spec} */ (spec)),
    runs: createStore(/** @type {RunView[]} */ ([])),
    landscape: createStore(/** @type {Landscape | null} */ (null)),
    clock: createStore(/** @type {Clock} */ (clock)),
    view: createStore(
      /** @type {View} */ ({
        ground: "contour",
        hovered: null,
        theme: "light",
        picture: "data",
        fact: "limit",
        pair: null,
        pauses: false,
        ghost: null,
        ...view,
      }),
    ),
    events: createStore(/** @type {RunEvent[]} */ ([])),
    experiment: createStore(/** @type {ExperimentRecord | null} */ (null)),
    views: createStore(noViews),
    update: createStore(/** @type {Update | null} */ (null)),
    closely: createStore(/** @type {{ first: number, last: number } | null} */ (null)),
    axes: createStore(/** @type {Readonly<Record<string, Zoom>>} */ ({})),
  };
}
