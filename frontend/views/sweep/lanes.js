/** The runs of a sweep: what each is called and how it looks, and what a value makes of a set-up. */

/** @import { ExperimentRecord, RunSpec, Spec, SweepValue, View } from "../../types/page.js" */

import { mix } from "../../plot/palette.js";
import { tidy, withRun } from "../../state/spec.js";
import { set } from "../../state/spec-paths.js";
import { namedValue, valueText } from "../../words/sweep.js";
import { labelsOf, words } from "../../words/workbench.js";

/** Cividis at five places: dark blue to yellow, ordered by lightness also for eyes that see fewer colours. */
const CIVIDIS = ["#00224e", "#434e6c", "#7d7c78", "#bcae6c", "#fee838"];
/** The part of it that stands out from the card. */
const PART = { light: [0, 0.6], dark: [0.4, 1] };

/**
 * The colour of a value among n, by its order.
 *
 * @param {number} i
 * @param {number} n
 * @param {View["theme"]} theme
 */
export function colorOf(i, n, theme) {
  const [low = 0, high = 1] = PART[theme];
  const at = (low + (n > 1 ? i / (n - 1) : 0.5) * (high - low)) * (CIVIDIS.length - 1);
  const before = Math.min(CIVIDIS.length - 2, Math.floor(at));
  return mix(CIVIDIS[before] ?? "", CIVIDIS[before + 1] ?? "", at - before);
}

/**
 * How many runs an experiment has.
 * @param {ExperimentRecord["spec"]} spec
 */
export function lanesCount({ runs, vary = [], seeds = 1 }) {
  const [varied] = vary;
  return runs.length * (varied ? (varied.values?.length ?? varied.n ?? 1) : 1) * seeds;
}

/**
 * What the listed runs are called, without the rate where that is what varies.
 * @param {ExperimentRecord["spec"]} spec
 */
export function namesOfRuns({ runs, vary = [] }) {
  const names = labelsOf(runs);
  if (vary[0]?.field !== "run.optimizer.lr") return names;
  return names.map((name, i) => {
    if (runs[i]?.label) return name;
    const rest = name.split(", ").filter((part) => !part.startsWith("lr "));
    return rest.join(", ") || words.run(i);
  });
}

/**
 * What every value is called: its number, and which run where several are listed.
 *
 * @param {ExperimentRecord["spec"]} spec
 * @param {readonly SweepValue[]} values
 */
export function labelsOfValues(spec, values) {
  const path = spec.vary?.[0]?.field ?? "";
  const names = namesOfRuns(spec);
  return values.map(({ index, value }) => {
    const base = spec.runs.length > 1 || !path ? (names[index] ?? "") : "";
    const text = path && valueText(value, path);
    return {
      value: text || base,
      run: text ? base : "",
      short: [text, base].filter(Boolean).join(" "),
      long: [base, path && namedValue(value, path)].filter(Boolean).join(", "),
    };
  });
}

/**
 * The runs that a sweep of a field compares: those that differ in nothing else are one.
 *
 * @param {Spec} spec
 * @param {string} path
 * @returns {{ runs: RunSpec[], of: number[][] }} `of`: which runs of the set-up each of them stands for.
 */
export function distinct(spec, path) {
  /** @type {Map<string, number[]>} */
  const alike = new Map();
  for (const [i, run] of spec.runs.entries()) {
    const { label: _, ...bare } = path.startsWith("run.") ? (set(spec, path, null, i).runs[i] ?? run) : run;
    const key = JSON.stringify(bare);
    alike.set(key, [...(alike.get(key) ?? []), i]);
  }
  const of = [...alike.values()];
  return { of, runs: of.flatMap(([first = 0]) => spec.runs[first] ?? []) };
}

/**
 * A set-up that has a value of a sweep: in the chosen run, or in the first that the value's run stands for.
 *
 * @param {Spec} now
 * @param {ExperimentRecord["spec"]} spec The sweep's.
 * @param {Pick<SweepValue, "index" | "value">} found
 * @param {number} selected
 * @param {readonly number[]} [origin] The problem's own start.
 * @returns {Spec}
 */
export function withValue(now, spec, { index, value }, selected, origin = []) {
  const path = spec.vary?.[0]?.field ?? "";
  if (!path.startsWith("run.")) return set(now, path, value);
  const swept = spec.runs[index] ?? { optimizer: { kind: "sgd" } };
  const same = distinct(now, path).of[index] ?? [];
  const target = same.includes(selected) ? selected : (same[0] ?? selected);
  const started = path.startsWith("run.start.") ? { start: [...origin] } : {};
  const fitting = withRun(now, target, (run) =>
    run.optimizer.kind === swept.optimizer.kind ? { ...started, ...run } : tidy(swept),
  );
  return set(fitting, path, value, target);
}
