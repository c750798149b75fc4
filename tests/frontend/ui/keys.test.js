import assert from "node:assert/strict";
import { test } from "node:test";

import { actionOf, PLAYBACK } from "../../../frontend/ui/keys.js";

const press = (key, held = {}) => ({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...held });
const BODY = { tagName: "BODY" };

for (const [key, action] of [
  [" ", "toggle"],
  ["ArrowRight", "forward"],
  ["End", "last"],
  [",", "slower"],
  [".", "faster"],
  ["r", "restart"],
  ["L", "log"],
  ["F", "full"],
  ["?", "help"],
]) {
  test(`"${key}" is ${action}`, () => assert.equal(actionOf(press(key), BODY), action));
}

test("shift makes ten steps of one", () => {
  assert.equal(actionOf(press("ArrowRight", { shiftKey: true }), BODY), "forward10");
  assert.equal(actionOf(press("ArrowLeft", { shiftKey: true }), BODY), "back10");
});

test("the browser keeps its own keys, and fields keep theirs", () => {
  assert.equal(actionOf(press("r", { ctrlKey: true }), BODY), null);
  assert.equal(actionOf(press("ArrowLeft"), { tagName: "INPUT", type: "text" }), null);
  assert.equal(actionOf(press("ArrowLeft"), { tagName: "INPUT", type: "range" }), null);
  assert.equal(actionOf(press(" "), { tagName: "INPUT", type: "range" }), "toggle");
  assert.equal(actionOf(press(" "), { tagName: "INPUT", type: "checkbox" }), null);
  assert.equal(actionOf(press("l"), { tagName: "SELECT" }), null);
  assert.equal(actionOf(press(" "), { tagName: "BUTTON" }), null);
  assert.equal(actionOf(press("ArrowLeft"), { tagName: "BUTTON" }), "back");
  assert.equal(actionOf(press("constructor"), BODY), null);
});

test("every action has one key", () => {
  assert.equal(new Set(Object.values(PLAYBACK)).size, Object.keys(PLAYBACK).length);
});
