import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf, withBuiltIn, withDataset, withReading } from "../../../frontend/setup/own-data.js";
import { FIRST, withData, withProblem } from "../../../frontend/state/spec.js";
import { training } from "../../../frontend/words/training.js";

const table = (rows, id = "d1") => ({ id, kind: "csv", rows });
const NETWORK = { ...withProblem(FIRST, { kind: "network" }), problem: { kind: "network", hidden: [3] } };
const run = (kind, lr, rest = {}) => ({ optimizer: { kind, lr, ...rest }, batch_size: 16 });
const withRuns = (...runs) => ({ ...NETWORK, runs });

test("a table makes a network, a list of names the character model", () => {
  const spec = withDataset(FIRST, table(100));
  assert.deepEqual(spec.problem, { kind: "network", data: { kind: "csv", id: "d1" } });
  const names = withDataset(spec, { id: "d2", kind: "names", rows: 50 });
  assert.deepEqual(names.problem, { kind: "character", data: { kind: "names", id: "d2" } });
});

test("a table given to a network keeps its layers, and leaves its loss to the data", () => {
  const spec = { ...NETWORK, problem: { ...NETWORK.problem, loss: "softmax" } };
  const { hidden, loss } = withDataset(spec, table(100)).problem;
  assert.deepEqual([hidden, loss], [[3], undefined]);
});

test("rates made for a surface are not those of a first table of one's own", () => {
  assert.deepEqual(withDataset(FIRST, table(100)).runs, [run("adam", 0.01)]);
});

test("a rate stays where it seldom is too long, and one that could be is Adam's", () => {
  const kept = [run("sgd", 0.05), run("sgd", 0.05, { momentum: 0.9 }), run("adam", 0.001)];
  assert.deepEqual(withDataset(withRuns(...kept), table(100)).runs, kept);
  const long = [
    run("sgd", 0.1, { momentum: 0.9 }),
    run("adam", 0.1),
    run("lion", 0.01),
    { ...run("sgd", 1), label: "a" },
  ];
  assert.deepEqual(withDataset(withRuns(...long), table(100)).runs, [run("adam", 0.01)]);
});

test("a batch is never larger than what there is to train on", () => {
  const sizes = (rows, data) => {
    const spec = withDataset(NETWORK, table(rows));
    return withReading({ ...spec, problem: { ...spec.problem, data: { ...spec.problem.data, ...data } } }, table(rows))
      .runs;
  };
  assert.deepEqual(sizes(3), [{ optimizer: { kind: "adam", lr: 0.01 } }]);
  assert.equal(sizes(100)[0].batch_size, 16);
  assert.equal(sizes(20)[0].batch_size, undefined);
});

test("another reading keeps the settings of the data and every rate", () => {
  const given = withDataset(NETWORK, table(100));
  const data = { ...given.problem.data, validation: 0.5, scaling: "raw", target: "classes" };
  const spec = { ...withData(given, data), runs: [run("sgd", 3)] };
  const { problem, runs } = withReading(spec, table(100, "d2"));
  assert.deepEqual(problem.data, { kind: "csv", id: "d2", validation: 0.5, scaling: "raw" });
  assert.deepEqual(runs, [run("sgd", 3)]);
});

test("what else changed with the data is said, and nothing where nothing did", () => {
  const { rate, batch } = training.own;
  assert.equal(changesOf(FIRST, withDataset(FIRST, table(100))), rate);
  assert.equal(changesOf(FIRST, withDataset(FIRST, table(4))), `${rate} ${batch}`);
  const spec = withDataset(FIRST, table(100));
  assert.equal(changesOf(spec, withReading(spec, table(100, "d2"))), "");
  assert.equal(changesOf(spec, withReading(spec, table(5, "d2"))), batch);
});

test("built-in data of numbers have a rate that does not blow up; where classes are told apart, rates stay", () => {
  const spec = withProblem(FIRST, { kind: "network" });
  assert.deepEqual(withBuiltIn(spec, "chebyshev").runs, [run("adam", 0.01)]);
  assert.equal(changesOf(spec, withBuiltIn(spec, "chebyshev")), training.own.rate);
  assert.deepEqual(withBuiltIn(spec, "circles").runs, spec.runs);
  assert.deepEqual(withBuiltIn(withRuns(run("sgd", 0.05)), "chebyshev").runs, [run("sgd", 0.05)]);
});
