import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { experimentIn } from "../../../frontend/library/import.js";
import { decode, encode } from "../../../frontend/state/link.js";

const STORED = new URL("../../data/stored/", import.meta.url);
const read = (name) => readFileSync(new URL(name, STORED), "utf8");

for (const file of ["links.json", "links-0008.json"])
  for (const { fragment, state } of JSON.parse(read(file)))
    test(`a link of ${file} opens as it did: ${state.spec.problem.kind}`, () => {
      assert.deepEqual(decode(`#${fragment}`), state);
      assert.equal(encode(state), fragment);
    });

test("an experiment that version 0.1 exported is read by the library", () => {
  const text = read("exported.json");
  const { spec, name } = JSON.parse(text);
  assert.deepEqual(experimentIn(text, "exported.json"), { spec, name, traced: true });
});
