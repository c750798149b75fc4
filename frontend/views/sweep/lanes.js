/** The runs of a sweep: what each is called and how it looks, and the set-up with which the workbench shows it alone. */

/** @import { ExperimentRecord, Spec, SweepValue, View } from "../../types/page.js" */

import { mix } from "../../plot/palette.js";
import { encode } from "../../state/link.js";
import { set, setUpOf } from "../../state/spec-paths.js";
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
 * The set-up of one value alone, with its first seed.
 *
 * @param {ExperimentRecord["spec"]} spec
 * @param {Pick<SweepValue, "index" | "value">} chosen
 * @param {readonly number[]} [origin] The problem's own start.
 * @returns {Spec}
 */
export function specOfValue(spec, { index, value }, origin = []) {
  const path = spec.vary?.[0]?.field ?? "";
  const run = spec.runs[index] ?? { optimizer: { kind: "sgd" } };
  const start = path.startsWith("run.start.") && !run.start ? { start: [...origin] } : {};
  const alone = setUpOf(spec, [{ ...run, ...start }]);
  return path ? set(alone, path, value) : alone;
}

/**
 * The address at which the workbench shows one value; the whole experiment where that would be too long for a link.
 *
 * @param {ExperimentRecord} record
 * @param {Pick<SweepValue, "index" | "value">} chosen
 * @param {readonly number[]} [origin] The problem's own start.
 */
export function addressOf({ id, spec }, chosen, origin) {
  const view = { selected: 0, log: true, follow: false, axis: /** @type {const} */ ("steps") };
  const fragment = encode({ spec: specOfValue(spec, chosen, origin), view });
  return fragment === null ? `/?experiment=${encodeURIComponent(id)}` : `/#${fragment}`;
}
