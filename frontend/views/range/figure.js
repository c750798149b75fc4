/** The curve of a range test as a Plotly figure: raw losses, band, rules, limit and blow-up; a pure function. */

/** @import { RunView, InkColors } from "../../types/page.js" */
/** @import { RangeFindings } from "../../types/wire.js" */

import { inkColors, styleOf } from "../../plot/palette.js";
import { range as words } from "../../words/range.js";
import { number, toNumber } from "../../words/workbench.js";

const CURVE = 0.66; // share of the height below the labels of the rules
const MOST = 3; // times the first loss: what is above leaves the picture
const MIDDLE = 0.5; // labels of larger rates are at the left of their lines
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash"];
const SYMBOLS = ["circle", "square", "triangle-up", "diamond", "x"];

/**
 * @param {readonly RunView[]} runs
 * @param {RangeFindings | null} found
 * @param {[number, number]} rates First and last rate.
 * @param {"light" | "dark"} theme
 */
export function figure(runs, found, rates, theme) {
  const ink = inkColors(theme);
  const span = lossSpan(runs, found);
  const data = [
    ...(found ? [...blowUp(found, rates, ink), ...band(found, span, ink)] : []),
    ...runs.map((run) => raw(run, span, ink)),
    ...(found ? [median(found, span, ink), ...lines(found, rates, theme)] : []),
  ];
  return { data, layout: layout(span, rates, ink) };
}

/**
 * The losses that are shown, from the lowest to somewhat above the first.
 *
 * @param {readonly RunView[]} runs
 * @param {RangeFindings | null} found
 */
export function lossSpan(runs, found) {
  let [low, first] = [Infinity, -Infinity];
  for (const run of runs) {
    const loss = run.columns.get("loss") ?? [];
    if (run.n > 0 && Number.isFinite(loss[0])) first = Math.max(first, loss[0] ?? first);
    for (let i = 0; i < run.n; i++) if (Number.isFinite(loss[i])) low = Math.min(low, loss[i] ?? low);
  }
  for (const value of found?.band.median ?? []) low = Math.min(low, toNumber(value) || low);
  if (!Number.isFinite(low)) return { low: 0.1, high: 1, log: true };
  first = Math.max(first, low);
  const log = low > 0;
  if (log) return { low: low / 1.3, high: Math.max(MOST * first, 2 * low), log };
  return { low: low - 0.05 * (first - low || 1), high: first + 0.5 * (first - low || 1), log };
}

/** @typedef {ReturnType<typeof lossSpan>} Span */

/**
 * A loss where it is in the picture, else nothing; the first one above it is drawn at the edge, so that lines leave.
 *
 * @param {ArrayLike<number>} losses
 * @param {number} n
 * @param {Span} span
 */
function inside(losses, n, { high }) {
  const shown = [];
  for (let i = 0; i < n; i++) {
    const value = losses[i] ?? NaN;
    shown.push(Number.isNaN(value) ? null : Math.min(value, high * (high > 0 ? 1.2 : 1)));
  }
  return shown;
}

/**
 * @param {RunView} run
 * @param {Span} span
 * @param {InkColors} ink
 */
function raw(run, span, ink) {
  const x = Array.from(run.columns.get("lr") ?? []).slice(0, run.n);
  const y = inside(run.columns.get("loss") ?? [], run.n, span);
  const line = { color: ink.muted, width: 1 };
  return { ...plain(words.seed(run.index)), x, y, opacity: 0.45, line, hoverinfo: "skip" };
}

/** @param {string} name */
function plain(name) {
  return { type: "scatter", mode: "lines", name };
}

/**
 * @param {RangeFindings} found
 * @param {Span} span
 * @param {InkColors} ink
 */
function band({ band, seeds }, span, ink) {
  if (seeds < 2) return [];
  const edge = (/** @type {RangeFindings["band"]["low"]} */ values) =>
    inside(values.map(toNumber), values.length, span);
  const x = [...band.lr.map(toNumber), ...band.lr.map(toNumber).reverse()];
  const y = [...edge(band.low), ...edge(band.high).reverse()];
  return [
    { ...plain(words.band), x, y, fill: "toself", fillcolor: `${ink.accent}30`, line: { width: 0 }, hoverinfo: "skip" },
  ];
}

/**
 * @param {RangeFindings} found
 * @param {Span} span
 * @param {InkColors} ink
 */
function median({ band }, span, ink) {
  const y = inside(band.median.map(toNumber), band.median.length, span);
  const hovertemplate = `${words.at}<extra></extra>`;
  return {
    ...plain(words.median),
    x: band.lr.map(toNumber),
    y,
    hovertemplate,
    line: { color: ink.accent, width: 2.5 },
  };
}

