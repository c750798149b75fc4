import assert from "node:assert/strict";
import { test } from "node:test";

import { linesOf, partsOf, stepOf, tilesOf } from "../../../frontend/state/update-terms.js";

const near = (actual, expected) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of actual.entries()) assert.ok(Math.abs(value - expected[i]) < 1e-12, `${actual}`);
};

/** Momentum .9, rate .1, at (1, 2) with gradient (2, 8) and an old velocity of (1, −1). */
const MOMENTUM = {
  step: 3,
  loss: 5,
  lr: 0.1,
  point: [1, 2],
  gradient: [2, 8],
  seen: [2, 8],
  after: [1 - 0.29, 2 - 0.71],
  state: { velocity: [2.9, 7.1], t: 4 },
};
const SGD = { kind: "sgd", lr: 0.1, momentum: 0.9, dampening: 0, weight_decay: 0, nesterov: false };

test("gradient descent is the gradient and the step", () => {
  const update = { ...MOMENTUM, after: [0.8, 1.2], state: { velocity: [0, 0], t: 0 } };
  const rule = { ...SGD, momentum: 0 };
  assert.deepEqual(
    tilesOf(update, rule).map(({ formula, value }) => [formula, value]),
    [
      ["g = ∇f", "(2, 8)"],
      ["−lr g", "(−0.2, −0.8)"],
    ],
  );
  assert.deepEqual(linesOf(update, rule, ["x", "y"]), ["x: 1 − 0.1 · 2 = 0.8", "y: 2 − 0.1 · 8 = 1.2"]);
  assert.equal(partsOf(update, rule).momentum, null);
});

test("momentum's step is the gradient's part and what was remembered, and they add up", () => {
  const { gradient, momentum, step } = partsOf(MOMENTUM, SGD);
  near(gradient, [-0.2, -0.8]);
  near(momentum, [-0.09, 0.09]);
  near(step, [-0.29, -0.71]);
  assert.deepEqual(
    tilesOf(MOMENTUM, SGD).map(({ formula }) => formula),
    ["g = ∇f", "v = 0.9 v + g", "−lr v"],
  );
  assert.equal(linesOf(MOMENTUM, SGD, ["x", "y"])[0], "x: 1 − 0.1 · 2.9 = 0.71");
});

const ADAM = { kind: "adam", lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 0, weight_decay: 0 };

test("Adam's tiles have its moments and their correction, with this step's power in it", () => {
  const update = {
    step: 1,
    loss: 1,
    lr: 0.1,
    point: [1],
    gradient: [4],
    seen: [4],
    after: [0.9],
    state: { m: [0.76], v: [0.031984], peak: [0.031984], power1: 0.81, power2: 0.998001 },
  };
  const tiles = tilesOf(update, ADAM);
  assert.deepEqual(
    tiles.map(({ formula, value }) => [formula, value]),
    [
      ["g = ∇f", "4"],
      ["m = 0.9 m + 0.1 g", "0.76"],
      ["v = 0.999 v + 0.001 g²", "0.032"],
      ["m̂ = m / (1 − 0.9^2)", "4"],
      ["v̂ = v / (1 − 0.999^2)", "16"],
      ["−lr m̂ / (√v̂ + ε)", "−0.1"],
    ],
  );
  assert.equal(linesOf(update, ADAM, ["x"])[0], "x: 1 − 0.1 · 4 / (√16 + ε) = 0.9");
  const { gradient, momentum } = partsOf(update, ADAM);
  near(gradient, [(-0.1 * 0.1 * 4) / 0.19 / 4]);
  near(momentum, [-0.1 + 0.01 / 0.19]);
});

test("what noise and clipping made of the gradient is said where it differs", () => {
  const tiles = tilesOf({ ...MOMENTUM, seen: [1, 1] }, SGD);
  assert.deepEqual([tiles[1].name, tiles[1].value], ["after noise and clipping", "(1, 1)"]);
});

test("other rules show what they remember, and the direction against the gradient as long as the step", () => {
  const update = { ...MOMENTUM, state: { square: [4, 64], unused: [0, 0] } };
  const rule = { kind: "rmsprop", lr: 0.1 };
  assert.deepEqual(
    tilesOf(update, rule).map(({ name }) => name),
    ["gradient", "square", "step"],
  );
  const { gradient, step } = partsOf(update, rule);
  assert.ok(Math.abs(Math.hypot(...gradient) - Math.hypot(...step)) < 1e-12);
  assert.equal(linesOf(update, rule, ["x", "y"])[0], "x: 1 − 0.29 = 0.71");
});

test("many coordinates are told as a length, infinities as such", () => {
  const update = { ...MOMENTUM, gradient: [3, 0, 4], seen: [3, 0, 4], state: {} };
  assert.equal(tilesOf(update, { ...SGD, momentum: 0 })[0].value, "|·| = 5");
  assert.deepEqual(stepOf({ point: [0], after: ["inf"] }), [Infinity]);
});
