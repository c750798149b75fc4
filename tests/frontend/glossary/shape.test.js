import assert from "node:assert/strict";
import { test } from "node:test";
import { extentOf, pathOf, placeOf, shapeOf, walked } from "../../../frontend/glossary/shape.js";

test("one parameter is a walk in a valley, two are a path in a plane, many a loss that falls", () => {
  const loss = [4, 1, 0.25];
  const valley = shapeOf([{ loss, params: [[-2], [1], [0.5]] }]);
  assert.deepEqual(
    [valley.kind, valley.tracks],
    [
      "valley",
      [
        [
          [-2, 4],
          [1, 1],
          [0.5, 0.25],
        ],
      ],
    ],
  );
  const plane = shapeOf([
    {
      loss,
      params: [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
    },
  ]);
  assert.deepEqual(
    [plane.kind, plane.tracks[0]],
    [
      "plane",
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
    ],
  );
  const curve = shapeOf([{ loss: [10, 1, 0.1] }]);
  assert.deepEqual(
    [curve.kind, curve.tracks[0].map(([k, y]) => [k, Math.round(y)])],
    [
      "curve",
      [
        [0, 1],
        [1, 0],
        [2, -1],
      ],
    ],
  );
});

test("a run that leaves the numbers ends where it does, and does not make the picture flat", () => {
  const { tracks, extent } = shapeOf([{ loss: [1, 2, 5000, "inf"], params: [[-1], [1.4], [-70], [500]] }]);
  assert.equal(tracks[0].length, 3);
  assert.ok(extent.y[1] < 10 && extent.x[0] > -3);
  assert.deepEqual(shapeOf([{ loss: ["nan"], params: [["nan"]] }]).tracks, [[]]);
});

test("a ball on its way stands between two entries", () => {
  const track = [
    [0, 0],
    [2, 4],
    [4, 0],
  ];
  assert.deepEqual(walked(track, 0), [[0, 0]]);
  assert.deepEqual(walked(track, 0.5), [
    [0, 0],
    [1, 2],
  ]);
  assert.deepEqual(walked(track, 2), track);
  assert.deepEqual(walked(track, 9), track);
  assert.deepEqual(walked([], 1), []);
});

test("points are drawn inside their box, the larger value higher", () => {
  const extent = extentOf([
    [0, 0],
    [10, 5],
  ]);
  const size = [100, 50];
  const [[x0, y0], [x1, y1]] = [placeOf([0, 0], extent, size), placeOf([10, 5], extent, size)];
  assert.ok(0 < x0 && x0 < x1 && x1 < 100 && 0 < y1 && y1 < y0 && y0 < 50);
  assert.equal(
    pathOf(
      [
        [0, 0],
        [10, 5],
      ],
      { x: [0, 10], y: [0, 5] },
      size,
    ),
    "M0 50L100 0",
  );
  assert.deepEqual(extentOf([]), { x: [0, 1], y: [0, 1] });
});