/**
 * @param {RangeFindings} found
 * @param {[number, number]} rates
 * @param {InkColors} ink
 */
function blowUp({ blow_up: blown }, [, last], ink) {
  if (!blown) return [];
  const x = [blown.lr, last, last, blown.lr];
  const pattern = { shape: "/", fgcolor: `${ink.bad}55`, bgcolor: "rgba(0,0,0,0)", size: 7 };
  const area = { ...plain(words.blown), x, y: [0, 0, CURVE, CURVE], yaxis: "y2", fill: "toself", fillpattern: pattern };
  return [{ ...area, line: { width: 0 }, hoverinfo: "skip" }];
}

/**
 * A line, a marker and a label for every rule and for the limit, each label on a row of its own: at the left the smaller
 * rate is higher, at the right the larger one, so that labels, which point to the middle, are crossed by no line.
 *
 * @param {RangeFindings} found
 * @param {[number, number]} rates
 * @param {"light" | "dark"} theme
 */
function lines({ rules, limit }, rates, theme) {
  const marks = rules.flatMap(({ title, lr }, index) =>
    lr === null ? [] : [{ title, lr, look: lookOf(index, theme) }],
  );
  if (limit && limit.value > rates[0] && limit.value < rates[1]) {
    const look = { color: inkColors(theme).bad, dash: "solid", symbol: "line-ns-open", width: 2.5 };
    marks.push({ title: words.limit, lr: limit.value, look });
  }
  marks.sort((a, b) => a.lr - b.lr);
  const left = marks.filter(({ lr }) => placeOf(lr, rates) <= MIDDLE);
  const right = marks.filter(({ lr }) => placeOf(lr, rates) > MIDDLE).reverse();
  return [...left, ...right].map(({ title, lr, look }, row) =>
    line(`${title} ${number(lr)}`, lr, rates, { ...look, top: 0.975 - row * 0.04 }),
  );
}

/**
 * @param {number} index
 * @param {"light" | "dark"} theme
 */
function lookOf(index, theme) {
  const turn = (index + 2 * Math.floor(index / DASHES.length)) % DASHES.length;
  return { color: styleOf(index, theme, true).color, dash: DASHES[turn], symbol: SYMBOLS[turn], width: 1.5 };
}

/**
 * Where a rate lies between the first and the last, 0 to 1.
 *
 * @param {number} lr
 * @param {[number, number]} rates
 */
function placeOf(lr, [first, last]) {
  return Math.log(lr / first) / Math.log(last / first);
}

/**
 * @param {string} text
 * @param {number} lr
 * @param {[number, number]} rates
 * @param {{ top: number, color: string, dash: string | undefined, symbol: string | undefined, width: number }} look
 */
function line(text, lr, rates, { top, color, dash, symbol, width }) {
  return {
    ...plain(text),
    mode: "lines+markers+text",
    x: [lr, lr],
    y: [0, top],
    yaxis: "y2",
    text: ["", text],
    textposition: placeOf(lr, rates) > MIDDLE ? "middle left" : "middle right",
    textfont: { color },
    marker: { color, symbol, size: [0, 8], line: { color, width: symbol === "line-ns-open" ? 2 : 0 } },
    line: { color, dash, width },
    cliponaxis: false,
    hoverinfo: "name",
  };
}

/**
 * @param {Span} span
 * @param {[number, number]} rates
 * @param {InkColors} ink
 */
function layout({ low, high, log }, [first, last], ink) {
  const axis = { gridcolor: ink.grid, linecolor: ink.axis, zeroline: false, automargin: false, fixedrange: true };
  const title = (/** @type {string} */ text) => ({ text, standoff: 8, font: { color: ink.muted } });
  const range = log ? [Math.log10(low), Math.log10(high)] : [low, high];
  const decades = log ? Math.log10(high / low) : 0;
  const marks = decades < 3 ? "D2" : Math.ceil(decades / 6);
  const log10 = { type: "log", exponentformat: "power", dtick: 1 };
  return {
    margin: { l: 64, r: 12, t: 8, b: 48 },
    paper_bgcolor: ink.card,
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 12, color: ink.text },
    showlegend: false,
    hovermode: "closest",
    xaxis: { ...axis, ...log10, range: [Math.log10(first), Math.log10(last)], title: title(words.rate) },
    yaxis: {
      ...axis,
      ...(log ? { ...log10, dtick: marks } : {}),
      range,
      domain: [0, CURVE],
      title: title(words.loss),
    },
    yaxis2: { range: [0, 1], domain: [0, 1], visible: false, fixedrange: true },
  };
}
