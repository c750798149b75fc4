import assert from "node:assert/strict";
import { test } from "node:test";

import { newestOf } from "../../../frontend/setup/upload.js";

const given = (id, name, target) => ({ id, name, kind: "csv", table: target === undefined ? null : { target } });

test("readings of one file that are called alike are offered once: the one that is shown, else the newest", () => {
  const all = [given("d3", "cars", "mpg"), given("d2", "cars", "mpg"), given("d1", "cars", "price")];
  assert.deepEqual(newestOf(all, ""), [
    ["cars: mpg", "d3"],
    ["cars: price", "d1"],
  ]);
  assert.deepEqual(newestOf(all, "d2")[0], ["cars: mpg", "d2"]);
});

test("what is no table is called by its name, or as the server calls it", () => {
  assert.deepEqual(newestOf([given("d1", "first names"), given("d2", "")], ""), [
    ["first names", "d1"],
    ["d2", "d2"],
  ]);
});
