/** Runs, scenes and pens for the tests of the drawings. */

import { channels, inkColors } from "../../frontend/plot/palette.js";
import { appendBlock, createRunView } from "../../frontend/state/run-data.js";

/** A block of one run from its columns. */
export function blockOf(columns, { step = 0, stride = 1, run = 0, seq = 1, first = seq } = {}) {
  const names = Object.keys(columns);
  const n = columns[names[0]].length;
  const data = Float64Array.from(names.flatMap((name) => [...columns[name]]));
  return { seq, first, step, stride, n, runs: [run], columns: names, request: null, data };
}

/** A run that has received these columns. */
export function runOf(columns, { index = 0, label = `run ${index}`, kind = null } = {}) {
  const run = createRunView(index, label);
  appendBlock([run], blockOf(columns, { run: index }));
  run.outcome = kind && { kind, nonfinite: null };
  return run;
}

/** Gradient descent on x² (or ½ Σ i·x_i²), as columns. */
export function descent({ lr = 0.1, steps = 10, start = [-4] } = {}) {
  const columns = { loss: [], lr: [], grad_norm: [], step_norm: [], sharpness: [], limit: [] };
  start.forEach((_, i) => {
    columns[`p${i}`] = [];
  });
  let point = start;
  for (let k = 0; k <= steps; k++) {
    const gradient = point.map((value, i) => 2 * (i + 1) * value);
    const loss = point.reduce((sum, value, i) => sum + (i + 1) * value * value, 0);
    const row = {
      loss,
      lr,
      grad_norm: Math.hypot(...gradient),
      step_norm: 0,
      sharpness: 2 * point.length,
      limit: 1 / point.length,
    };
    for (const [name, value] of Object.entries(row)) columns[name].push(value);
    point.forEach((value, i) => {
      columns[`p${i}`].push(value);
    });
    point = point.map((value, i) => value - lr * gradient[i]);
  }
  return columns;
}

/** A landscape of x² (1-D), x² + 2y² (2-D) or nothing but a slice. */
export function groundOf(dim) {
  const shape = dim === 1 ? [41] : [21, 31];
  const z = new Float32Array(shape.reduce((a, b) => a * b));
  for (let i = 0; i < z.length; i++) {
    const x = -5 + (10 * (i % shape.at(-1))) / (shape.at(-1) - 1);
    const y = dim === 1 ? 0 : -3 + (6 * Math.floor(i / shape.at(-1))) / (shape[0] - 1);
    z[i] = x * x + 2 * y * y;
  }
  const names = dim === 1 ? ["x"] : dim === 2 ? ["x", "y"] : Array.from({ length: dim }, (_, i) => `x${i + 1}`);
  const domain = names.map((_, i) => (i === 1 ? [-3, 3] : [-5, 5]));
  const minima = [{ point: names.map(() => 0), value: 0 }];
  return {
    kind: "ground",
    title: "",
    help: "",
    dim,
    variables: names,
    domain,
    shape,
    start: names.map(() => 1),
    minima,
    best: 0,
    mathml: null,
    text: "",
    z,
  };
}

/** A scene of 640 x 480 pixels. */
export function sceneOf(runs, { dim = 2, step = 5, steps = 10, landscape = groundOf(dim), ...view } = {}) {
  const spec = {
    problem: { kind: "ground" },
    runs: runs.map(() => ({ optimizer: { kind: "sgd" } })),
    steps,
    seed: 0,
    dtype: "float64",
  };
  return {
    runs,
    landscape,
    field: landscape,
    spec,
    clock: { step, last: steps, playing: false, speed: 1, live: false },
    view: { selected: 0, hovered: null, log: true, theme: "light", follow: false, ...view },
    ink: inkColors("light"),
    width: 640,
    height: 480,
  };
}

/** A pen that writes down what it is asked, and measures text as six pixels a letter. */
export function penOf() {
  const calls = [];
  const state = { calls, texts: () => calls.filter(([name]) => name === "fillText").map(([, text]) => text) };
  return new Proxy(state, {
    get(target, name) {
      if (name in target) return target[name];
      if (name === "measureText") return (text) => ({ width: 6 * text.length });
      return (...values) => void calls.push([name, ...values]);
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  });
}

/** The points that a pen has moved or drawn to. */
export function pathOf(pen) {
  return pen.calls.filter(([name]) => name === "moveTo" || name === "lineTo");
}

/** Contrast ratio of two colours. Source: WCAG 2.2, relative luminance. */
export function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

function luminance(color) {
  const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
