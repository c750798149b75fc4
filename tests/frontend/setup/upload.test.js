import assert from "node:assert/strict";
import { test } from "node:test";

import { filesOf } from "../../../frontend/setup/upload.js";

const given = (id, name, source = null) => ({ id, name, kind: "csv", source });
const ALL = [given("d4", "cars", "d1"), given("d3", "cars"), given("d2", "cars", "d1"), given("d1", "cars")];

test("a file that was read in several ways is offered once: as it is shown, else as it was read last", () => {
  assert.deepEqual(
    filesOf(ALL, "").map(([, id]) => id),
    ["d4", "d3"],
  );
  assert.deepEqual(
    filesOf(ALL, "d1").map(([, id]) => id),
    ["d1", "d3"],
  );
});

test("a file is called by its name, else as the server calls it", () => {
  assert.deepEqual(filesOf([given("d2", "", "d1"), given("d3", "cars")], ""), [
    ["d1", "d2"],
    ["cars", "d3"],
  ]);
});
