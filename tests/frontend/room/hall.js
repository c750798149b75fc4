/** A page and a stage for the tests of following and leading. */

import { EMPTY } from "../../../frontend/room/stage.js";
import { encode, USUAL } from "../../../frontend/state/link.js";
import { FIRST } from "../../../frontend/state/spec.js";
import { createStore } from "../../../frontend/state/store.js";
import { createStores } from "../../../frontend/state/workbench.js";

export const specOf = (lr) => ({ ...FIRST, runs: [{ optimizer: { kind: "sgd", lr } }] });
export const stateOf = (spec) => encode({ spec, view: USUAL.view });

/** A stage with this on it. */
export const stageOf = ({ view = {}, cursor = {}, ...rest } = {}) => ({
  revision: 1,
  view: { ...EMPTY, ...view },
  cursor: { step: 0, playing: false, speed: 1, ...cursor },
  axes: null,
  highlight: null,
  poll: null,
  challenge: null,
  presented: null,
  ...rest,
});

/** What the workbench lends to the room, with notes of what it was told to do. */
export function pageOf() {
  globalThis.requestAnimationFrame ??= (tick) => setTimeout(tick, 16);
  const stores = createStores(USUAL, false);
  const opened = [];
  const turned = [];
  const controller = {
    open(spec, view = {}) {
      opened.push(spec);
      stores.view.update((now) => ({ ...now, ...view }));
      stores.spec.update(() => spec);
      stores.clock.update((now) => ({ ...now, step: 0, last: spec.steps, playing: true }));
    },
    turn: (id) => turned.push(id),
  };
  const seen = createStore({ name: "play", id: null });
  const lead = async (name, id) => {
    seen.update(() => ({ name, id: null }));
    await Promise.resolve();
    seen.update(() => ({ name, id }));
    if (id !== null) stores.spec.update((now) => ({ ...now, steps: now.steps + 1 }));
  };
  const go = () => turned.push("go");
  return { stores, controller, opened, turned, views: { seen, lead }, holds: createStore(true), still: false, go };
}
