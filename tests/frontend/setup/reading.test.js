import assert from "node:assert/strict";
import { test } from "node:test";

import {
  chosenByHand,
  faultsOf,
  knownByHand,
  readingOf,
  withDecimal,
  withHeader,
  withKind,
  withMissing,
  withTarget,
} from "../../../frontend/setup/reading.js";
import { understood } from "../../../frontend/words/reading.js";

const column = (name, kind, missing = 0, on_missing = "drop") => ({ name, kind, missing, on_missing });
const TABLE = {
  header: true,
  decimal: ",",
  target: "price",
  columns: [
    column("price", "number"),
    column("age", "number", 2, "mean"),
    column("id", "ignore"),
    column("sort", "class"),
  ],
};
const READING = readingOf(TABLE);

test("a reading says all that the table shows, and how values are missing only where some are", () => {
  assert.deepEqual(READING, {
    target: "price",
    header: true,
    decimal: ",",
    columns: {
      price: { kind: "number" },
      age: { kind: "number", on_missing: "mean" },
      id: { kind: "ignore" },
      sort: { kind: "class" },
    },
  });
});

test("where another column is predicted, the server decides what both are", () => {
  const other = withTarget(READING, "sort");
  assert.equal(other.target, "sort");
  assert.deepEqual(Object.keys(other.columns), ["age", "id"]);
  assert.equal(other.decimal, ",");
});

test("another kind has its own treatment of missing values", () => {
  assert.deepEqual(withKind(READING, "age", "one-hot").columns.age, { kind: "one-hot" });
  assert.deepEqual(withMissing(READING, "age", "drop").columns.age, { kind: "number", on_missing: "drop" });
  const both = withMissing(withKind(READING, "age", "one-hot"), "age", "own class");
  assert.deepEqual(both.columns.age, { kind: "one-hot", on_missing: "own class" });
  assert.deepEqual(READING.columns.age, { kind: "number", on_missing: "mean" });
});

test("without a header the columns have other names, so that all else is decided anew", () => {
  assert.deepEqual(withHeader(READING, false), { header: false, decimal: "," });
});

test("with another decimal sign the same column is predicted, and every kind is decided anew that was not chosen", () => {
  const chosen = { ...column("id", "ignore"), chosen: true };
  const table = { ...TABLE, columns: [...TABLE.columns, column("counter", "ignore"), chosen] };
  const columns = { id: { kind: "ignore" } };
  assert.deepEqual(knownByHand(table), columns);
  const read = withDecimal(readingOf(table), ".", knownByHand(table));
  assert.deepEqual(read, { decimal: ".", target: "price", header: true, columns });
});

test("what was chosen by hand stays chosen whatever else is changed, until the column changes its part", () => {
  let now = READING;
  let byHand = {};
  const choose = (change) => {
    const before = now;
    now = change(now);
    byHand = chosenByHand(byHand, before, now);
  };
  choose((reading) => withKind(reading, "sort", "ignore"));
  choose((reading) => withMissing(reading, "age", "drop"));
  assert.deepEqual(byHand, { sort: { kind: "ignore" }, age: { on_missing: "drop" } });
  for (const sign of [".", ",", "."]) choose((reading) => withDecimal(reading, sign, byHand));
  assert.deepEqual(now.columns, { sort: { kind: "ignore" }, age: { on_missing: "drop" } });
  choose((reading) => withKind(reading, "age", "one-hot"));
  choose((reading) => withTarget(reading, "sort"));
  assert.deepEqual(byHand, { age: { kind: "one-hot" } });
  choose((reading) => withHeader(reading, false));
  assert.deepEqual(byHand, {});
});

test("columns may be called like anything of an object", () => {
  const odd = readingOf({ ...TABLE, columns: [column("__proto__", "number"), column("constructor", "class")] });
  assert.deepEqual(Object.keys(odd.columns), ["__proto__", "constructor"]);
  assert.deepEqual(Object.keys(withTarget(odd, "constructor").columns), ["__proto__"]);
});

test("faults are put to their columns, and the rest is said below the table", () => {
  const errors = [
    { loc: ["body", "columns", "age", "kind"], msg: "Row 3 is a word." },
    { loc: ["columns", "age"], msg: "So is row 4." },
    { loc: ["target"], msg: "There is no such column." },
  ];
  const { columns, rest } = faultsOf({ title: "", status: 422, detail: "all of it", errors });
  assert.deepEqual([...columns], [["age", "Row 3 is a word. So is row 4."]]);
  assert.deepEqual(rest, ["There is no such column."]);
  assert.deepEqual(faultsOf({ title: "Gone", status: 404, detail: "" }).rest, ["Gone"]);
});

test("what was understood and skipped is one paragraph", () => {
  const sentence = "The cells are separated by tabs.";
  assert.equal(understood({ understood: [sentence], skipped: [] }), sentence);
  const skipped = ["1 comment line", "2 blank rows"];
  assert.equal(understood({ understood: [sentence], skipped }), `${sentence} Skipped: 1 comment line, 2 blank rows.`);
  assert.equal(understood({ understood: [], skipped: [] }), "");
});
