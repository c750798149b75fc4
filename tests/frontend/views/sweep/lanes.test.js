import assert from "node:assert/strict";
import { test } from "node:test";
import { inkColors } from "../../../../frontend/plot/palette.js";
import { decode } from "../../../../frontend/state/link.js";
import {
  addressOf,
  colorOf,
  labelsOfValues,
  lanesCount,
  namesOfRuns,
  specOfValue,
} from "../../../../frontend/views/sweep/lanes.js";
import { contrast } from "../../made.js";
import { BOWL, SPEC, value } from "./made.js";

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
