import assert from "node:assert/strict";
import { test } from "node:test";

import { fillValues, splitSettings, splitTerms, valueWords } from "../../../frontend/lessons/prose.js";

test("values stand where their braces were, and those that are not here yet are dots", () => {
  const values = { "run.1.reaches.1e-6": 38, "half the digits: run.0.outcome.nonfinite": 451 };
  const text = "It needs {run.1.reaches.1e-6} steps, and ends at {half the digits: run.0.outcome.nonfinite}.";
  assert.equal(fillValues(text, values), "It needs 38 steps, and ends at 451.");
  assert.equal(fillValues(text, {}), "It needs … steps, and ends at ….");
});

test("counts keep their digits, other numbers have three, and what is no number is told", () => {
  for (const [value, words] of [
    [3709, "3,709"],
    [0, "0"],
    [32774.4, "32,800"],
    [2.8e-7, "2.8 × 10⁻⁷"],
    [-181.04, "−181"],
    [1e20, "10²⁰"],
    ["inf", "∞"],
    ["-inf", "−∞"],
    ["nan", "NaN"],
    ["diverged", "diverged"],
    [null, "never"],
  ])
    assert.equal(valueWords(value), words, String(value));
});

test("settings that can be dragged are pieces of their own, of the first preset or of one that is named", () => {
  assert.deepEqual(
    splitSettings("Drag {drag runs.0.optimizer.lr}, or {drag 7.5, half: problem.kappa}{run.0.loss.last}"),
    [
      "Drag ",
      { preset: null, path: "runs.0.optimizer.lr" },
      ", or ",
      { preset: "7.5, half", path: "problem.kappa" },
      "{run.0.loss.last}",
    ],
  );
  assert.deepEqual(splitSettings("nothing"), ["nothing"]);
  assert.equal(fillValues("{drag runs.0.optimizer.lr}", { "drag runs.0.optimizer.lr": 0.05 }), "0.05");
});

test("a minus before a number is one, and the dash of a word stays", () => {
  assert.equal(fillValues("from -4 to x² - 2, step-by-step", {}), "from −4 to x² − 2, step-by-step");
});

test("a name that every object has is no value", () => {
  assert.equal(fillValues("{constructor}", {}), "…");
});

test("the first mention of a term is found, the longest one first, and no part of a word", () => {
  const names = ["rate", "learning rate", "step"];
  assert.deepEqual(splitTerms("The Learning rate of a step; a step. Stepping at a rate.", names), [
    "The ",
    { name: "learning rate", text: "Learning rate" },
    " of a ",
    { name: "step", text: "step" },
    "; a step. Stepping at a ",
    { name: "rate", text: "rate" },
    ".",
  ]);
  assert.deepEqual(splitTerms("all (of) it?", ["(of) it?"]), ["all ", { name: "(of) it?", text: "(of) it?" }]);
  assert.deepEqual(splitTerms("Steps of Nesterov's", [...names, "Nesterov"]), [
    { name: "step", text: "Steps" },
    " of ",
    { name: "Nesterov", text: "Nesterov's" },
  ]);
  assert.deepEqual(splitTerms("nothing", []), ["nothing"]);
});
