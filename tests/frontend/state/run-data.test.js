import assert from "node:assert/strict";
import { test } from "node:test";
import {
  appendBlock,
  createRunView,
  decodeFrame,
  decodeLandscape,
  indexAt,
  isWhole,
  lastStep,
  refined,
  stepAt,
  valueAt,
} from "../../../frontend/state/run-data.js";
import { blockOf, runOf } from "../made.js";

// Written by slalom.wire.frames.encode: one float64 block of one run with inf and -nan, and one decimated float32 block of two runs.
const PREVIEW =
  "dAAAAHsic2VxIjoxLCJmaXJzdCI6MSwic3RlcCI6MCwic3RyaWRlIjoxLCJuIjozLCJydW5zIjpbMV0sImNvbHVtbnMiOlsibG9zcyIsImxyIiwicDAiXSwiZHR5cGUiOiI8ZjgiLCJyZXF1ZXN0Ijo3fSAgICAgAAAAAAAAMEAAAAAAAIAoQAAAAAAAAPB/mpmZmZmZuT+amZmZmZm5P5qZmZmZmbk/AAAAAAAAEMAAAAAAAAAMQAAAAAAAAPj/";
const DECIMATED =
  "ZAAAAHsic2VxIjo5LCJmaXJzdCI6NCwic3RlcCI6MCwic3RyaWRlIjowLCJuIjozLCJydW5zIjpbMCwxXSwiY29sdW1ucyI6WyJzdGVwIiwibG9zcyJdLCJkdHlwZSI6IjxmNCJ9ICAAAAAAAABAQAAAEEEAAAAAAACgQAAAEEEAAKBAAACAPwAAgEAAAMBAAAAAQAAAwH8=";

function bytes(text) {
  return Uint8Array.from(Buffer.from(text, "base64")).buffer;
}

test("a frame written by the server is read without a copy, infinities included", () => {
  const buffer = bytes(PREVIEW);
  const block = decodeFrame(buffer);

  assert.deepEqual(
    { ...block, data: [...block.data] },
    {
      seq: 1,
      first: 1,
      step: 0,
      stride: 1,
      n: 3,
      runs: [1],
      columns: ["loss", "lr", "p0"],
      request: 7,
      data: [16, 12.25, Infinity, 0.1, 0.1, 0.1, -4, 3.5, NaN],
    },
  );
  assert.equal(block.data.buffer, buffer);
});

test("a frame of unknown numbers is refused by name", () => {
  const bytesOfFrame = Buffer.from(PREVIEW, "base64");
  bytesOfFrame.write("<i8", bytesOfFrame.indexOf("<f8"));
  assert.throws(() => decodeFrame(Uint8Array.from(bytesOfFrame).buffer), /<i8/);
});

test("a decimated frame gives every run its own steps", () => {
  const block = decodeFrame(bytes(DECIMATED));
  const runs = [createRunView(0, "a"), createRunView(1, "b")];
  appendBlock(runs, block);

  assert.equal(block.first, 4);
  assert.deepEqual(
    [0, 1, 2].map((i) => stepAt(runs[0], i)),
    [0, 3, 9],
  );
  assert.deepEqual(
    [0, 1, 2].map((i) => stepAt(runs[1], i)),
    [0, 5, 9],
  );
  assert.equal(valueAt(runs[1], "loss", 8), 2);
  assert.ok(Number.isNaN(valueAt(runs[1], "loss", 9)));
});

test("columns double when they are full, and keep what they had", () => {
  const run = runOf({ loss: [0] });
  const capacities = new Set();
  for (let k = 1; k < 1000; k++) {
    appendBlock([run], blockOf({ loss: [k] }, { step: k }));
    capacities.add(run.columns.get("loss").length);
  }
  assert.deepEqual([...capacities], [64, 128, 256, 512, 1024]);
  assert.equal(run.n, 1000);
  assert.ok(
    run.columns
      .get("loss")
      .slice(0, 1000)
      .every((value, i) => value === i),
  );
});

test("a frame received twice changes nothing", () => {
  const run = runOf({ loss: [4, 3, 2, 1] });
  appendBlock([run], blockOf({ loss: [3, 2] }, { step: 1 }));
  assert.equal(run.n, 4);
  assert.deepEqual([...run.columns.get("loss").slice(0, 4)], [4, 3, 2, 1]);
});

