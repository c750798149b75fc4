import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../frontend", import.meta.url));
/** Where words are: the page's own, and those that the server's catalogue has of its kinds. */
const WORDS = /^words\/|^state\/kinds\.js$/;
/** Literals that are English to look at, and that no reader sees: names of the browser's, of Plotly's and of files. */
const TECHNICAL = new Set([
  ...[
    "slalom recording 1\\n",
    "AbortError",
    "ApiError",
    "BadFile",
    "Unreachable",
    "Accept-Language",
    "Content-Type",
    "Files",
    "NaN",
    "Slalom",
    "Space",
  ],
  ...["ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "Delete", "End", "Enter", "Escape", "Home", "Shift"],
  ...["middle left", "middle right", "header nav a", "value loud", "no such choice"],
]);
/** Code of other languages inside a script. */
const CODE = /sans-serif|monospace|-src |^<|^\{'descr'|^"use strict"|px solid|^https?:|^(Shift|Control)\+/;
/** What comes before a literal that only a developer reads: classes, and the messages of errors that are bugs. */
const UNSEEN = /(class: |class=|new Error\()$/;

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)));
}

/** The string literals of a script, with what stands before each; `…` is a value inside a template. */
function literalsOf(source) {
  const found = [];
  let i = 0;
  const before = (at) =>
    source.slice(Math.max(0, at - 40), at).trimEnd() + (/\s$/.test(source.slice(0, at)) ? " " : "");
  const skipTo = (end, from) => {
    const at = source.indexOf(end, from);
    i = at < 0 ? source.length : at + end.length;
  };

  function code(inside) {
    while (i < source.length) {
      const letter = source[i];
      if (source.startsWith("//", i)) skipTo("\n", i);
      else if (source.startsWith("/*", i)) skipTo("*/", i);
      else if (letter === '"' || letter === "'") quoted(letter);
      else if (letter === "`") template();
      else if (letter === "/" && /(^|[(,=:[!&|?{};>]|return)\s*$/.test(before(i))) pattern();
      else if (letter === "{") {
        i += 1;
        code(true);
      } else if (letter === "}" && inside) {
        i += 1;
        return;
      } else i += 1;
    }
  }

  function quoted(quote) {
    const begin = i++;
    while (source[i] !== quote) i += source[i] === "\\" ? 2 : 1;
    i += 1;
    found.push({ at: begin, before: before(begin), text: source.slice(begin + 1, i - 1) });
  }

  function template() {
    const begin = i++;
    let text = "";
    while (source[i] !== "`") {
      if (source.startsWith("${", i)) {
        i += 2;
        code(true);
        text += "…";
      } else {
        text += source[i];
        i += source[i] === "\\" ? 2 : 1;
      }
    }
    i += 1;
    found.push({ at: begin, before: before(begin), text });
  }

  function pattern() {
    let inClass = false;
    for (i += 1; source[i] !== "/" || inClass; i += 1) {
      if (source[i] === "\\") i += 1;
      else if (source[i] === "[") inClass = true;
      else if (source[i] === "]") inClass = false;
    }
    i += 1;
  }

  code(false);
  return found;
}

/** Is a literal something to read: a word that begins like a sentence, two words, or the text of an element? */
function isEnglish({ text, before }) {
  if (TECHNICAL.has(text) || CODE.test(text) || UNSEEN.test(before)) return false;
  if (/el\(\s*"\w+",\s*\{[^{}]*\},\s*$/.test(before) || /columns: \[([^\]]*, )?$/.test(before))
    return /[a-z]/.test(text);
  return /(^|[^A-Za-z])[A-Z][a-z]{2,}(?![A-Z])/.test(text) || /[a-z]{2,} [a-z]{2,}/.test(text);
}

test("the reader of literals sees strings and templates, and no comments or patterns", () => {
  const source = `const a = "one"; // "no"\n/* \`no\` */ f(/["\`]/g, \`two \${g("three")} four\`);`;
  assert.deepEqual(
    literalsOf(source).map(({ text }) => text),
    ["one", "three", "two … four"],
  );
});

test("a sentence, a title and the text of an element are English; a class and a bug's message are not", () => {
  const english = (source) => literalsOf(source).filter(isEnglish).length;
  assert.equal(english('f("Too long a step")'), 1);
  assert.equal(english('el("p", {}, "run")'), 1);
  assert.equal(english('el("p", { class: "tool text" })'), 0);
  assert.equal(english('throw new Error("The page has no main.")'), 0);
  assert.equal(english(`f(aria ? "middle" : \`M\${x} \${y}\`)`), 0);
});

test("what a reader reads is in words/, ready for translation, and in no other script", () => {
  const scripts = filesIn(ROOT).filter((file) => file.endsWith(".js") && !WORDS.test(file));
  assert.ok(scripts.length > 100);
  const found = scripts.flatMap((file) =>
    literalsOf(readFileSync(path.join(ROOT, file), "utf8"))
      .filter(isEnglish)
      .map(({ text }) => `${file}: ${text}`),
  );
  assert.deepEqual(found, []);
});
