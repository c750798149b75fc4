import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { inkColors } from "../../../frontend/plot/palette.js";
import { contrast } from "../made.js";

const css = readFileSync(new URL("../../../frontend/css/style.css", import.meta.url), "utf8");
const tokens = Object.fromEntries(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [
    name,
    { light, dark },
  ]),
);
const GROUNDS = ["bg", "card", "field"];
const TONES = ["good", "bad", "warn", "slow"];

for (const theme of ["light", "dark"]) {
  const of = (name) => tokens[name][theme];

  test(`${theme}: text of every colour is readable on every ground (4.5 : 1)`, () => {
    for (const text of ["text", "muted", "accent", ...TONES]) {
      for (const ground of GROUNDS)
        assert.ok(contrast(of(text), of(ground)) >= 4.5, `${text} on ${ground}: ${contrast(of(text), of(ground))}`);
    }
  });

  test(`${theme}: badges and the main button are readable (4.5 : 1)`, () => {
    for (const tone of TONES)
      assert.ok(contrast(of(tone), of(`${tone}-soft`)) >= 4.5, `${tone}: ${contrast(of(tone), of(`${tone}-soft`))}`);
    assert.ok(contrast(of("on-accent"), of("accent")) >= 4.5);
    assert.ok(contrast(of("accent"), of("slow-soft")) >= 4.5);
  });

  test(`${theme}: fields and sliders have an edge that can be seen (3 : 1)`, () => {
    for (const ground of GROUNDS)
      assert.ok(contrast(of("edge"), of(ground)) >= 3, `edge on ${ground}: ${contrast(of("edge"), of(ground))}`);
  });

  test(`${theme}: the drawings use the page's colours`, () => {
    const ink = inkColors(theme);
    for (const name of ["card", "text", "muted", "accent", ...TONES]) assert.equal(ink[name], of(name), name);
  });
}

test("a class is styled by one sheet of a page: two would mean different things by it", () => {
  const folder = new URL("../../../frontend/", import.meta.url);
  for (const page of readdirSync(folder).filter((name) => name.endsWith(".html"))) {
    const html = readFileSync(new URL(page, folder), "utf8");
    const owners = new Map();
    for (const [, sheet] of html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)) {
      if (sheet === "css/room/projector.css") continue; // It makes what others have styled larger.
      const rules = readFileSync(new URL(sheet, folder), "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
      for (const [, name] of rules.matchAll(/^\.([\w-]+) \{/gm)) owners.set(name, new Set(owners.get(name)).add(sheet));
    }
    for (const [name, sheets] of owners) assert.equal(sheets.size, 1, `${page}: .${name} in ${[...sheets].join(", ")}`);
  }
});
