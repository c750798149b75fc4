import assert from "node:assert/strict";
import { test } from "node:test";

import { readOptions, writeOptions } from "../../../../frontend/state/typed/options.js";

const READ = [
  ["", {}],
  ["weight_decay=0.1", { weight_decay: 0.1 }],
  [" betas = (0.9, 0.99) , foreach=True,amsgrad=false ", { betas: [0.9, 0.99], foreach: true, amsgrad: false }],
  ["eps=[1e-30, 1e-3], clip=None, n=3", { eps: [1e-30, 1e-3], clip: null, n: 3 }],
  ["mode=max, name='a, b', other=\"None\"", { mode: "max", name: "a, b", other: "None" }],
  ["empty=(), one=(1,)", { empty: [], one: [1] }],
];

for (const [text, options] of READ) {
  test(`"${text}" is read as options, and written so that it is read again`, () => {
    assert.deepEqual(readOptions(text), options);
    assert.deepEqual(readOptions(writeOptions(options)), options);
  });
}

for (const text of [
  "0.1",
  "x",
  "x=",
  "=1",
  "x=1 y=2=3",
  "x=(1",
  "x=(1, (2))",
  "x=1, x=2",
  "x=1;",
  "2x=1",
  "x=1,,y=2",
]) {
  test(`"${text}" is no list of options`, () => assert.equal(readOptions(text), null));
}
