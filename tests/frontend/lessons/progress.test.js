import assert from "node:assert/strict";
import { test } from "node:test";

import { createProgress, doneOf, NoAnswers } from "../../../frontend/lessons/progress.js";

/** A browser's storage. */
function storage(kept = {}) {
  const all = new Map(Object.entries(kept));
  return {
    getItem: (name) => all.get(name) ?? null,
    setItem: (name, value) => void all.set(name, value),
    removeItem: (name) => void all.delete(name),
  };
}

test("answers outlive the page", () => {
  const place = storage();
  const progress = createProgress(place);
  progress.answer("ravines", { of: 4, prediction: 43 });
  progress.answer("ravines", { notice: 1 });
  progress.read("basic");
  const later = createProgress(place);
  assert.deepEqual(later.of("ravines"), { of: 4, prediction: 43, notice: 1 });
  assert.deepEqual(later.of("momentum"), {});
  assert.equal(later.get().depth, "basic");
});

test("what is watched is told of every answer", () => {
  const progress = createProgress(storage());
  const seen = [];
  progress.watch(({ lessons }) => seen.push(Object.keys(lessons)));
  progress.answer("ravines", { notice: 0 });
  assert.deepEqual(seen, [[], ["ravines"]]);
});

test("what is erased can be brought back, and the depth stays", () => {
  const place = storage();
  const progress = createProgress(place);
  progress.read("detailed");
  progress.answer("ravines", { notice: 0 });
  const back = progress.erase();
  assert.deepEqual(createProgress(place).get(), { depth: "detailed", lessons: {} });
  back();
  assert.deepEqual(createProgress(place).of("ravines"), { notice: 0 });
});

test("what is exported can be imported elsewhere, and nothing else can", () => {
  const here = createProgress(storage());
  here.answer("ravines", {
    notice: 0,
    quiz: { 0: { passed: true, said: "Yes.", values: { "runs.0.optimizer.lr": 0.1 } } },
  });
  const there = createProgress(storage());
  there.answer("momentum", { notice: 1 });
  const back = there.imported(here.exported());
  assert.deepEqual(there.get(), here.get());
  back();
  assert.deepEqual(there.get().lessons, { momentum: { notice: 1 } });
  for (const text of ["", "{}", "[]", '{"format": "slalom-cards-1", "cards": {}}'])
    assert.throws(() => there.imported(text), NoAnswers);
  assert.deepEqual(there.get().lessons, { momentum: { notice: 1 } });
});

test("one lesson can be begun again", () => {
  const progress = createProgress(storage());
  progress.answer("ravines", { notice: 0 });
  progress.answer("momentum", { notice: 1 });
  progress.forget("ravines");
  assert.deepEqual(progress.get().lessons, { momentum: { notice: 1 } });
});

test("a skipped prediction counts, a setting that failed does not", () => {
  const quiz = { 0: { passed: false, said: "", values: {} }, 1: 2 };
  assert.deepEqual(doneOf({ of: 5, prediction: null, quiz }), { done: 2, of: 5 });
  assert.deepEqual(doneOf({ of: 5, prediction: 3, notice: 0, quiz: { 0: { passed: true, said: "", values: {} } } }), {
    done: 3,
    of: 5,
  });
  assert.deepEqual(doneOf({}), { done: 0, of: 0 });
});

test("what somebody else has written is no progress, and a full storage stops nobody", () => {
  for (const text of ["", "nonsense", "3", "[]", '{"lessons": 7}', '{"depth": "deep", "lessons": {"a": null}}'])
    assert.deepEqual(createProgress(storage({ "slalom.lessons": text })).get(), { depth: "medium", lessons: {} });
  const full = {
    ...storage(),
    setItem() {
      throw new Error("full");
    },
  };
  const progress = createProgress(full);
  progress.answer("ravines", { notice: 0 });
  assert.deepEqual(progress.of("ravines"), { notice: 0 });
  createProgress(null).answer("ravines", { notice: 0 });
});
