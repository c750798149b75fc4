/** What follows the spec: whether its runs are asked for or trained, and what of the old picture stays. */

/** @import { Spec, ServerProblem, Stores, View } from "../types/page.js" */
/** @import { Experiments } from "../server/experiment-session.js" */

import { isGone, sentenceOf } from "../server/api.js";
import { pushExperiment, showExperiment } from "../state/address.js";
import { isNetwork } from "../state/spec.js";
import { words } from "../words/workbench.js";

/**
 * @param {Stores} stores
 * @param {object} parts
 * @param {boolean} parts.still Whether nothing may move by itself.
 * @param {Experiments} parts.experiments
 * @param {{ ask: (spec: Spec) => void, forget: () => void }} parts.preview
 * @param {() => void} parts.play
 * @param {() => boolean} parts.seen Whether the runs are what is shown.
 * @param {() => boolean} [parts.held] Whether no run is to begin yet.
 * @param {(problem: ServerProblem | null) => void} parts.refuse
 * @param {(text: string | null) => void} parts.notice
 */
export function createController(
  stores,
  { still, experiments, preview, play, seen, held = () => false, refuse, notice },
) {
  const { spec, runs, clock, view } = stores;
  let ground = groundOf(spec.get());
  let waits = false; // a training, until it can be seen, and any run that is held
  let begun = false; // whether the runs have been seen

  /** From the first step on; without motion, its last picture. */
  function replay() {
    const last = spec.get().steps;
    clock.update((now) => ({ ...now, last, step: still ? last : 0 }));
    if (!still) play();
  }

  /**
   * Ask for the runs of a spec, unless an experiment has them already: networks and forks as experiments.
   * @param {Spec} now
   */
  function follow(now) {
    if (view.get().selected >= now.runs.length) view.update((old) => ({ ...old, selected: now.runs.length - 1 }));
    refuse(null);
    waits = (held() || (isNetwork(now.problem) && !seen())) && !experiments.shows(now);
    if (waits) return clear(now);
    const before = ground;
    ground = groundOf(now);
    if (experiments.shows(now)) return;
    const network = isNetwork(now.problem);
    const other = before !== ground;
    if (other && (network || isNetwork({ kind: before.split(" ")[0] ?? "" }))) clear(now);
    if (network || experiments.continues(now)) {
      preview.forget();
      experiments.train(now);
    } else {
      experiments.close();
      if (other) replay();
      preview.ask(now);
    }
  }

  /** Nothing of the old picture holds for another kind of data. @param {Spec} now */
  function clear(now) {
    preview.forget();
    experiments.close();
    runs.update(() => []);
    clock.update((old) => ({ ...old, step: 0, last: now.steps, playing: false, live: false }));
  }

  /**
   * Show the experiment that the address names; without it, the set-up beside it.
   * @param {string} id
   */
  async function openExperiment(id) {
    try {
      await experiments.open(id);
    } catch (error) {
      notice(isGone(error) ? words.notices.noSuchExperiment : sentenceOf(error));
      showExperiment(null);
    }
  }

  return {
    replay,

    /**
     * Show what the address names, then follow the spec.
     * @param {string | null} id An experiment.
     */
    async start(id) {
      begun = seen() && !held();
      if (id) await openExperiment(id);
      spec.watch(follow);
    },

    /**
     * The runs are what is shown from now on. Resolved when their experiment is shown, or was refused.
     * @param {string | null} id The experiment that they are of.
     */
    async turn(id) {
      if (!begun && !isNetwork(spec.get().problem) && clock.get().step === 0) replay();
      begun = true;
      if (id && id !== experiments.record?.id) return openExperiment(id);
      const left = id === null && experiments.record !== null;
      if (left) experiments.close();
      if (left || waits) follow(spec.get());
    },

    /** What was shown is not there any more: the set-up is computed again. */
    gone() {
      notice(words.notices.noSuchExperiment);
      follow(spec.get());
    },

    /**
     * @param {string | null} id The experiment that is shown now.
     * @param {boolean} own Whether the page has started it by itself.
     */
    opened(id, own) {
      if (id) preview.forget();
      if (!seen()) return;
      if (own || id === null || location.search.includes(id)) showExperiment(id);
      else pushExperiment(id, [id]);
    },

    /**
     * Show another set-up from its beginning.
     * @param {Spec} other
     * @param {Partial<View>} [seen] How it is looked at, where that matters.
     */
    open(other, seen = {}) {
      view.update((now) => ({ ...now, selected: 0, axis: "steps", ...seen }));
      spec.update(() => other);
      if (!isNetwork(other.problem) && !held()) replay();
    },
  };
}

/** What a picture is about: the problem's kind, and the data's. @param {Spec} spec */
function groundOf({ problem: { kind, data } }) {
  return [kind, /** @type {{ kind?: string } | undefined} */ (data)?.kind].filter(Boolean).join(" ");
}
