import assert from "node:assert/strict";
import { test } from "node:test";

import { beginsFollowing, rememberFollowing } from "../../../frontend/room/memory.js";
import { gradeRate, gradeTrip, middleOf, phonesOf } from "../../../frontend/room/selfcheck.js";

function storage(text = null) {
  let kept = text;
  return { getItem: () => kept, setItem: (_, value) => (kept = value) };
}

test("a page begins with the class, unless it was asked for something else or was left", () => {
  const plain = { href: "http://x/", explicit: false };
  const link = { href: "http://x/#1.a.b", explicit: true };
  assert.equal(beginsFollowing(plain, storage()), true);
  assert.equal(beginsFollowing(link, storage()), false);
  assert.equal(beginsFollowing(plain, null), true);
  assert.equal(beginsFollowing(plain, storage("not JSON")), true);
  const kept = storage();
  rememberFollowing(true, link.href, kept);
  assert.equal(beginsFollowing(link, kept), true);
  assert.equal(beginsFollowing({ ...link, href: "http://x/?experiment=abc" }, kept), false);
  rememberFollowing(false, link.href, kept);
  assert.equal(beginsFollowing(plain, kept), false);
});

test("a hall is as good as the worst of its limits", () => {
  assert.deepEqual(phonesOf({ room: 1000, sockets: 1800, rate: 1000 }), { phones: 600, by: "sockets" });
  assert.deepEqual(phonesOf({ room: 40, sockets: 1800, rate: 1000 }), { phones: 40, by: "room" });
  assert.deepEqual(phonesOf({ room: 1000, sockets: 1800, rate: 3.6 }), { phones: 10, by: "network" });
  assert.equal(phonesOf({ room: 1000, sockets: 1800, rate: 0 }).phones, 0);
});

test("grades change at their limits", () => {
  assert.deepEqual([150, 151, 600, 601].map(gradeTrip), ["good", "poor", "poor", "bad"]);
  assert.deepEqual([4, 3.9, 0.7, 0.69].map(gradeRate), ["good", "poor", "poor", "bad"]);
  assert.equal(middleOf([9, 1, 5]), 5);
});
