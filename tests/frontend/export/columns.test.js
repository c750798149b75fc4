import assert from "node:assert/strict";
import { test } from "node:test";

import { cell, csvOf, namesOf, npzOf, resultOf } from "../../../frontend/export/columns.js";
import { fileName } from "../../../frontend/export/save.js";
import { descent, runOf } from "../made.js";

const SPEC = { problem: { kind: "bowl" }, runs: [], steps: 2, seed: 0, dtype: "float64" };
const two = () => [
  runOf(descent({ steps: 2, start: [-4, 1] }), { label: "one" }),
  runOf({ loss: [1, Infinity, NaN], lr: [1, 1, 1] }, { index: 1, label: "=1+1" }),
];

test("columns come in the order of the API's tables, the parameters last and by number", () => {
  const run = runOf({ p10: [1], p2: [1], train_loss: [1], lr: [1], loss: [1] });
  assert.deepEqual(namesOf([run]), ["loss", "lr", "train_loss", "p2", "p10"]);
});

test("CSV: a row per run and entry, with what is not finite in words", async () => {
  const lines = (await csvOf(two()).text()).trimEnd().split("\r\n");
  assert.equal(lines[0], "run,label,step,loss,lr,grad_norm,step_norm,sharpness,limit,p0,p1");
  assert.equal(lines.length, 1 + 3 + 3);
  assert.match(lines[1], /^0,one,0,18,0\.1,/);
  assert.equal(lines[5], "1,'=1+1,1,inf,1,nan,nan,nan,nan,nan,nan");
  assert.match(lines[6], /^1,'=1\+1,2,nan,/);
});

test("CSV: no label is a formula, and none breaks the table", () => {
  for (const text of ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "|cmd"])
    assert.ok(cell(text).replace('"', "").startsWith("'"));
  assert.equal(cell('a,"b"'), '"a,""b"""');
  assert.equal(cell("a\nb"), '"a\nb"');
  assert.equal(cell("lr 0.1"), "lr 0.1");
});

test("JSON: the answer of /api/simulate beside the set-up, and what is not finite as text", () => {
  const runs = two();
  const result = JSON.parse(JSON.stringify(resultOf(SPEC, runs)));
  assert.equal(result.slalom, 1);
  assert.deepEqual(result.spec, SPEC);
  assert.deepEqual(result.runs[1].loss, [1, "inf", "nan"]);
  assert.deepEqual(result.runs[0].params[0], [-4, 1]);
  assert.equal(result.runs[0].params.length, 3);
  assert.ok(!("params" in result.runs[1]));
  assert.deepEqual(result.outcomes, [null, null]);
});

test("NPZ: as many files as columns, the lengths, and the set-up as its comment", async () => {
  const bytes = new Uint8Array(await npzOf(two(), SPEC).arrayBuffer());
  const text = Buffer.from(bytes).toString("latin1");
  for (const name of ["length", "loss", "p1"]) assert.ok(text.includes(`${name}.npy`));
  const about = JSON.stringify({ slalom: 1, spec: SPEC, outcomes: [null, null] });
  assert.ok(text.endsWith(about));
  assert.equal(bytes[bytes.length - about.length - 2], about.length);
});

test("a file is named after the title, in any language, and never outside its folder", () => {
  assert.equal(fileName("Two wells: who finds it?", "png"), "slalom-two-wells-who-finds-it.png");
  assert.equal(fileName("../../etc/passwd", "svg"), "slalom-etc-passwd.svg");
  assert.equal(fileName("Größe η λ", "csv"), "slalom-größe-η-λ.csv");
  assert.equal(fileName("?", "gif"), "slalom-picture.gif");
  assert.ok(fileName("x".repeat(500), "gif").length < 80);
});
