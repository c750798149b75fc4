import assert from "node:assert/strict";
import { test } from "node:test";

import { inWords, isRunning, recipeOf, sentence } from "../../frontend/experiment.js";

test("the server's limits are told in the words of the page, other refusals in the server's", () => {
  const refusal = {
    title: "",
    detail: "Use ?every=m.",
    status: 422,
    value: 1_600_016,
    limit: 1_000_000,
    setting: "SLALOM_SIMULATE_NUMBERS",
  };
  assert.match(inWords(refusal).detail, /1,600,016 numbers.*experiment/);
  const steps = { ...refusal, value: 2_000_002, limit: 2_000_000, setting: "SLALOM_SIMULATE_RUN_STEPS" };
  assert.match(inWords(steps).detail, /^2,000,002 run-steps are more than the 2,000,000 .* experiment/);
  assert.equal(inWords({ ...refusal, setting: "SLALOM_STEPS" }).detail, "Use ?every=m.");
});

test("of a stored spec the page shows what was chosen, not the defaults the server wrote into it", () => {
  const run = {
    optimizer: { kind: "sgd", lr: 1, momentum: 0 },
    schedule: { kind: "constant", warmup: 0, factor: 1, total_iters: 5 },
    start: null,
    noise: null,
    label: "",
  };
  const spec = {
    kind: "comparison",
    problem: { kind: "formula", text: "x", domain: null },
    runs: [run],
    steps: 9,
    seed: 1,
    seeds: 1,
    dtype: "float32",
    vary: [],
  };
  assert.deepEqual(recipeOf(spec), {
    problem: { kind: "formula", text: "x" },
    runs: [{ optimizer: run.optimizer }],
    steps: 9,
    seed: 1,
    dtype: "float32",
  });
});

test("a failed experiment says why, a finished one is not running", () => {
  const record = { id: "a1", name: "mine", status: "failed", error: "The worker was killed." };
  assert.equal(sentence(record), "“mine” has failed. The worker was killed.");
  assert.equal(isRunning(record), false);
  assert.equal(isRunning({ ...record, status: "queued" }), true);
  assert.equal(isRunning(null), false);
});
