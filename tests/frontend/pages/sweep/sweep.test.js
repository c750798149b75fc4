import assert from "node:assert/strict";
import { test } from "node:test";
import { NG, suggested, variedFields } from "../../../../frontend/pages/sweep/fields.js";
import { nearest } from "../../../../frontend/pages/sweep/figure.js";
import {
  addressOf,
  colorOf,
  labelsOfValues,
  namesOfRuns,
  specOfValue,
} from "../../../../frontend/pages/sweep/lanes.js";
import { lanesCount } from "../../../../frontend/pages/sweep/live.js";
import {
  fitting,
  hasDiverged,
  heightOf,
  lossAxis,
  placesOf,
  stepsAxis,
  stretches,
} from "../../../../frontend/pages/sweep/scales.js";
import { typed } from "../../../../frontend/pages/sweep/target.js";
import { drawn, pathOf, sharedAxis } from "../../../../frontend/pages/sweep/tiles.js";
import { MOST_RUNS, readValues, typedOf } from "../../../../frontend/pages/sweep/values.js";
import { contrast, inkColors } from "../../../../frontend/plot/palette.js";
import { decode } from "../../../../frontend/state/link.js";
import { fieldName, namedValue, valueText } from "../../../../frontend/words/sweep.js";

const number = (minimum) => ({ type: "number", minimum, default: 0 });
const RATE = { type: "number", exclusiveMinimum: 0, default: 0.01 };
const CATALOGUE = {
  problems: [
    { kind: "bowl", start: [-4.2, 1.45], variables: ["x", "y"], schema: { properties: { kind: {}, kappa: RATE } } },
    {
      kind: "network",
      start: [],
      variables: [],
      schema: { properties: { init_scale: RATE, init_seed: { type: "integer" }, hidden: { type: "array" } } },
    },
  ],
  optimizers: [
    { kind: "sgd", schema: { properties: { lr: RATE, momentum: number(0), nesterov: { type: "boolean" } } } },
    { kind: "adam", schema: { properties: { lr: RATE, beta1: { ...number(0), exclusiveMaximum: 1 } } } },
    { kind: "newton", schema: { properties: { lr: RATE } } },
  ],
  schedules: [{ kind: "constant", schema: { properties: { warmup: { type: "integer", minimum: 0, default: 0 } } } }],
  datasets: [],
};
const BOWL = {
  problem: { kind: "bowl" },
  runs: [{ optimizer: { kind: "sgd", lr: 0.1 } }],
  steps: 120,
  seed: 0,
  dtype: "float64",
};
const SPEC = { kind: "comparison", ...BOWL, seeds: 1, vary: [{ field: "run.optimizer.lr", values: [0.1, 0.3] }] };
const value = (given) => ({
  ...{ index: 0, value: 0.1, runs: [0], final: 1, final_low: 1, final_high: 1, reached: 1, diverged: 0 },
  ...{ to_target: 10, to_target_low: 10, to_target_high: 10, ...given },
});
const fields = (spec, variables = ["x", "y"]) => variedFields(CATALOGUE, spec, variables);
const field = (path, spec = BOWL) => fields(spec).find((one) => one.path === path);
const read = (path, change, runs = 1) =>
  readValues(field(path), { ...typedOf({ values: NG }, path, { seeds: "1" }), ...change }, runs, 0.1);

test("a surface offers its rule's settings, its starts and its own numbers, and no batches", () => {
  const paths = fields(BOWL).map(({ path }) => path);
  for (const path of ["run.optimizer.lr", "run.optimizer.momentum", "run.optimizer", "run.schedule.warmup"])
    assert.ok(paths.includes(path), path);
  for (const path of ["run.noise", "run.clip_norm", "run.start.1", "problem.kappa", "seed"])
    assert.ok(paths.includes(path), path);
  assert.ok(!paths.includes("run.batch_size"));
  assert.deepEqual([field("run.start.1").label, field("run.start.1").now], ["start y", 1.45]);
});

test("a network offers batches and the beginning of its parameters, and neither starts nor Newton's rule", () => {
  const network = { ...BOWL, problem: { kind: "network" } };
  const paths = fields(network, []).map(({ path }) => path);
  for (const path of ["run.batch_size", "problem.init_scale", "problem.init_seed"])
    assert.ok(paths.includes(path), path);
  assert.ok(!paths.some((path) => path.startsWith("run.start") || path === "problem.hidden"));
  const rules = fields(network, []).find(({ path }) => path === "run.optimizer").kinds;
  assert.deepEqual(
    rules.map(({ kind }) => kind),
    ["sgd", "adam"],
  );
});

