import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { GALLERY, PRESETS } from "../../../frontend/state/presets.js";
import { presetWords } from "../../../frontend/words/presets.js";
import { isPutAway, putAway } from "../../../frontend/workbench/gallery.js";

const PICTURES = new URL("../../../frontend/gallery/", import.meta.url);

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
    const text = readFileSync(new URL(`${name}.svg`, PICTURES), "utf8");
    const paths = [...text.matchAll(/<path ([^>]*) \/>/g)].map(([, attributes]) => attributes);
    assert.equal(text.match(/<[a-z]/g)?.length, paths.length + 1, name); // No script, no style, nothing from elsewhere.
    assert.ok(paths.length >= 2, name);
    for (const attributes of paths) assert.match(attributes, / d="M-?\d[-ML\d hvz]*"$/, name);
    const numbers = paths.filter((one) => one.includes("data-run")).flatMap((one) => one.match(/-?\d+/g) ?? []);
    assert.ok(
      numbers.every((number) => Math.abs(Number(number)) <= 4000),
      name,
    );
  }
  assert.deepEqual(readdirSync(PICTURES).sort(), GALLERY.map(({ name }) => `${name}.svg`).sort());
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
