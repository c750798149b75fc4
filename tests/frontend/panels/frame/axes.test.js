import assert from "node:assert/strict";
import { test } from "node:test";
import { axis, drawAxes, ticksOf, titleEnd } from "../../../../frontend/panels/frame/axes.js";
import { inkColors } from "../../../../frontend/plot/palette.js";
import { penOf } from "../../made.js";

const textsOf = (range, log = false, pixels = 300) => ticksOf(axis(range, "", log), pixels, 50).map(({ text }) => text);

for (const [range, texts] of /** @type {[[number, number], string[]][]} */ ([
  [
    [0, 40],
    ["0", "10", "20", "30", "40"],
  ],
  [
    [-5, 5],
    ["−4", "−2", "0", "2", "4"],
  ],
  [
    [0, 1.25],
    ["0.0", "0.5", "1.0"],
  ],
  [
    [0, 4000],
    ["0", "1,000", "2,000", "3,000", "4,000"],
  ],
  [
    [0, 0.001],
    ["0.0000", "0.0002", "0.0004", "0.0006", "0.0008", "0.0010"],
  ],
])) {
  test(`the axis ${range.join("..")} has round numbers`, () => assert.deepEqual(textsOf(range), texts));
}

test("a logarithmic axis has whole powers, fewer where there are many", () => {
  assert.deepEqual(textsOf([-2, 3], true), ["10⁻²", "10⁻¹", "1", "10", "10²", "10³"]);
  assert.deepEqual(textsOf([-300, 4], true), ["10⁻³⁰⁰", "10⁻²⁰⁰", "10⁻¹⁰⁰", "1"]);
});

for (const [range, log] of /** @type {[[number, number], boolean][]} */ ([
  [[0, 1e150], false],
  [[-1e-9, 1e-9], false],
  [[1e6, 1e6 + 1], false],
  [[0.1, 0.3], true],
  [[-310, 152], true],
])) {
  test(`the ${log ? "logarithmic" : "linear"} axis ${range.join("..")} has between one and eight different labels inside of it`, () => {
    const ticks = ticksOf(axis(range, "", log), 300, 50);
    assert.ok(ticks.length >= 1 && ticks.length <= 8, String(ticks.length));
    for (const { at } of ticks)
      assert.ok(at >= range[0] - 1e-9 * Math.abs(range[0]) - 1e-12 && at <= range[1] * (1 + 1e-9) + 1e-12);
  });
}

test("the title of an axis stands where no label is", () => {
  assert.equal(
    titleEnd(
      [
        [0, 10],
        [90, 100],
      ],
      20,
      200,
    ),
    200,
  );
  assert.equal(
    titleEnd(
      [
        [0, 10],
        [180, 210],
      ],
      20,
      200,
    ),
    170,
  );
  assert.equal(
    titleEnd(
      [
        [0, 90],
        [95, 200],
      ],
      20,
      200,
    ),
    null,
  );
});

test("labels below an axis neither overlap nor leave the picture", () => {
  const pen = penOf();
  const facet = {
    box: { x: 40, y: 10, width: 250, height: 100 },
    x: axis([0, 4000], "step"),
    y: axis([0, 1]),
    run: null,
  };
  drawAxes(pen, facet, inkColors("light"));
  const spans = pen.calls
    .filter(([name, , , y]) => name === "fillText" && y > 115)
    .map(([, text, x]) => (text === "step" ? [x - 24, x] : [x - 3 * text.length, x + 3 * text.length]))
    .sort((a, b) => a[0] - b[0]);
  assert.equal(spans.length, 6);
  for (let i = 1; i < spans.length; i++) assert.ok(spans[i][0] >= spans[i - 1][1], JSON.stringify(spans));
  assert.ok(spans.at(-1)[1] <= 300);
});
