import assert from "node:assert/strict";
import { test } from "node:test";

import { CHOICES, nextChoice, themeOf } from "../../../frontend/ui/theme.js";

test("the button goes round: system, light, dark", () => {
  const seen = ["system"];
  for (let i = 0; i < 3; i++) seen.push(nextChoice(seen.at(-1)));
  assert.deepEqual(seen, [...CHOICES, "system"]);
});

test("a choice overrules the system, and system follows it", () => {
  assert.equal(themeOf("light", true), "light");
  assert.equal(themeOf("dark", false), "dark");
  assert.deepEqual([themeOf("system", true), themeOf("system", false)], ["dark", "light"]);
});
