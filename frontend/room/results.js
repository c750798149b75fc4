/** What the votes of a class say: as a ghost in the picture of the loss, and as bars. */

/** @import { Crowd, Ghost } from "../types/page.js" */
/** @import { Poll, PollResult, Vote } from "../types/room.js" */

import { el } from "../ui/dom.js";
import { number } from "../words/plot.js";
import { room as words } from "../words/room/room.js";

/**
 * What the class predicted, in the picture of the loss; null where a loss has no place for it.
 *
 * @param {Poll} poll
 * @returns {Crowd | null}
 */
export function crowdOf({ kind, shape, results }) {
  const { steps = [], mark, column = "loss", run = 0 } = shape ?? {};
  const last = results?.at(-1);
  if (!last || last.count === 0) return null;
  if (kind === "number" && mark === "step" && typeof last.median === "number") return { step: last.median };
  if (kind !== "sketch" || column !== "loss" || !Array.isArray(last.median)) return null;
  const { median, low, high } = last;
  return {
    run,
    line: median.map((value, i) => [steps[i] ?? 0, value]),
    ...(low && high ? { band: median.map((_, i) => [steps[i] ?? 0, low[i] ?? 0, high[i] ?? 0]) } : {}),
  };
}

/**
 * What one reader predicted, in the same picture.
 *
 * @param {Poll} poll
 * @param {Vote | null} own
 * @returns {Ghost | null}
 */
export function ghostOf({ kind, shape }, own) {
  const { steps = [], mark, column = "loss", run = 0 } = shape ?? {};
  if (kind === "number" && mark === "step" && typeof own === "number") return { step: own };
  if (kind !== "sketch" || column !== "loss" || !Array.isArray(own)) return null;
  return { run, line: own.map((value, i) => [steps[i] ?? 0, value]) };
}

/**
 * Bars of a round: what each is called, how many votes it has, and which is one's own.
 *
 * @param {Pick<Poll, "kind" | "options">} poll
 * @param {PollResult} result
 * @param {Vote | null} own
 * @returns {{ name: string, n: number, own: boolean }[]}
 */
export function barsOf({ kind, options }, result, own) {
  const counts = result.counts ?? [];
  if (kind === "choice") return counts.map((n, i) => ({ name: options?.[i] ?? "", n, own: own === i }));
  const edges = result.edges ?? [];
  return counts.map((n, i) => {
    const [low = 0, high = 0] = [edges[i], edges[i + 1]];
    const inside = typeof own === "number" && own >= low && (own < high || i === counts.length - 1);
    return { name: `${number(low, 2)} – ${number(high, 2)}`, n, own: inside };
  });
}

/**
 * A round as bars, widest where most votes are; of a sketch, how many there are.
 *
 * @param {Poll} poll
 * @param {PollResult} result
 * @param {Vote | null} own
 */
export function createBars(poll, result, own) {
  const bars = barsOf(poll, result, own);
  const most = Math.max(1, ...bars.map(({ n }) => n));
  const median = typeof result.median === "number" && words.poll.median(result.median);
  const yours = typeof own === "number" && poll.kind === "number" && words.poll.yours(own);
  const said = [words.poll.votes(result.count), median, yours].filter(Boolean).join(", ");
  return el(
    "section",
    { class: "votes" },
    el("h4", {}, words.poll.round(result.round)),
    bars.length > 0 ? el("ul", {}, ...bars.map((bar) => createBar(bar, most))) : null,
    el("p", { class: "help" }, said),
  );
}

/**
 * @param {{ name: string, n: number, own: boolean }} bar
 * @param {number} most
 */
function createBar({ name, n, own }, most) {
  const track = el("span", { class: "votes-bar", style: `--share:${((100 * n) / most).toFixed(1)}%` });
  return el("li", { "data-own": own }, el("span", { class: "votes-name" }, name), track, el("b", {}, String(n)));
}
