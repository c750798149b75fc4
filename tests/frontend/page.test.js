import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const FRONTEND = new URL("../../frontend/", import.meta.url);
const html = readFileSync(new URL("index.html", FRONTEND), "utf8");

/** What the page loads: main.js, what it imports, what that imports, and so on. */
function reachable(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const code = readFileSync(new URL(name, FRONTEND), "utf8");
  for (const [, path] of code.matchAll(/^(?:import|export) [^"]*?from "(\.[^"]+)";$/gm)) {
    reachable(new URL(path, new URL(name, "file:///")).pathname.slice(1), seen);
  }
  return seen;
}

const modules = [...reachable("main.js")];

test("every module is preloaded, and nothing that is not there", () => {
  const preloaded = [...html.matchAll(/<link rel="modulepreload" href="\/([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(preloaded.sort(), modules.sort());
});

test("no script is inline and nothing comes from elsewhere", () => {
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/);
  assert.doesNotMatch(html, /\son\w+=/);
  assert.doesNotMatch(html, /(src|href)="(https?:)?\/\//);
});

test("Plotly does not hold back the first picture: its script is async", () => {
  assert.match(html, /<script src="\/plotly\.min\.js" async><\/script>/);
});

for (const name of modules) {
  const code = readFileSync(new URL(name, FRONTEND), "utf8");

  test(`${name}: says what it is, stays within 300 lines, writes no markup and evaluates no text`, () => {
    assert.match(code, /^\/\*\*/);
    assert.ok(code.split("\n").length <= 301);
    assert.doesNotMatch(code, /\.(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
  });

  test(`${name}: works outside secure contexts`, () => {
    assert.doesNotMatch(code, /randomUUID|crypto\.subtle|serviceWorker/);
  });
}
