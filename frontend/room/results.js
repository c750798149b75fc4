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
 * One bar: what it is called, its votes before and after talking (null where there was no such round), and whether it is
 * one's own.
 *
 * @typedef {{ name: string, before: number | null, after: number, own: boolean }} Bar
 */

/**
 * The votes of all rounds, by option or by bin; a sketch has none.
 *
 * @param {Pick<Poll, "kind" | "options">} poll
 * @param {readonly PollResult[]} results
 * @param {Vote | null} own
 * @returns {Bar[]}
 */
export function barsOf({ kind, options }, results, own) {
  const [first, second] = results;
  const last = second ?? first;
  const edges = last?.edges ?? [];
  return (last?.counts ?? []).map((after, i) => {
    const [low = 0, high = 0] = [edges[i], edges[i + 1]];
    const isLast = i === (last?.counts ?? []).length - 1;
    const inside = typeof own === "number" && own >= low && (own < high || (isLast && own <= high));
    const name = kind === "choice" ? (options?.[i] ?? "") : `${number(low, 2)} – ${number(high, 2)}`;
    return {
      name,
      before: second ? (first?.counts?.[i] ?? 0) : null,
      after,
      own: kind === "choice" ? own === i : inside,
    };
  });
}

/**
 * What all said: bars of a choice below each other, those of numbers beside each other, and how many they are.
 *
 * @param {Poll} poll
 * @param {readonly PollResult[]} results
 * @param {Vote | null} own
 */
export function createResults(poll, results, own) {
  const bars = barsOf(poll, results, own);
  const most = Math.max(1, ...bars.flatMap(({ before, after }) => [before ?? 0, after]));
  const last = results.at(-1);
  const said = [
    results.map(({ round, count }) => words.poll.counted(count, results.length > 1 ? round : null)).join(", "),
    typeof last?.median === "number" && words.poll.median(last.median),
    typeof own === "number" && poll.kind === "number" && words.poll.yours(own),
  ];
  const summary = el("p", { class: "help" }, said.filter(Boolean).join("; "));
  if (bars.length === 0) return el("div", { class: "votes" }, summary);
  const rows = bars.map((bar) => (poll.kind === "choice" ? rowOf(bar, most) : columnOf(bar, most)));
  const list = el("ul", { class: poll.kind === "choice" ? "votes-rows" : "votes-columns" }, ...rows);
  const ends = [last?.edges?.[0], last?.edges?.at(-1)].map((edge) => el("span", {}, number(edge ?? 0, 2)));
  return el(
    "div",
    { class: "votes" },
    list,
    poll.kind === "number" && el("p", { class: "votes-ends" }, ...ends),
    summary,
  );
}

/** @param {Bar} bar @param {number} most */
function shares({ before, after }, most) {
  const share = (/** @type {number} */ n) => `${((100 * n) / most).toFixed(1)}%`;
  const [behind, wide] = before === null ? ["0%", "100%"] : [share(before), "70%"];
  return `--after:${share(after)};--before:${behind};--wide:${wide}`;
}

/** @param {Bar} bar */
function countsOf({ before, after }) {
  return before === null ? String(after) : `${before} → ${after}`;
}

/** @param {Bar} bar @param {number} most */
function rowOf(bar, most) {
  const track = el("span", { class: "votes-bar", style: shares(bar, most) });
  return el(
    "li",
    { "data-own": bar.own },
    el("span", { class: "votes-name" }, bar.name),
    track,
    el("b", {}, countsOf(bar)),
  );
}

/** @param {Bar} bar @param {number} most */
function columnOf(bar, most) {
  const told = `${bar.name}: ${countsOf(bar)}`;
  const column = el("span", { class: "votes-column", style: shares(bar, most), title: told });
  return el("li", { "data-own": bar.own }, column, el("span", { class: "unseen" }, told));
}
