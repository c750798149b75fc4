import assert from "node:assert/strict";
import { test } from "node:test";
import { GALLERY, PRESETS } from "../../../frontend/state/presets.js";
import { presetWords } from "../../../frontend/words/presets.js";
import { isPutAway, putAway } from "../../../frontend/workbench/gallery.js";
import { PICTURES } from "../../../frontend/workbench/gallery-pictures.js";

test("every preset has a title and asks one question", () => {
  for (const { name, title, question } of PRESETS) {
    assert.ok(title && title !== name, name);
    assert.match(question, /^[^?]+(\.|\?) ?[^?]*\?$|^[^?]+\?( [^?]+\?)?$/, name);
  }
  assert.deepEqual(Object.keys(presetWords).sort(), PRESETS.map(({ name }) => name).sort());
});

test("the gallery shows twelve, each with a picture that is in its frame", () => {
  assert.equal(GALLERY.length, 12);
  for (const { name } of GALLERY) {
    const strokes = PICTURES[name] ?? [];
    assert.ok(strokes.length >= 2, name);
    const numbers = strokes.filter(([ink]) => typeof ink === "number").flatMap(([, d]) => d.match(/-?\d+/g) ?? []);
    assert.ok(
      numbers.every((number) => Math.abs(Number(number)) <= 4000),
      name,
    );
    for (const [, d] of strokes) assert.match(d, /^M-?\d/, name);
  }
  assert.deepEqual(Object.keys(PICTURES).sort(), GALLERY.map(({ name }) => name).sort());
});

test("the strip that was put away stays away, and comes where nothing can be kept", () => {
  const kept = new Map();
  const storage = () => ({ getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) });
  const forbidden = () => {
    throw new Error("forbidden");
  };
  assert.equal(isPutAway(storage), false);
  putAway(storage);
  assert.equal(isPutAway(storage), true);
  putAway(forbidden);
  assert.equal(isPutAway(forbidden), false);
});
