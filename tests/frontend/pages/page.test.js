import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const FRONTEND = new URL("../../../frontend/", import.meta.url);
const read = (name) => readFileSync(new URL(name, FRONTEND), "utf8");
const header = read("parts/header.html");
const head = read("parts/head.html");
const pages = readdirSync(FRONTEND).filter((name) => name.endsWith(".html"));
const shelled = pages.filter((name) => read(name).includes("<!-- header -->"));

/** What a page loads: its script, what that imports, what that imports, and so on. */
function reachable(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, path] of read(name).matchAll(/^(?:import|export) [^"]*?from "(\.[^"]+)";$/gm)) {
    reachable(new URL(path, new URL(name, "file:///")).pathname.slice(1), seen);
  }
  return seen;
}

const scriptOf = (html) => html.match(/<script src="([^"]+)" type="module">/)[1];
const modules = new Set();
/** Pages without the header, which other things lead to. */
const APART = [
  "challenge.html",
  "docs.html",
  "join.html",
  "recorded.html",
  "selfcheck.html",
  "status.html",
  "teach.html",
];

test("the workbench and the library have the shared header", () => {
  assert.ok(shelled.includes("index.html") && shelled.includes("library.html"));
});

test("every page with the header begins its head as the others do, and repeats nothing of that", () => {
  for (const page of [...shelled, "parts/missing.html"]) {
    const html = read(page);
    assert.equal(html.match(/<!-- head -->/g)?.length, 1, page);
    for (const line of head.trim().split(/\n\s*/)) assert.ok(!html.includes(line), `${page}: ${line}`);
  }
});

test("every page with the header is in the navigation, and the navigation leads nowhere else", () => {
  const linked = [...header.matchAll(/<a (?:class="brand" )?href="([^"]*)"/g)].map(([, href]) =>
    href === "./" ? "index.html" : `${href}.html`,
  );
  assert.deepEqual([...new Set([...linked, ...APART])].sort(), pages.sort());
});

for (const page of pages) {
  const html = read(page);
  for (const name of reachable(scriptOf(html))) modules.add(name);

  test(`${page}: no script is inline and nothing comes from elsewhere`, () => {
    for (const text of [html, head, header]) {
      assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)/);
      assert.doesNotMatch(text, /\son\w+=/);
      assert.doesNotMatch(text, /(src|href)="(https?:)?\/\//);
    }
  });

  if (!shelled.includes(page)) continue;

  test(`${page}: Plotly does not hold back the first picture: its script is async`, () => {
    for (const [script] of html.matchAll(/<script[^>]*plotly[^>]*>/g)) assert.match(script, /\sasync>/);
  });

  test(`${page}: has one heading of the first order, one main part and a way to skip to it`, () => {
    for (const part of [/<h1[\s>]/g, /<main[\s>]/g, /class="skip"/g]) assert.equal(html.match(part)?.length, 1);
    assert.ok(html.includes(`id="${html.match(/class="skip" href="#([\w-]+)"/)[1]}"`));
  });
}

for (const name of modules) {
  const code = read(name);

  test(`${name}: says what it is, stays within 400 lines, writes no markup and evaluates no text`, () => {
    assert.match(code, /^\/\*\*/);
    assert.ok(code.split("\n").length <= 401);
    assert.doesNotMatch(code, /\.(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
  });

  test(`${name}: works outside secure contexts`, () => {
    assert.doesNotMatch(code, /randomUUID|crypto\.subtle|serviceWorker/);
  });
}
