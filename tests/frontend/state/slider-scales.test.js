import assert from "node:assert/strict";
import { test } from "node:test";

import { memoryOf, memoryScale, slidMemory, withMemory } from "../../../frontend/state/slider-scales.js";

test("the slider begins at no memory, and .9, .99 and .999 are equally far apart", () => {
  assert.equal(memoryScale.notchOf(0), 0);
  assert.deepEqual([0.9, 0.99, 0.999].map(memoryScale.notchOf), [100, 200, 300]);
  assert.deepEqual([0, 100, 200, 300].map(memoryScale.valueAt), [0, 0.9, 0.99, 0.999]);
  assert.equal(memoryScale.notchOf(1), memoryScale.most);
});

test("a value that was typed comes back from its position nearly the same", () => {
  for (const value of [0.2, 0.5, 0.75, 0.95, 0.98])
    assert.ok(Math.abs(memoryScale.valueAt(memoryScale.notchOf(value)) - value) < 0.02 * (1 - value) + 0.005);
});

test("a rule without memory has no slider, and momentum keeps its own at zero", () => {
  assert.equal(memoryOf({ kind: "sgd", lr: 0.1 }), null);
  assert.equal(memoryOf({ kind: "sgd", momentum: 0 })?.name, "momentum");
  assert.equal(memoryOf({ kind: "adam" })?.name, "beta1");
  assert.equal(memoryOf({ kind: "newton" }), null);
});

test("a stored set-up, which says every default, has a slider where the one that it was made from had one", () => {
  for (const [made, defaults, value] of [
    [{ kind: "sgd", lr: 0.1 }, { momentum: 0, nesterov: false }, undefined],
    [{ kind: "rmsprop", lr: 0.1 }, { momentum: 0 }, undefined],
    [{ kind: "muon", lr: 0.1 }, { momentum: 0.95 }, undefined],
    [{ kind: "muon", lr: 0.1, momentum: 0 }, { momentum: 0.95 }, 0],
    [{ kind: "sgd", lr: 0.1, momentum: 0.9 }, { momentum: 0 }, 0.9],
    [{ kind: "adam", lr: 0.1 }, { beta1: 0.9 }, 0.9],
    [{ kind: "newton", lr: 1 }, {}, undefined],
  ]) {
    assert.equal(slidMemory(made, defaults)?.value, value);
    assert.deepEqual(slidMemory({ ...defaults, ...made }, defaults), slidMemory(made, defaults));
  }
});

test("Nesterov keeps some momentum to look along", () => {
  assert.equal(withMemory({ kind: "sgd", nesterov: true }, "momentum", 0).momentum, 0.01);
  assert.equal(withMemory({ kind: "sgd" }, "momentum", 0).momentum, 0);
});
