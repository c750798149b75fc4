import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { unbroken } from "../../../frontend/ui/dom.js";

const WRITTEN = JSON.parse(readFileSync(new URL("../../data/written_numbers.json", import.meta.url), "utf8"));

test("a number that is written is never broken across lines, in any sentence", () => {
  for (const [, , text] of WRITTEN) {
    const sentence = unbroken(`From ${text} to ${text}.`);
    assert.deepEqual(sentence.split(" ").length, 4, text);
    assert.equal(sentence.replaceAll("\u00a0", " "), `From ${text} to ${text}.`);
  }
  assert.equal(unbroken("lr × λ = 2 × 3, 4 × 10"), "lr × λ = 2 × 3, 4 × 10");
});
