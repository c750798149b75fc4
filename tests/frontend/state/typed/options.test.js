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
  [String.raw`a="say \"hi\"", b='it\'s', c="it's"`, { a: 'say "hi"', b: "it's", c: "it's" }],
  [String.raw`path="C:\\new", end="\\"`, { path: String.raw`C:\new`, end: "\\" }],
  [`names=("a, b", 'c)', "[d", "e=f"), more=["(", ")"]`, { names: ["a, b", "c)", "[d", "e=f"], more: ["(", ")"] }],
  [
    'one="a=1, b=2; (c)", number="5", word="true", none=""',
    { one: "a=1, b=2; (c)", number: "5", word: "true", none: "" },
  ],
  ["wide='two\nlines'", { wide: "two\nlines" }],
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
  'x="a" "b"',
  'x="a',
  String.raw`x="a\"`,
  'x=("a" 1)',
  "x=(a=1)",
]) {
  test(`"${text}" is no list of options`, () => assert.equal(readOptions(text), null));
}
