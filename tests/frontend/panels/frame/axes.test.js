import assert from "node:assert/strict";
import { test } from "node:test";
import { axis, drawAxes, ticksOf } from "../../../../frontend/panels/frame/axes.js";
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

test("a short logarithmic axis has 1, 2 and 5 times powers of ten, a shorter one round steps", () => {
  assert.deepEqual(textsOf([0, 1], true), ["1", "2", "5", "10"]);
  assert.deepEqual(textsOf([-1.2, -0.1], true, 300), ["0.1", "0.2", "0.5"]);
  assert.deepEqual(textsOf([Math.log10(100), Math.log10(104)], true), ["100", "101", "102", "103", "104"]);
});

test("a low axis has two powers of ten where two can stand", () => {
  assert.equal(textsOf([-9, 4], true, 60).length, 2);
  assert.equal(textsOf([-9, 4], true, 20).length, 1);
});

/** The spans of the labels below an axis, from left to right; the title is aligned to the right. */
function labelsBelow(x, width) {
  const pen = penOf();
  drawAxes(pen, { box: { x: 40, y: 10, width, height: 100 }, x, y: axis([0, 1]), run: null }, inkColors("light"));
  return pen.calls
    .filter(([name, , , y]) => name === "fillText" && y > 115)
    .map(([, text, at]) => {
      const all = 6 * text.length;
      return text === x.title ? [at - all, at, text] : [at - all / 2, at + all / 2, text];
    })
    .sort((a, b) => a[0] - b[0]);
}

for (const [last, title, width, beyond] of [
  [40, "step", 188, 0],
  [40, "step", 188, 32],
  [4000, "step", 250, 0],
  [100_000, "step", 188, 32],
  [100_000, "examples seen", 230, 0],
  [999_999, "seconds", 300, 0],
  [6.5, "x", 250, 0],
]) {
  test(`labels of 0..${last} never touch, and “${title}” ends the axis`, () => {
    const spans = labelsBelow({ ...axis([0, last], title), beyond }, width);
    assert.ok(spans.length >= 2);
    for (let i = 1; i < spans.length; i++) assert.ok(spans[i][0] >= spans[i - 1][1] + 8, JSON.stringify(spans));
    assert.equal(spans.at(-1)[2], title);
    assert.equal(spans.at(-1)[1], 40 + width + beyond);
  });
}

test("the title of an upright axis stands at its upper end, and no label under it", () => {
  const pen = penOf();
  const facet = { box: { x: 40, y: 10, width: 250, height: 100 }, x: axis([0, 1]), y: axis([0, 2], "f"), run: null };
  drawAxes(pen, facet, inkColors("light"));
  const labels = pen.calls.filter(([name, , x]) => name === "fillText" && x === 32);
  const [[, , , top]] = labels.filter(([, text]) => text === "f");
  for (const [, text, , y] of labels) if (text !== "f") assert.ok(y - top >= 14, text);
});
