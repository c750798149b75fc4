import assert from "node:assert/strict";
import { test } from "node:test";
import { oneNumber } from "../../../frontend/playback/projector.js";
import { inkColors, styleOf } from "../../../frontend/plot/palette.js";
import { isProjector, presentAddress } from "../../../frontend/state/address.js";
import { contrast, descent, runOf } from "../made.js";

test("the address says whether the page is for a room, and keeps all else", () => {
  const desk = "http://here/?experiment=abc#1.state";
  const room = presentAddress(desk, true);
  assert.equal(room, "http://here/?experiment=abc&projector=1#1.state");
  assert.equal(presentAddress(room, false), desk);
  assert.deepEqual(
    ["?projector=1", "?experiment=a&projector=1", "", "?projector=0", "?projector="].map((search) =>
      isProjector(search),
    ),
    [true, true, false, false, false],
  );
});

test("the projector's page of a class is for a room by its path, and leads to the workbench", () => {
  assert.ok(isProjector("", "/projector"));
  assert.equal(presentAddress("http://here/projector#1.state", false), "http://here/#1.state");
});

test("the one number is the selected run's loss at the step, with three digits", () => {
  const runs = [runOf(descent({ lr: 0.1 }), { index: 0 }), runOf(descent({ lr: 0.2 }), { index: 1, label: "lr 0.2" })];
  const seen = { selected: 1, theme: "dark" };
  const { color } = styleOf(1, "dark");
  assert.deepEqual(oneNumber(runs, seen, 1.9), { label: "lr 0.2", color, value: "5.76" });
  assert.equal(oneNumber(runs, { ...seen, selected: 0 }, 0).value, "16");
  assert.equal(oneNumber([], seen, 0).value, "");
  assert.equal(oneNumber([runOf({ loss: [1, Infinity] })], seen, 1).value, "diverged");
});

for (const theme of ["light", "dark"]) {
  test(`${theme}: a room sees no thin greys: notes have 7 : 1, axes 4.5 : 1`, () => {
    const ink = inkColors(theme, true);
    assert.ok(contrast(ink.muted, ink.card) >= 7);
    assert.ok(contrast(ink.text, ink.card) >= 7);
    assert.ok(contrast(ink.axis, ink.card) >= 4.5);
  });
}
