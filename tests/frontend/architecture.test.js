import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../frontend", import.meta.url));
/** Folders from the bottom to the top; those in one line do not know of each other. */
const LAYERS = [
  ["words"],
  ["state"],
  ["plot"],
  ["server"],
  ["ui"],
  ["setup", "playback", "panels"],
  ["export"],
  ["views"],
  ["library", "lessons", "recorded"],
  ["glossary", "cards", "room"],
  ["workbench", "pages", "widget"],
];
const FOLDERS = LAYERS.flat();
const MOST_FILES = 22; // of a folder
const MOST_ALIKE = 3; // files of a folder whose names begin with the same word

const layerOf = (folder) => LAYERS.findIndex((folders) => folders.includes(folder));

const entries = readdirSync(ROOT, { withFileTypes: true, recursive: true });
const files = entries
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)));
const scripts = files.filter((file) => file.endsWith(".js"));

/** What a script runs of other scripts, at once or later; types are not asked for. */
function neededBy(source) {
  const code = source.replace(/\/\*\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(/^(?:import|export)\b[^"]*? from "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm)].map(
    ([, now, later]) => now ?? later,
  );
}

/** @type {Map<string, string[]>} */
const needs = new Map(
  scripts.map((file) => {
    const paths = neededBy(readFileSync(path.join(ROOT, file), "utf8"));
    return [file, paths.map((other) => path.join(path.dirname(file), other))];
  }),
);

/** The first circle among modules that is found from one, as a path. */
function circleFrom(file, way = [], done = new Set()) {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
  if (done.has(file)) return null;
  for (const other of needs.get(file) ?? []) {
    const circle = circleFrom(other, [...way, file], done);
    if (circle) return circle;
  }
  done.add(file);
  return null;
}

/** Which arrows of a graph do not run down. */
function upward(graph) {
  return [...graph].flatMap(([file, others]) => {
    const [from = ""] = file.split("/");
    return others
      .filter((other) => {
        const [to = ""] = other.split("/");
        const inFrame = file.startsWith("panels/frame/") && to === "panels";
        return inFrame ? !other.startsWith("panels/frame/") : to !== from && layerOf(to) >= layerOf(from);
      })
      .map((other) => `${file} needs ${other}`);
  });
}

test("imports are read in the forms that modules have, and an arrow that runs up is seen", () => {
  const source = `/** @import { A } from "./a.js" */\nimport { b } from "./b.js";\nimport {\n  c,\n} from "./c.js";
export { d } from "../d.js";\nconst later = () => import("./e.js");\n`;
  assert.deepEqual(neededBy(source), ["./b.js", "./c.js", "../d.js", "./e.js"]);
  const graph = new Map([
    ["state/a.js", ["state/b.js", "words/c.js", "plot/d.js"]],
    ["setup/a.js", ["panels/b.js"]],
    ["panels/frame/a.js", ["panels/frame/b.js", "panels/c.js"]],
  ]);
  assert.deepEqual(upward(graph), [
    "state/a.js needs plot/d.js",
    "setup/a.js needs panels/b.js",
    "panels/frame/a.js needs panels/c.js",
  ]);
});

test("every script is in a folder that has a layer, and what it needs is there", () => {
  assert.deepEqual(
    scripts.filter((file) => !file.includes("/") || !FOLDERS.includes(file.split("/")[0])),
    [],
  );
  const missing = [...needs].flatMap(([file, others]) => others.filter((o) => !needs.has(o)).map((o) => [file, o]));
  assert.deepEqual(missing, []);
  assert.ok([...needs.values()].flat().length > 500);
});

test("a folder needs only those below it, and a panel's frame no panel", () => {
  assert.deepEqual(upward(needs), []);
});

test("no modules need each other in a circle", () => {
  for (const file of scripts) assert.equal(circleFrom(file), null);
});

test("a folder has few files, and a word that many of them begin with is a folder", () => {
  for (const folder of new Set(files.map((file) => path.dirname(file)))) {
    const inside = files.filter((file) => path.dirname(file) === folder);
    assert.ok(inside.length <= MOST_FILES, `${folder}: ${inside.length} files`);
    const families = new Map();
    for (const file of inside.filter((name) => name.endsWith(".js"))) {
      const [word = ""] = path.basename(file, ".js").split("-");
      families.set(word, (families.get(word) ?? 0) + 1);
    }
    for (const [word, n] of families) assert.ok(n <= MOST_ALIKE, `${folder}: ${n} files called ${word}`);
  }
});

/** The module in which every address of Slalom's begins. */
const BEGINNING = "state/site/root.js";
/** How a file names something from the root of its server, or from wherever the page happens to be. */
const ROOTED = {
  ".html": [/\b(?:src|href|action|data-\w+)="\/[^"]*"/g],
  ".css": [/\burl\(["']?\/[^)]*\)/g, /@import\b.*/g],
  ".js": [
    /["'`]\/[\w$?#.-][^"'`]*["'`]/g,
    /(?:[=:?]|\breturn) ["'`]\/["'`]/g,
    /\b(?:href|src|action)(?::| =) ["'`](?!#|\$\{)[^"'`]*["'`]/g,
    /\b(?:fetch|WebSocket|assign|open)\(["'`][^"'`]*["'`]/g,
    /\blocation\.origin\b/g,
    /\bimport\.meta\b/g,
  ],
};

function rooted(file, source) {
  const code = file.endsWith(".js") ? source.replace(/\/\*\*[\s\S]*?\*\//g, "") : source;
  return (ROOTED[path.extname(file)] ?? []).flatMap((form) => code.match(form) ?? []);
}

test("an address that would not hold behind a proxy is seen", () => {
  const bad = {
    "a.html": ['<a href="/">x</a>', '<link href="/css/a.css" />', '<script src="/a.js">', '<html data-plotly="/p.js">'],
    "a.css": ["a { background: url(/a.png); }", 'a { background: url("/a.png"); }', '@import "/a.css";'],
    "a.js": [
      'getJson("/api/limits")',
      "x = `/lessons/${slug}`",
      "x = `/${name}`",
      'el("a", { href: "/" })',
      'el("a", { href: "library" })',
      'code.src = "qr.svg"',
      "const home = '/';",
      'return found ? path : "/";',
      'new WebSocket("ws://x")',
      'fetch("healthz")',
      'location.assign("desk")',
      "location.origin + path",
      "import.meta.url",
    ],
  };
  for (const [file, sources] of Object.entries(bad))
    for (const source of sources) assert.notDeepEqual(rooted(file, source), [], source);
  const good = [
    'el("a", { href: "#main" })',
    'hrefOf("library")',
    'text.split("/")',
    '({ "/": "search" })',
    "/** href: `/` */",
  ];
  for (const source of good) assert.deepEqual(rooted("a.js", source), [], source);
  assert.deepEqual(rooted("a.html", '<a href="library"></a><a href="./"></a><a href="#main"></a>'), []);
});

test("every address begins in one module, so that Slalom works below any path", () => {
  const found = files
    .filter((file) => file !== BEGINNING)
    .flatMap((file) => rooted(file, readFileSync(path.join(ROOT, file), "utf8")).map((text) => `${file}: ${text}`));
  assert.deepEqual(found, []);
  assert.ok(files.includes(BEGINNING));
});