test("of several runs only what all of them have can vary", () => {
  const two = { ...BOWL, runs: [...BOWL.runs, { optimizer: { kind: "adam" } }] };
  const paths = fields(two).map(({ path }) => path);
  assert.ok(paths.includes("run.optimizer.lr"));
  assert.ok(!paths.includes("run.optimizer.momentum"));
});

test("values worth trying stay within what a field allows", () => {
  assert.deepEqual(suggested(field("run.optimizer.lr")), { values: NG });
  assert.deepEqual(suggested(field("run.start.0"), [[-6, 6]]), { from: -6, to: 6, scale: "linear", n: 9 });
  assert.deepEqual(suggested(field("run.optimizer")), { values: ["sgd", "adam", "newton"] });
  const two = { ...BOWL, runs: [{ optimizer: { kind: "adam", beta1: 0.9 } }] };
  assert.ok(suggested(field("run.optimizer.beta1", two)).values.every((one) => one < 1));
  assert.deepEqual(suggested({ ...field("problem.kappa"), path: "problem.other", now: 20 }), {
    values: [2, 6, 20, 60, 200],
  });
});

test("a list is read into values", () => {
  assert.deepEqual(read("run.optimizer.lr", {}).vary, { field: "run.optimizer.lr", values: NG });
  assert.deepEqual(read("run.noise", { list: "none; 0.1 1" }).vary.values, [null, 0.1, 1]);
  assert.deepEqual(read("run.optimizer", { list: "sgd, Adam" }).vary.values, [
    { kind: "sgd", lr: 0.1 },
    { kind: "adam", lr: 0.1 },
  ]);
  assert.deepEqual(read("run.schedule", { list: "constant" }).vary.values, [{ kind: "constant" }]);
});

test("a range is read into its ends", () => {
  const range = { how: "range", from: "0.001", to: "1", scale: "log", n: "25", seeds: "3" };
  assert.deepEqual(read("run.optimizer.lr", range), {
    vary: { field: "run.optimizer.lr", from: 0.001, to: 1, scale: "log", n: 25 },
    seeds: 3,
  });
});

test("what does not fit is told in words, and where", () => {
  const wrong = [
    ["run.optimizer.lr", { list: "" }, "values", "at least one value"],
    ["run.optimizer.lr", { list: "0.1, fast" }, "values", "Give a number"],
    ["run.optimizer.lr", { list: "0.1, 0" }, "values", "above 0"],
    ["run.optimizer.lr", { list: "all" }, "values", "Give a number"],
    ["run.optimizer", { list: "sgd, adma" }, "values", "“adma” is not one of them"],
    ["run.start.0", { how: "range", from: "-1", to: "1", scale: "log", n: "3" }, "values", "above 0"],
    ["run.start.0", { how: "range", from: "-1", to: "", scale: "linear", n: "3" }, "values", "Give a number"],
    ["run.start.0", { how: "range", from: "-1", to: "1", scale: "linear", n: "0" }, "n", "at least 1"],
    ["run.optimizer.lr", { seeds: "1.5" }, "seeds", "whole number"],
    ["seed", { list: "0.5" }, "values", "whole number"],
  ];
  for (const [path, change, at, words] of wrong) {
    const told = read(path, change);
    assert.equal(told.at, at, `${path} ${JSON.stringify(change)}`);
    assert.ok(told.error.includes(words), told.error);
  }
});

test("as many runs as the page draws are read, and not one more", () => {
  const range = { how: "range", from: "0.1", to: "1", scale: "log", seeds: "1" };
  assert.equal(read("run.optimizer.lr", { ...range, n: String(MOST_RUNS) }).error, undefined);
  assert.match(read("run.optimizer.lr", { ...range, n: String(MOST_RUNS + 1) }).error, /601 runs/);
  assert.match(read("run.optimizer.lr", { ...range, n: "301" }, 2).error, /602 runs/);
});

test("values are typed as they are read", () => {
  const list = typedOf({ values: [1, 1e-7, null] }, "run.batch_size", { seeds: "2" });
  assert.deepEqual([list.how, list.list, list.seeds], ["list", "1, 1e-7, all", "2"]);
  assert.equal(
    typedOf({ values: [{ kind: "adam", lr: 1 }, "sgd"] }, "run.optimizer", { seeds: "1" }).list,
    "adam, sgd",
  );
  const range = typedOf({ from: 1, to: 2, scale: "linear", n: 3 }, "run.noise", { seeds: "1" });
  assert.deepEqual([range.how, range.from, range.to, range.n], ["range", "1", "2", "3"]);
});