test("frames with a stride, after a gap, or after decimated ones keep their true steps", () => {
  const run = runOf({ loss: [9, 8] });
  appendBlock([run], blockOf({ loss: [7, 6] }, { step: 10, stride: 10 }));
  appendBlock([run], blockOf({ step: [25, 30], loss: [5, 4] }, { step: 25, stride: 0 }));
  appendBlock([run], blockOf({ loss: [3, 2] }, { step: 31 }));

  assert.deepEqual(
    Array.from({ length: run.n }, (_, i) => stepAt(run, i)),
    [0, 1, 10, 20, 25, 30, 31, 32],
  );
  assert.deepEqual([...run.columns.get("loss").slice(0, run.n)], [9, 8, 7, 6, 5, 4, 3, 2]);
  assert.equal(indexAt(run, 24.5), 3);
  assert.equal(indexAt(run, 1000), 7);
  assert.equal(lastStep([run]), 32);
});

test("a run that is not in the block is left alone", () => {
  const run = createRunView(3, "c");
  appendBlock([run], blockOf({ loss: [1] }, { run: 0 }));
  assert.equal(run.n, 0);
  assert.ok(Number.isNaN(valueAt(run, "loss", 0)));
});

test("a landscape is read with its header", () => {
  const header = JSON.stringify({ kind: "bowl", dim: 1, shape: [2], dtype: "<f4" });
  const padded = header + " ".repeat((8 - ((header.length + 4) % 8)) % 8);
  const buffer = new ArrayBuffer(4 + padded.length + 8);
  new DataView(buffer).setUint32(0, padded.length, true);
  new Uint8Array(buffer, 4).set(new TextEncoder().encode(padded));
  new Float32Array(buffer, 4 + padded.length).set([1.5, 2.5]);

  const { kind, z } = decodeLandscape(buffer);
  assert.equal(kind, "bowl");
  assert.deepEqual([...z], [1.5, 2.5]);
});

test("a run that ended before the others of a frame does not repeat its last entry", () => {
  const runs = [createRunView(0, "a"), createRunView(1, "b")];
  const data = Float64Array.of(0, 7, 40, 90, 0, 3, 3, 3, 9, 8, 7, 6, 5, NaN, NaN, NaN);
  const frame = { seq: 1, first: 1, step: 0, stride: 0, n: 4, runs: [0, 1], columns: ["step", "loss"], request: null };
  appendBlock(runs, { ...frame, data });
  assert.deepEqual(
    runs.map((run) => run.n),
    [4, 2],
  );
  assert.equal(lastStep(runs), 90);
  assert.deepEqual([...runs[0].columns.get("loss").slice(0, 4)], [9, 8, 7, 6]);
  assert.deepEqual([...runs[1].columns.get("step").slice(0, 2)], [0, 3]);
});

test("an overview of two thousand entries is taken whole, and what follows goes behind it", () => {
  const run = createRunView(0, "a");
  const steps = Array.from({ length: 2000 }, (_, i) => 25 * i);
  appendBlock([run], blockOf({ step: steps, loss: steps.map((step) => -step) }, { stride: 0 }));
  appendBlock([run], blockOf({ loss: [1, 2] }, { step: 49_976, seq: 2 }));
  assert.equal(run.n, 2002);
  assert.equal(valueAt(run, "loss", 30_010), -30_000);
  assert.deepEqual([lastStep([run]), valueAt(run, "loss", 49_977)], [49_977, 2]);
});

test("a trace is whole as long as no step is left out", () => {
  assert.ok(isWhole(createRunView(0, "a")));
  assert.ok(isWhole(runOf({ loss: [1, 2, 3] })));
  assert.ok(isWhole(runOf({ step: [0, 1, 2], loss: [1, 2, 3] })));
  assert.ok(!isWhole(runOf({ step: [0, 1, 3], loss: [1, 2, 3] })));
});

test("a run that is looked at closely has the entries of a part among its own", () => {
  const run = runOf({ step: [0, 10, 20, 30, 40], loss: [5, 4, 3, 2, 1], p0: [1, 2, 3, 4, 5] });
  const part = blockOf({ step: [10, 12, 15, 45], loss: [4, 3.9, 3.5, 3], p0: [2, 7, 8, 9] }, { stride: 0, step: 10 });
  const closer = refined(run, part);
  const columns = Object.fromEntries([...closer.columns].map(([name, column]) => [name, [...column]]));
  assert.deepEqual(columns, {
    step: [0, 10, 12, 15, 20, 30, 40, 45],
    loss: [5, 4, 3.9, 3.5, 3, 2, 1, 3],
    p0: [1, 2, 7, 8, 3, 4, 5, 9],
  });
  assert.deepEqual([closer.n, run.n], [8, 5]);
  assert.equal(refined(closer, part).n, 8);
  assert.equal(refined(run, { ...part, runs: [3] }), run);
  const whole = runOf({ loss: [3, 2, 1] });
  assert.equal(refined(whole, part), whole);
});
