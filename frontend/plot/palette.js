/** Colours, dashes and marker shapes of the runs, and what else is drawn with, in both themes. */

/** @import { InkColors, MarkerSymbol, RunView, View } from "../types/page.js" */

const COLORS = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000"],
  dark: ["#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7"],
};
const UNSELECTED = { light: "#7d8894", dark: "#77838f" };
const DASHES = [[], [9, 5], [2, 4], [9, 4, 2, 4], [15, 6]];
/** @type {MarkerSymbol[]} */
const SYMBOLS = ["circle", "square", "triangle", "diamond", "cross"];
const COLORED = 8;

/** @type {Record<View["theme"], InkColors>} */
const INK = {
  light: {
    card: "#ffffff",
    text: "#1c2127",
    muted: "#57626d",
    grid: "#e8eae9",
    axis: "#a5adb4",
    accent: "#1f5fd0",
    good: "#0a7a55",
    bad: "#c2352b",
    warn: "#9a6200",
    slow: "#4d6478",
    low: "#f7f9fb",
    high: "#ccd8e2",
    deep: "#9db4c7",
    line: "#b3c2cf",
  },
  dark: {
    card: "#171c22",
    text: "#e8ecef",
    muted: "#a0abb5",
    grid: "#262d35",
    axis: "#55606b",
    accent: "#7aa8ff",
    good: "#4cc79b",
    bad: "#ff8177",
    warn: "#e0a94a",
    slow: "#9db3c6",
    low: "#12171c",
    high: "#2b3b4a",
    deep: "#41586d",
    line: "#3b4d5e",
  },
};

/**
 * How run number `index` looks. Runs 6-8 have the colours of 1-3 with another dash and marker; beyond 8 a run is
 * grey until it is selected.
 *
 * @param {number} index
 * @param {View["theme"]} theme
 * @param {boolean} [selected]
 * @returns {{ color: string, dash: number[], symbol: MarkerSymbol }}
 */
export function styleOf(index, theme, selected = false) {
  const round = Math.floor(index / SYMBOLS.length);
  const shifted = (index + 2 * round) % SYMBOLS.length;
  const colors = COLORS[theme];
  const color = index < COLORED || selected ? colors[index % colors.length] : UNSELECTED[theme];
  return {
    color: color ?? UNSELECTED[theme],
    dash: [...(DASHES[shifted] ?? [])],
    symbol: SYMBOLS[shifted] ?? "circle",
  };
}

/**
 * How a class, or a layer, looks: its colour and its sign.
 *
 * @param {number} index
 * @param {View["theme"]} theme
 */
export function classStyle(index, theme) {
  const { color, symbol, dash } = styleOf(index % COLORED, theme);
  return { color, symbol, dash };
}

/** @type {Record<View["theme"], Partial<InkColors>>} No thin greys for the last row: text stands out by 7 : 1. */
const FOR_A_ROOM = {
  light: { muted: "#3d464f", axis: "#57626d", grid: "#d3d8db" },
  dark: { muted: "#c9d1d8", axis: "#a0abb5", grid: "#3b444d" },
};

/**
 * @param {View["theme"]} theme
 * @param {boolean} [room] Whether it is seen from far away.
 */
export function inkColors(theme, room = false) {
  return room ? { ...INK[theme], ...FOR_A_ROOM[theme] } : INK[theme];
}

/**
 * Mix two colours; opaque, so that strokes laid over each other do not add up.
 *
 * @param {string} from
 * @param {string} to
 * @param {number} share 0 is `from`, 1 is `to`.
 */
export function mix(from, to, share) {
  const [a, b] = [channels(from), channels(to)];
  const mixed = a.map((value, i) => Math.round(value + ((b[i] ?? 0) - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** @param {string} color Written #rrggbb. */
export function channels(color) {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
}
