/** Keeps the update at the clock's step of the selected run: asked of the server once the clock rests or goes slowly. */

/** @import { Spec, Stores, Update } from "../types/page.js" */

import { stepsPerSecond } from "../state/clock.js";
import { isNetwork } from "../state/spec.js";
import { getUpdates } from "./api.js";

const WINDOW = 32; // updates that are asked for at once, so that stepping on needs no other question
const SETTLE = 200; // ms without a change before anything is asked: a drag that rests for a moment is not over
const SLOW = 8; // steps a second up to which every update is shown

/**
 * @param {Stores} stores
 * @param {(spec: Spec, run: number, first: number, count: number) => Promise<Update[]>} [ask] Replaced in tests.
 */
export function followUpdates({ spec, runs, clock, view, experiment, update }, ask = getUpdates) {
  /** @type {Map<number, Update[]>} */
  const windows = new Map();
  let key = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function show() {
    const [now, { selected }] = [spec.get(), view.get()];
    const { step } = clock.get();
    const wished = JSON.stringify([now, selected]);
    if (wished !== key) {
      key = wished;
      windows.clear();
      clearTimeout(timer);
      timer = undefined;
    }
    const at = Math.floor(step + 1e-9);
    const first = at - (at % WINDOW);
    const found = asks(now, selected) ? windows.get(first)?.find((one) => one.step === at) : undefined;
    const shown = stepsPerSecond(clock.get()) <= SLOW ? (found ?? null) : null;
    if (shown?.step !== update.get()?.step || shown !== update.get()) update.update(() => shown);
    if (!windows.has(first) && asks(now, selected)) timer ??= setTimeout(() => void fetch(key, now, selected), SETTLE);
  }

  /**
   * Networks have too many parameters to be told, and what a fork's rule remembers began elsewhere.
   *
   * @param {Spec} now
   * @param {number} selected
   */
  function asks(now, selected) {
    const computed = (runs.get().find(({ index }) => index === selected)?.n ?? 0) > 0;
    const going = stepsPerSecond(clock.get()) <= SLOW;
    return computed && going && !isNetwork(now.problem) && !experiment.get()?.parent;
  }

  /**
   * @param {string} asked
   * @param {Spec} now
   * @param {number} selected
   */
  async function fetch(asked, now, selected) {
    const at = Math.floor(clock.get().step + 1e-9);
    const first = at - (at % WINDOW);
    try {
      const found = first < now.steps ? await ask(now, selected, first, WINDOW) : []; // The clock may be ahead of a set-up of fewer steps.
      if (asked === key) windows.set(first, found);
    } catch {
      if (asked === key) windows.set(first, []); // The preview says why it was refused.
    }
    timer = undefined;
    show();
  }

  for (const store of [spec, runs, clock, experiment]) store.watch(show);
  let before = -1;
  view.watch(({ selected }) => {
    if (selected !== before) show();
    before = selected;
  });
}
