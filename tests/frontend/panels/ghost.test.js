import assert from "node:assert/strict";
import { test } from "node:test";

import { drawGhost } from "../../../frontend/panels/ghost.js";
import { descent, pathOf, penOf, runOf, sceneOf } from "../made.js";

const FACET = {
  box: { x: 50, y: 10, width: 400, height: 200 },
  x: { range: [0, 40], log: false, title: "" },
  y: { range: [-8, 2], log: true, title: "" },
  run: null,
};

/** Where a pen has been for a ghost, in pixels. */
function drawn(ghost, runs = [runOf(descent({ steps: 40 }))], crowd = null) {
  const pen = penOf();
  drawGhost(pen, sceneOf(runs, { ghost, crowd }), FACET, 0);
  return { path: pathOf(pen).map(([, x, y]) => [x, y]), texts: pen.texts() };
}

test("a predicted step is a line from below to above, with its word", () => {
  const { path, texts } = drawn({ step: 10 });
  assert.deepEqual(path, [
    [150, 10],
    [150, 210],
  ]);
  assert.deepEqual(texts, ["predicted"]);
});

test("a sketched curve begins at the run's own first loss", () => {
  const { path } = drawn({ run: 0, line: [1, 0.01].map((multiple, i) => [40 * i, multiple]) });
  const first = 210 - 20 * (8 + Math.log10(16));
  assert.deepEqual(
    path.map((point) => point.map(Math.round)),
    [
      [50, Math.round(first)],
      [450, Math.round(first + 40)],
    ],
  );
});

test("without a prediction, and before there is a run, nothing is drawn", () => {
  assert.deepEqual(drawn(null).path, []);
  assert.deepEqual(drawn(undefined).path, []);
  assert.deepEqual(drawn({ run: 3, line: [[0, 1]] }).path, []);
  assert.deepEqual(drawn({ step: 10 }, []).path, []);
});

test("what a class predicted is a band with its median in it, below one's own", () => {
  const line = [0, 40].map((step) => [step, 1]);
  const band = [0, 40].map((step) => [step, 0.1, 10]);
  const { path, texts } = drawn({ step: 10 }, undefined, { run: 0, line, band });
  const first = 210 - 20 * (8 + Math.log10(16));
  assert.deepEqual(
    path.slice(0, 6).map((point) => point.map(Math.round)),
    [
      [50, first + 20],
      [450, first + 20],
      [450, first - 20],
      [50, first - 20],
      [50, first],
      [450, first],
    ].map((point) => point.map(Math.round)),
  );
  assert.deepEqual(texts, ["the class", "predicted"]);
});
