import assert from "node:assert/strict";
import { test } from "node:test";

import { around, dimensionOf, withNumbers } from "../../frontend/formula.js";
import { withText } from "../../frontend/formula-box.js";
import { FIRST } from "../../frontend/recipe.js";

for (const [text, dimension] of [
  ["x**2", 1],
  ["y", 2],
  ["x*z", 3],
  ["x1 + x7", 7],
  ["3", 1],
  ["exp(x)", 1],
  ["xy", 1],
]) {
  test(`${text} has ${dimension} variable(s)`, () => assert.equal(dimensionOf(text), dimension));
}

test("parameters are put in as numbers, functions and variables stay", () => {
  assert.equal(
    withNumbers("(a - x)**2 + b*exp(y)", { kind: "rosenbrock", a: 1, b: -2.5 }),
    "(1 - x)**2 + (-2.5)*exp(y)",
  );
});

test("a name inside a longer name is not a parameter", () => {
  assert.equal(withNumbers("a*tanh(a1)", { a: 3 }), "3*tanh(a1)");
});

test("a mistake is shown with what stands around it, also at the very end", () => {
  assert.deepEqual(around("x + + y", 4), ["x + ", "+", " y"]);
  assert.deepEqual(around("x +", 3), ["x +", " ", ""]);
  assert.deepEqual(around(`${"x + ".repeat(20)})`, 80)[1], ")");
  assert.ok(around("x + ".repeat(20), 40)[0].startsWith("…"));
});

test("a start that no longer fits the formula is given up; one that fits stays", () => {
  const own = {
    ...FIRST,
    problem: { kind: "formula", text: "x**2" },
    runs: [{ optimizer: { kind: "sgd" }, start: [2] }],
  };
  assert.deepEqual(withText(own, "x**4").runs[0].start, [2]);
  assert.equal(withText(own, "x**2 + y**2").runs[0].start, undefined);
});

test("a domain stays while the number of variables does, so that typing does not move the picture", () => {
  const own = { ...FIRST, problem: { kind: "formula", text: "x**2", domain: [[-5, 5]] } };
  assert.deepEqual(withText(own, "x**4").problem.domain, [[-5, 5]]);
  assert.equal(withText(own, "x*y").problem.domain, undefined);
});
