import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { flatten, inScript } from "../../frontend/export/flatten.js";
import { pack, unpack } from "../../frontend/export/pack.js";
import { drawnOf, pageOf, recordOf } from "../../frontend/export/replay.js";
import { released } from "../../frontend/export/squeeze.js";
import { noViews } from "../../frontend/views.js";
import { descent, groundOf, runOf, sceneOf } from "./made.js";

const FRONTEND = new URL("../../frontend/", import.meta.url);
const readDisk = async (name) => readFileSync(new URL(name, FRONTEND), "utf8");
const from = (files) => async (name) => files[name];

/** Run a script as a browser would, and return what it has put into `out`. */
function ran(script) {
  const code = `const out = {};\n${script}\nprocess.stdout.write(JSON.stringify(out));`;
  return JSON.parse(execFileSync(process.execPath, ["-e", code], { encoding: "utf8" }));
}

test("modules run once each, in the order in which they need each other", async () => {
  const script = await flatten(
    "main.js",
    from({
      "main.js": `import { two, three as four } from "./sub/b.js";\nimport * as a from "./a.js";\nout.sum = two + four + a.one + a.run();\n`,
      "sub/b.js": `/** Comment with import { x } from "./nowhere.js"; */\nimport {\n  one,\n} from "../a.js";\nexport const two = one + 1;\nexport { one as three } from "../a.js";\n`,
      "a.js": `out.loaded = (out.loaded ?? 0) + 1;\nexport const one = 1;\nexport async function later() {}\nexport function run() {\n  return one;\n}\nclass Hidden {}\nexport { Hidden as Shown };\n`,
    }),
  );
  assert.deepEqual(ran(script), { loaded: 1, sum: 2 + 1 + 1 + 1 });
});

test("comments are left out, casts stay", async () => {
  const script = await flatten(
    "m.js",
    from({
      "m.js": `/**\n * Text.\n */\nconst x =\n  /** @type {number} */ (3);\n/** One line. */\nout.x = x;\n`,
    }),
  );
  assert.doesNotMatch(script, /Text|One line/);
  assert.deepEqual(ran(script), { x: 3 });
});

for (const [name, code] of [
  ["a default export", "export default 3;\n"],
  ["a name given later", "export let x = 1;\n"],
  ["an import for its effect", 'import "./b.js";\n'],
  ["an import while it runs", 'void import("./b.js");\n'],
  ["the module's own address", "out.url = import.meta.url;\n"],
  ["everything of another", 'export * from "./b.js";\n'],
]) {
  test(`${name} is refused, not misread`, async () => {
    await assert.rejects(flatten("a.js", from({ "a.js": code, "b.js": "" })), /a\.js: ".*cannot be put into one file/);
  });
}

test("modules that need each other in a circle are refused", async () => {
  const files = {
    "a.js": 'import { b } from "./b.js";\nexport const a = b;\n',
    "b.js": 'import { a } from "./a.js";\nexport const b = a;\n',
  };
  await assert.rejects(flatten("a.js", from(files)), /circle/);
});

test("the replay's own modules become one script that a browser can read, without Plotly or the server's addresses", async () => {
  const script = await flatten("export/player.js", readDisk);
  execFileSync(process.execPath, ["--check", "-"], { input: script });
  assert.doesNotMatch(script, /^import |^export /m);
  assert.ok(script.length < 400_000, `${script.length}`);
});

test("a script cannot end its own element", () => {
  const script = inScript('const a = "</script><!-- </SCRIPT>";');
  assert.doesNotMatch(script, /<\/script|<!--/i);
  assert.deepEqual(ran(`${script}\nout.a = a;`), {
    a: "</script><!-- </SCRIPT>",
  });
});

test("names and titles cannot end the elements they are in", () => {
  const bad = '</script></title><img src=x onerror="alert(1)">';
  const page = pageOf(bad, "", "", JSON.stringify({ bad }));
  assert.equal(page.match(/<\/script>/g).length, 2);
  assert.doesNotMatch(page, /<img/);
  const [, data] = page.match(/id="data">(.*)<\/script>/);
  assert.deepEqual(JSON.parse(data), { bad });
});

test("what is packed comes back, bit by bit", async () => {
  const value = {
    text: "é",
    list: [1, null, { deep: Float64Array.of(1e300, -0, NaN, Infinity, Math.PI) }],
    small: Float32Array.of(1.5, -2),
    bytes: Uint8Array.of(1, 2, 255),
    words: Uint16Array.of(65535),
    whole: Int32Array.of(-7),
    none: new Float64Array(0),
  };
  assert.deepEqual(await unpack(JSON.parse(JSON.stringify(await pack(value)))), value);
});

test("a record holds what is shown and not the room that columns have to grow", async () => {
  const runs = [runOf(descent({ steps: 9, start: [-4, 1] }))];
  const scene = { ...sceneOf(runs, { step: 3.7 }), views: noViews, events: [] };
  const record = recordOf(scene);
  assert.equal(released(record.runs[0].columns.loss).length, 10);
  assert.equal(record.clock.step, 3);
  assert.equal(record.field, null);
  assert.deepEqual(await unpack(await pack(record)), record);
});

test("a record leaves out what no picture shows, and of the rest what cannot be seen", () => {
  const column = (...values) => Float64Array.from(values);
  const columns = new Map([
    ["loss", column(1.000000000001, 2, 9)],
    ["grad_norm", column(1, 2, 9)],
    ["step", column(3, 70_000, 9)],
    ["p0", column(0.1, -Infinity, 9)],
    ["p1", column(0.1, 1.7, 9)],
    ["p2", column(1e200, 1, 9)],
  ]);
  const drawn = drawnOf(sceneOf([]), columns, 2);
  assert.deepEqual(Object.keys(drawn), ["loss", "step", "p0", "p1", "p2"]);
  assert.deepEqual(drawn.p0, column(0.1, -Infinity), "what leaves the landscape for good is kept as it is");
  assert.deepEqual(drawn.p2, column(1e200, 1), "as is what single precision has no number for");
  assert.deepEqual(released(drawn.step), column(3, 70_000));
  assert.ok(released(drawn.p1).every((value, i) => Math.abs(value - columns.get("p1")[i]) < 6 / 2 ** 16));
  assert.ok(released(drawn.loss).every((value, i) => Math.abs(value / columns.get("loss")[i] - 1) < 1e-6));
});

test("losses below zero are exact above the lowest", () => {
  const columns = descent({ steps: 40 });
  const loss = columns.loss.map((value) => value - 1.3);
  const run = runOf({ ...columns, loss });
  const scene = sceneOf([run], { landscape: { ...groundOf(1), best: -1.3 } });
  const back = released(drawnOf(scene, run.columns, run.n).loss);
  for (const [k, value] of loss.entries()) assert.ok(Math.abs(back[k] - value) <= 1e-6 * (value + 1.3) + 1e-15, `${k}`);
});
