import assert from "node:assert/strict";
import { test } from "node:test";

import { playlistOf } from "../../../frontend/lessons/playlist.js";

const ITEMS = ["momentum", "ravines", "schedules"].map((slug) => ({ slug, title: slug, question: "", terms: [] }));
const slugs = (search) => playlistOf(ITEMS, search).items.map(({ slug }) => slug);

test("without a choice there are all lessons in their order", () => {
  for (const search of ["", "?only=", "?only=,"]) {
    assert.deepEqual(slugs(search), ["momentum", "ravines", "schedules"]);
    assert.equal(playlistOf(ITEMS, search).query, "");
  }
});

test("the address chooses lessons and their order, each once, and links carry it on", () => {
  assert.deepEqual(slugs("?only=schedules,%20momentum,schedules"), ["schedules", "momentum"]);
  assert.equal(playlistOf(ITEMS, "?only=schedules,momentum").query, "?only=schedules,momentum");
});

test("names of no lesson are told", () => {
  assert.deepEqual(playlistOf(ITEMS, "?only=ravines,rovines").unknown, ["rovines"]);
});
