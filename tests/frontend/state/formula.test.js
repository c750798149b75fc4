import assert from "node:assert/strict";
import { test } from "node:test";
import { withText } from "../../../frontend/setup/formula-box.js";
import {
  around,
  dimensionOf,
  handlesOf,
  moved,
  numeralsOf,
  stepOf,
  stepsOfDrag,
  stepsOfKey,
  withNumbers,
  withNumeral,
} from "../../../frontend/state/formula.js";
import { FIRST } from "../../../frontend/state/spec.js";

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

const values = (text) => numeralsOf(text).map(({ value }) => value);

test("numbers are found, and the digits of names are none", () => {
  assert.deepEqual(values("x**2 + 10*y**2"), [2, 10, 2]);
  assert.deepEqual(values("x1 + 2.5e-3*x2 - .5*log10(3)"), [0.0025, 0.5, 3]);
  assert.deepEqual(values("sin(x)"), []);
});

test("exponents are whole, other numbers are not", () => {
  assert.deepEqual(
    numeralsOf("2*x**2 + x**0.5").map(({ whole }) => whole),
    [false, true, false],
  );
});

test("another value stands in the same place, in brackets where it is negative", () => {
  const text = "x**2 + 10*y**2";
  const [, ten] = numeralsOf(text);
  assert.equal(withNumeral(text, ten, 12.5), "x**2 + 12.5*y**2");
  assert.equal(withNumeral(text, ten, -1), "x**2 + (-1)*y**2");
});

test("a step is a tenth of the number's own size, 1 for exponents", () => {
  assert.equal(stepOf({ value: 10, whole: false }), 1);
  assert.ok(Math.abs(stepOf({ value: 0.3, whole: false }) - 0.01) < 1e-12);
  assert.equal(stepOf({ value: 0, whole: false }), 0.1);
  assert.equal(stepOf({ value: 4, whole: true }), 1);
});

test("moving has no rounding noise, passes zero, and never makes an exponent negative", () => {
  assert.equal(moved({ value: 0.3, whole: false }, 3), 0.33);
  assert.equal(moved({ value: 10, whole: false }, -12), -2);
  assert.equal(moved({ value: 2, whole: true }, -5), 0);
});

test("drags and keys are steps", () => {
  assert.equal(stepsOfDrag(40, false), 10);
  assert.equal(stepsOfDrag(-40, true), -2);
  assert.equal(stepsOfKey({ key: "ArrowUp", shiftKey: false }), 1);
  assert.equal(stepsOfKey({ key: "ArrowLeft", shiftKey: true }), -10);
  assert.equal(stepsOfKey({ key: "a", shiftKey: false }), null);
});

const set = (...pairs) => pairs.map(([tag, text]) => ({ tag, text }));

test("a negative number in its brackets is one number; the argument of a function is not in brackets of its own", () => {
  const text = "x**2 + (-1.5)*y**2 + sin(-2)";
  const [, negative] = numeralsOf(text);
  assert.equal(negative.value, -1.5);
  assert.equal(withNumeral(text, negative, 3), "x**2 + 3*y**2 + sin(-2)");
  assert.equal(numeralsOf(text).at(-1).value, 2);
});

test("what is typeset is matched with the text: numbers by order, parameters by name or letter", () => {
  const text = "1/2*(x**2 + 12*y**2)";
  const shown = set(["mn", "1"], ["mn", "2"], ["mi", "x"], ["mn", "2"], ["mi", "κ"], ["mi", "y"], ["mn", "2"]);
  assert.deepEqual(handlesOf(text, shown, ["kappa"]), [
    { numeral: 0 },
    { numeral: 1 },
    null,
    { numeral: 2 },
    { parameter: "kappa" },
    null,
    { numeral: 4 },
  ]);
});

test("where the setting has other numbers than the text, none of them can be dragged", () => {
  assert.deepEqual(handlesOf("2*3*x", set(["mn", "6"], ["mi", "x"]), []), [null, null]);
  assert.deepEqual(handlesOf("3*x", set(["mn", "2"], ["mi", "x"]), []), [null, null]);
});
