import assert from "node:assert/strict";
import { test } from "node:test";

import { wayOf } from "../../../frontend/workbench/undo.js";

const press = (key, held = {}) => ({ key, ctrlKey: true, metaKey: false, shiftKey: false, altKey: false, ...held });

test("Ctrl+Z undoes, Shift+Ctrl+Z and Ctrl+Y redo, with the command key too", () => {
  assert.equal(wayOf(press("z"), null), "undo");
  assert.equal(wayOf(press("Z", { shiftKey: true }), null), "redo");
  assert.equal(wayOf(press("y"), null), "redo");
  assert.equal(wayOf(press("z", { ctrlKey: false, metaKey: true }), null), "undo");
  for (const other of [press("x"), press("z", { ctrlKey: false }), press("z", { altKey: true })])
    assert.equal(wayOf(other, null), null);
});

test("a field that is edited as text keeps the browser's own keys, a slider does not", () => {
  for (const text of [
    { tagName: "TEXTAREA" },
    { tagName: "INPUT", type: "text" },
    { tagName: "DIV", isContentEditable: true },
  ])
    assert.equal(wayOf(press("z"), text), null);
  for (const other of [{ tagName: "INPUT", type: "range" }, { tagName: "SELECT" }, { tagName: "BUTTON" }])
    assert.equal(wayOf(press("z"), other), "undo");
});
