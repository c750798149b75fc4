import assert from "node:assert/strict";
import { test } from "node:test";

import { noteLines, overSteps } from "../../../../frontend/panels/frame/over-steps.js";
import { pictures } from "../../../../frontend/words/pictures.js";
import { sceneOf } from "../../made.js";

const AXIS = { range: [0, 1], log: false, title: "" };
const LEGEND = pictures.legend(true, true, true, true);

test("a legend that one line has no room for is written on several, whole", () => {
  for (const [width, lines] of [
    [600, 1],
    [260, 2],
    [180, 3],
  ]) {
    const found = noteLines({ width, height: 180 }, LEGEND);
    assert.equal(found.length, lines, `${width}`);
    assert.equal(found.join(" · "), LEGEND);
  }
  assert.ok(noteLines({ width: 260, height: 180 }, LEGEND).at(-1)?.endsWith("dotted: average"));
});

test("in a low picture, and where a text has one part, there is one line; without a text there is none", () => {
  for (const [height, lines] of [
    [99, 1],
    [100, 2],
    [159, 2],
    [160, 3],
  ])
    assert.equal(noteLines({ width: 180, height }, LEGEND).length, lines, `${height}`);
  assert.equal(noteLines({ width: 100, height: 300 }, "log: equal heights are equal factors").length, 1);
  assert.deepEqual(noteLines({ width: 100, height: 300 }, ""), []);
});

test("the picture makes room for the lines above it", () => {
  const scene = { ...sceneOf([]), width: 260, height: 180 };
  const tops = ["", "log", LEGEND].map((text) => overSteps(scene, AXIS, text)[0]?.box.y);
  assert.deepEqual(tops, [10, 26, 41]);
  for (const [facet] of ["", "log", LEGEND].map((text) => overSteps(scene, AXIS, text)))
    assert.equal((facet?.box.y ?? 0) + (facet?.box.height ?? 0), 180 - 26);
});
