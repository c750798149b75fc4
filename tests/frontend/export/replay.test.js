import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { pack, unpack } from "../../../frontend/export/pack.js";
import { drawnOf, inScript, pageOf, recordOf } from "../../../frontend/export/replay.js";
import { released } from "../../../frontend/export/squeeze.js";
import { noViews } from "../../../frontend/state/workbench.js";
import { descent, groundOf, runOf, sceneOf } from "../made.js";

/** Run a script as a browser would, and return what it has put into `out`. */
function ran(script) {
  const code = `const out = {};\n${script}\nprocess.stdout.write(JSON.stringify(out));`;
  return JSON.parse(execFileSync(process.execPath, ["-e", code], { encoding: "utf8" }));
}

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
