import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemory, dayOf, NEW_A_DAY, NoCards } from "../../../frontend/cards/memory.js";

/** A storage in memory, and a day that can be changed. */
function made(stored = null) {
  const kept = new Map(stored === null ? [] : [["slalom.cards", stored]]);
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  const clock = { day: 100 };
  return { storage, clock, memory: createMemory(storage, () => clock.day) };
}

const ids = Array.from({ length: 40 }, (_, i) => `card ${i}`);

test("new cards come a few a day, and come back when they are due", () => {
  const { memory, clock } = made();
  assert.deepEqual(memory.queue(ids), { due: [], fresh: ids.slice(0, NEW_A_DAY) });
  memory.grade("card 0", 4);
  memory.grade("card 1", 5);
  assert.equal(memory.queue(ids).fresh.length, NEW_A_DAY - 2);
  clock.day += 1;
  assert.deepEqual(memory.queue(ids).due, ["card 0", "card 1"]);
  assert.equal(memory.queue(ids).fresh.length, NEW_A_DAY);
  memory.grade("card 1", 4);
  assert.deepEqual(memory.queue(ids).due, ["card 0"]);
  assert.equal(memory.interval("card 1", 4), 16); // 6 × 2.6 = 15.6
});

test("the longest overdue comes first", () => {
  const { memory, clock } = made();
  memory.grade("card 5", 4);
  clock.day += 1;
  memory.grade("card 2", 4);
  clock.day += 9;
  assert.deepEqual(memory.queue(ids).due, ["card 5", "card 2"]);
});

test("what was hardly known is asked again on the same day, and that changes no interval", () => {
  const { memory } = made();
  assert.equal(memory.grade("card 0", 3), true);
  const kept = memory.of("card 0");
  assert.equal(memory.grade("card 0", 3, true), true);
  assert.equal(memory.grade("card 0", 5, true), false);
  assert.deepEqual(memory.of("card 0"), kept);
});

test("what is kept outlives the page, as a file too, and can be erased and brought back", () => {
  const { memory, storage, clock } = made();
  memory.grade("card 0", 4);
  const again = createMemory(storage, () => clock.day);
  assert.deepEqual(again.of("card 0"), memory.of("card 0"));
  const file = memory.exported();
  const back = memory.erase();
  assert.equal(createMemory(storage).of("card 0"), undefined);
  back();
  assert.deepEqual(createMemory(storage).of("card 0"), again.of("card 0"));
  const other = made().memory;
  other.imported(file);
  assert.deepEqual(other.of("card 0"), again.of("card 0"));
});

test("a file without cards is refused, and what is wrong in a storage is no card", () => {
  const { memory } = made();
  memory.grade("card 0", 4);
  for (const text of ["", "no json", "[]", "null", "7", '{"cards": {}}']) {
    assert.throws(() => memory.imported(text), NoCards, text);
  }
  assert.ok(memory.of("card 0"));
  for (const stored of ["no json", "null", '"x"', '{"cards": {"a": null, "b": {"ease": "2"}}}']) {
    assert.equal(made(stored).memory.known(["a", "b"]), 0, stored);
  }
});

test("without a storage, or with one that is full, cards are known until the page is closed", () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error("full");
    },
  };
  for (const storage of [null, full]) {
    const memory = createMemory(storage, () => 1);
    memory.grade("card 0", 4);
    assert.equal(memory.of("card 0")?.due, 2);
  }
});

test("a day begins at this place's midnight", () => {
  assert.equal(dayOf(new Date(2026, 0, 2, 0, 0, 1)) - dayOf(new Date(2026, 0, 1, 23, 59, 59)), 1);
  assert.equal(dayOf(new Date(2026, 6, 1, 0, 0, 1)), dayOf(new Date(2026, 6, 1, 23, 59, 59)));
});
