/** What the two curves of a sweep show: places, axes, colours, and a dot for every value. */

/** @import { SweepValue, View } from "../../types/page.js" */
/** @import { Dot, Plan } from "./figure.js" */
/** @import { Shown } from "./result.js" */

import { styleOf } from "../../plot/palette.js";
import { fieldName, sweep } from "../../words/sweep.js";
import { colorOf, labelsOfValues } from "./lanes.js";
import { hasDiverged, lossAxis, placesOf, stepsAxis } from "./scales.js";

/**
 * Colours by the order of the values; of the listed run where there are several.
 *
 * @param {Shown} shown
 * @param {View["theme"]} theme
 */
export function colorsOf({ record, told }, theme) {
  if (record.spec.runs.length > 1) return told.values.map(({ index }) => styleOf(index, theme).color);
  return told.values.map((_, i) => colorOf(i, told.values.length, theme));
}

/**
 * @param {Shown} shown
 * @param {View["theme"]} theme
 * @param {number | null} hovered
 * @param {number | null} best
 * @returns {{ finals: Plan, steps: Plan }}
 */
export function plansOf(shown, theme, hovered, best) {
  const { record, told } = shown;
  const { values, target } = told;
  const vary = record.spec.vary?.[0];
  const path = vary?.field ?? "";
  const places = placesOf(
    values.map(({ value }) => value),
    vary?.values ? undefined : vary?.scale,
  );
  const colors = colorsOf(shown, theme);
  const labels = labelsOfValues({ ...record.spec, runs: record.spec.runs.slice(0, 1) }, values.map(alone));
  const order = values.map((_, i) => i).sort((a, b) => (places.at[a] ?? 0) - (places.at[b] ?? 0));
  const several = record.spec.runs.length > 1;
  const shared = {
    xTitle: path && fieldName(path),
    places,
    curves: record.spec.runs.map((_, index) => ({
      color: several ? styleOf(index, theme).color : (colors[Math.floor(colors.length / 2)] ?? ""),
      dots: order.filter((i) => values[i]?.index === index),
    })),
    limits: told.limits.flatMap((at, index) =>
      at === null || path !== "run.optimizer.lr" ? [] : [{ at, color: several ? styleOf(index, theme).color : null }],
    ),
    best,
    hovered,
    theme,
  };
  const dots = values.map((value, i) => ({ label: labels[i]?.short ?? "", color: colors[i] ?? "", value }));
  return {
    finals: {
      ...shared,
      title: sweep.finals,
      y: lossAxis(values, target),
      dots: dots.map(({ value, ...look }) => ({ ...look, ...finalDot(value) })),
      target,
    },
    steps: {
      ...shared,
      title: sweep.steps,
      y: stepsAxis(values, record.spec.steps),
      dots: dots.map(({ value, ...look }) => ({ ...look, ...stepsDot(value) })),
      target: null,
    },
  };
}

/** @param {SweepValue} value */
function alone(value) {
  return { ...value, index: 0 };
}

/**
 * @param {SweepValue} value
 * @returns {Omit<Dot, "label" | "color">}
 */
function finalDot(value) {
  const [middle, low, high] = [value.final, value.final_low, value.final_high].map(finite);
  const diverged = hasDiverged(value);
  if (diverged || middle === undefined) return { middle: null, low: null, high: null, diverged, never: false };
  return { middle, low: low ?? middle, high: high ?? middle, diverged, never: false };
}

/**
 * @param {SweepValue} value
 * @returns {Omit<Dot, "label" | "color">}
 */
function stepsDot(value) {
  const { to_target: middle, to_target_low: low, to_target_high: high } = value;
  const diverged = hasDiverged(value);
  if (diverged) return { middle: null, low: null, high: null, diverged, never: false };
  return { middle, low: low ?? middle, high: high ?? middle, diverged, never: middle === null };
}

/** @param {import("../../types/page.js").Extended | null} value */
function finite(value) {
  return typeof value === "number" ? value : undefined;
}
