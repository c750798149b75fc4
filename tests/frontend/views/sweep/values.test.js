import assert from "node:assert/strict";
import { test } from "node:test";
import { NG } from "../../../../frontend/views/sweep/fields.js";
import { MOST_RUNS, readValues, typedOf } from "../../../../frontend/views/sweep/values.js";
import { field } from "./made.js";

const read = (path, change, runs = 1) =>
  readValues(field(path), { ...typedOf({ values: NG }, path, { seeds: "1" }), ...change }, runs, 0.1);

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