test("values stand by their ratios where they were asked for so, or span more than a factor of twenty", () => {
  const log = placesOf(NG);
  assert.equal(log.kind, "log");
  assert.deepEqual([log.at[0], log.at.at(-1)], [0, 1]);
  assert.ok(Math.abs(log.at[3] - 1 / 3) < 1e-12);
  assert.ok(Math.abs(log.place(0.1) - 2 / 3) < 1e-12);
  assert.equal(log.place(2), null);
  assert.equal(placesOf([1, 2, 3]).kind, "linear");
  assert.equal(placesOf([1, 2, 3], "log").kind, "log");
  assert.equal(placesOf([0, 0.9], "log").kind, "linear");
  const named = placesOf([1, 256, null]);
  assert.deepEqual([named.kind, named.at, named.place(1)], ["named", [0, 0.5, 1], null]);
  assert.deepEqual(placesOf([0.1]).at, [0.5]);
});

test("the loss axis is that of the values that hold", () => {
  const held = [value({ final: 1e-3, final_low: 1e-4, final_high: 1 }), value({ final: 1e90, diverged: 1 })];
  const { range, log } = lossAxis(held, null);
  assert.ok(log && range[0] <= -4 && range[1] >= 0 && range[1] < 2, String(range));
  assert.ok(lossAxis(held, 1e-6).range[0] <= -6);
  assert.equal(lossAxis([value({ final: -1, final_low: -2, final_high: 0 })], null).log, false);
  assert.deepEqual(
    lossAxis([value({ final: "inf", final_low: "inf", final_high: "inf", diverged: 1 })], null).range,
    [-1, 1],
  );
  const zero = lossAxis([value({ final: 0, final_low: 0, final_high: 1 })], null);
  assert.ok(zero.log && Number.isFinite(zero.range[0]));
  assert.equal(heightOf(zero, 0), 0);
  assert.equal(heightOf(zero, Infinity), 1);
});

test("the steps begin at zero unless they span more than a factor of twenty", () => {
  assert.equal(
    stepsAxis([value({}), value({ to_target: null, to_target_low: null, to_target_high: null })], 99).log,
    false,
  );
  assert.equal(
    stepsAxis([value({}), value({ to_target: 400, to_target_low: 300, to_target_high: 500 })], 999).log,
    true,
  );
  assert.ok(stepsAxis([], 99).range[1] >= 99);
});

test("neighbours that diverge are hatched as one stretch", () => {
  assert.deepEqual(stretches([0, 0.5, 1], [false, true, true]), [[0.25, 1.5]]);
  assert.deepEqual(stretches([1, 0, 0.5], [true, true, false]), [
    [-0.5, 0.25],
    [0.75, 1.5],
  ]);
  assert.deepEqual(stretches([0, 1], [false, false]), []);
  assert.deepEqual(stretches([0.5], [true]), [[-0.5, 1.5]]);
  assert.ok(hasDiverged(value({ runs: [0, 1], diverged: 1 })));
  assert.ok(!hasDiverged(value({ runs: [0, 1, 2], diverged: 1 })));
});

test("labels that would touch give way to the one that matters", () => {
  const labels = [0, 10, 20].map((middle, i) => ({ middle, width: 12, weight: i === 1 ? 1 : 0 }));
  assert.deepEqual(fitting(labels, 2), [false, true, false]);
  assert.deepEqual(
    fitting(
      labels.map((one) => ({ ...one, weight: 0 })),
      2,
    ),
    [true, false, true],
  );
});

test("the nearest place is found, also where there is none", () => {
  assert.equal(nearest([0, 10, 30], 19), 1);
  assert.equal(nearest([], 19), null);
});

test("fields and values are put into words", () => {
  assert.equal(fieldName("run.optimizer.lr"), "learning rate");
  assert.equal(fieldName("run.optimizer.weight_decay"), "weight decay");
  assert.equal(fieldName("run.start.0"), "start 1");
  assert.equal(namedValue(0.30000000000000004, "run.optimizer.lr"), "lr 0.3");
  assert.equal(namedValue(null, "run.batch_size"), "batch size all");
  assert.equal(namedValue({ kind: "one_cycle" }, "run.schedule"), "one cycle");
  assert.equal(valueText(true, "run.optimizer.nesterov"), "true");
  assert.equal(valueText(0.00012345, ""), "0.000123");
  assert.equal(valueText(1e-8, ""), "1e−8");
  assert.deepEqual(
    [2.1437e-5, 0.2175432, 0, 31, 1.5e9].map(typed),
    ["2.144e-5", "0.2175", "0", "31", "1.5e9"].map(String),
  );
});

