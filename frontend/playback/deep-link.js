/** The step and the run that a link names, as soon as there is something to show of them. */

/** @import { Clock, Store, Stores } from "../types/page.js" */

/**
 * Stand at a step: at once where the runs come at once, and when the server has ended where they are followed live.
 *
 * @param {Store<Clock>} clock
 * @param {number} step
 * @param {boolean} followed Whether the runs are those of an experiment, which first plays as it comes.
 */
export function standAt(clock, step, followed) {
  const stand = () => clock.update((now) => ({ ...now, step: Math.min(step, now.last), playing: false }));
  if (!followed) return stand();
  let lived = false;
  /** @type {(() => void) | undefined} */
  let stop;
  stop = clock.watch(({ live }) => {
    if (!live && lived) {
      stop?.();
      stop = undefined;
      queueMicrotask(stand);
    }
    lived ||= live;
  });
}

/**
 * Choose one of an experiment's runs once it has come, and if the experiment has ended, all of it.
 *
 * @param {Pick<Stores, "runs" | "clock" | "view" | "experiment">} stores
 * @param {number} selected
 * @param {() => void} then
 */
export function showRun({ runs, clock, view, experiment }, selected, then) {
  let waiting = true;
  clock.watch(({ live }) => {
    const there = (runs.get()[selected]?.n ?? 0) > 0;
    if (!waiting || !there || (live && experiment.get()?.status === "done")) return;
    waiting = false;
    queueMicrotask(() => {
      view.update((now) => ({ ...now, selected }));
      then();
    });
  });
}
