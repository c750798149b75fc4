import assert from "node:assert/strict";
import { test } from "node:test";
import { inkColors } from "../../../../frontend/plot/palette.js";
import {
  colorOf,
  distinct,
  labelsOfValues,
  lanesCount,
  namesOfRuns,
  withValue,
} from "../../../../frontend/views/sweep/lanes.js";
import { contrast } from "../../made.js";
import { BOWL, SPEC, value } from "./made.js";

test("a value goes into the run or the problem of a set-up, and changes nothing else", () => {
  const now = { ...BOWL, seed: 3, steps: 7 };
  assert.deepEqual(withValue(now, SPEC, { index: 0, value: 0.3 }, 0), {
    ...now,
    runs: [{ optimizer: { kind: "sgd", lr: 0.3 } }],
  });
  const vary = (path) => ({ ...SPEC, vary: [{ field: path, values: [] }] });
  assert.equal(withValue(now, vary("seed"), { index: 0, value: 7 }, 0).seed, 7);
  assert.equal(withValue(now, vary("problem.kappa"), { index: 0, value: 30 }, 0).problem.kappa, 30);
  assert.deepEqual(withValue(now, vary("run.start.1"), { index: 0, value: 9 }, 0, [1, 2]).runs[0].start, [1, 9]);
  const adam = { kind: "adam" };
  assert.deepEqual(withValue(now, vary("run.optimizer"), { index: 0, value: adam }, 0).runs[0].optimizer, adam);
  assert.equal(SPEC.runs[0].optimizer.lr, 0.1);
});

test("runs that differ in nothing but what varies are one, and its value goes into the chosen one of them", () => {
  const sgd = (lr) => ({ optimizer: { kind: "sgd", lr } });
  const now = { ...BOWL, runs: [{ ...sgd(1), label: "mine" }, { optimizer: { kind: "adam", lr: 1 } }, sgd(2)] };
  const swept = distinct(now, "run.optimizer.lr");
  assert.deepEqual(swept.of, [[0, 2], [1]]);
  assert.equal(distinct(now, "seed").runs.length, 3);
  const spec = { ...SPEC, runs: swept.runs };
  const rates = (index, selected) =>
    withValue(now, spec, { index, value: 5 }, selected).runs.map(({ optimizer }) => optimizer.lr);
  assert.deepEqual(rates(0, 2), [1, 1, 5]);
  assert.deepEqual(rates(0, 1), [5, 1, 2]);
  assert.deepEqual(rates(1, 0), [1, 5, 2]);
});

test("a run whose rule has changed since takes the rule of the value, too", () => {
  const now = { ...BOWL, runs: [{ optimizer: { kind: "sgd", lr: 1 } }] };
  const spec = {
    ...SPEC,
    runs: [{ optimizer: { kind: "adam" } }],
    vary: [{ field: "run.optimizer.beta1", values: [] }],
  };
  assert.deepEqual(withValue(now, spec, { index: 0, value: 0.5 }, 0).runs[0].optimizer, { kind: "adam", beta1: 0.5 });
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