test("a value alone is a set-up that the workbench opens", () => {
  const told = specOfValue({ ...SPEC, seed: 3, seeds: 2 }, { index: 0, value: 0.3 });
  assert.deepEqual(told, { ...BOWL, seed: 3, runs: [{ optimizer: { kind: "sgd", lr: 0.3 } }] });
  const vary = (path) => ({ ...SPEC, vary: [{ field: path, values: [] }] });
  assert.equal(specOfValue(vary("seed"), { index: 0, value: 7 }).seed, 7);
  assert.equal(specOfValue(vary("problem.kappa"), { index: 0, value: 30 }).problem.kappa, 30);
  assert.deepEqual(specOfValue(vary("run.start.1"), { index: 0, value: 9 }, [1, 2]).runs[0].start, [1, 9]);
  assert.deepEqual(specOfValue(vary("run.optimizer"), { index: 0, value: { kind: "adam" } }).runs[0].optimizer, {
    kind: "adam",
  });
  assert.equal(SPEC.runs[0].optimizer.lr, 0.1);
  const address = addressOf({ id: "0123456789abc", spec: SPEC }, { index: 0, value: 0.3 });
  assert.equal(decode(address.slice(1)).spec.runs[0].optimizer.lr, 0.3);
  const long = { ...SPEC, problem: { kind: "formula", text: "x+".repeat(1500) } };
  assert.equal(addressOf({ id: "0123456789abc", spec: long }, { index: 0, value: 0.3 }), "/?experiment=0123456789abc");
});

test("runs are told apart by their rules, not by the rate that varies", () => {
  const runs = [
    { optimizer: { kind: "sgd", lr: 0.1 } },
    { optimizer: { kind: "adam", lr: 0.1 } },
    { label: "mine, lr 3" },
  ];
  runs[2].optimizer = { kind: "sgd" };
  const spec = { ...SPEC, runs };
  assert.deepEqual(namesOfRuns(spec), ["SGD", "Adam", "mine, lr 3"]);
  const [one, two] = labelsOfValues(spec, [value({}), value({ index: 1 })]);
  assert.deepEqual([one.short, two.long], ["0.1 SGD", "Adam, lr 0.1"]);
  assert.equal(labelsOfValues(SPEC, [value({})])[0].long, "lr 0.1");
  assert.equal(lanesCount({ ...spec, seeds: 4 }), 24);
});

test("colours go from dark to light and stand out from the card, in both themes", () => {
  for (const theme of ["light", "dark"]) {
    const colors = Array.from({ length: 9 }, (_, i) => colorOf(i, 9, theme));
    const { card } = inkColors(theme);
    const ratios = colors.map((color) => contrast(color, card));
    for (const ratio of ratios) assert.ok(ratio >= 3, `${theme} ${ratio}`);
    assert.deepEqual(
      ratios,
      ratios.toSorted((a, b) => (theme === "light" ? b - a : a - b)),
    );
  }
});

test("of very many values evenly spread ones are drawn, with both ends", () => {
  assert.deepEqual(drawn(3), [0, 1, 2]);
  assert.deepEqual(drawn(101, 5), [0, 25, 50, 75, 100]);
});

test("a line ends where it leaves the picture, and joins what was measured", () => {
  const run = (columns, n) => ({ n, columns: new Map(Object.entries(columns)), outcome: null });
  const axis = { range: [0, 2], log: true, title: "" };
  assert.equal(pathOf(run({ loss: [10, 100, 1e9, 1] }, 4), 4, axis, 0), "M0.0 36.0L40.0 0.0");
  assert.equal(
    pathOf(run({ loss: [1, 1, 1, 1], train_loss: [100, 100, 100, 1] }, 4), 3, axis, 0),
    "M0.0 0.0L160.0 72.0",
  );
  assert.equal(pathOf(run({}, 0), 4, axis, 0), "");
  const shared = sharedAxis([run({ loss: [1], train_loss: [4] }, 1), run({ loss: [1], train_loss: [0.5] }, 1)]);
  assert.ok(shared.axis.range[0] <= Math.log10(0.5) && shared.axis.range[1] >= Math.log10(8));
});
