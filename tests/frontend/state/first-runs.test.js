import assert from "node:assert/strict";
import { test } from "node:test";
import { withFirstRuns } from "../../../frontend/state/first-runs.js";
import { FIRST, withProblem } from "../../../frontend/state/spec.js";

const first = { start: [-3], rates: [0.1, 0.22], stride: 0.05 };
const rates = (spec) => spec.runs.map(({ optimizer }) => optimizer.lr);
const withOptimizers = (...optimizers) => ({ ...FIRST, runs: optimizers.map((optimizer) => ({ optimizer })) });

test("of two gradient descents one gets half of the limit, the larger one the rate above it", () => {
  assert.deepEqual(rates(withFirstRuns(FIRST, first)), [0.22, 0.1]);
  assert.deepEqual(rates(withFirstRuns({ ...FIRST, runs: FIRST.runs.toReversed() }, first)), [0.1, 0.22]);
});

test("one alone gets the half; of more the smaller ones keep their share; equal ones are not all above", () => {
  const sgd = (lr) => ({ kind: "sgd", lr });
  assert.deepEqual(rates(withFirstRuns(withOptimizers(sgd(1.05)), first)), [0.1]);
  assert.deepEqual(rates(withFirstRuns(withOptimizers(sgd(0.2), sgd(1), sgd(0.4)), first)), [0.05, 0.22, 0.1]);
  assert.deepEqual(rates(withFirstRuns(withOptimizers(sgd(1), sgd(1)), first)), [0.22, 0.1]);
});

test("momentum gets the half, rules that move by about their rate the stride, a factor stays", () => {
  const mixed = withOptimizers(
    { kind: "sgd", lr: 1, momentum: 0.9 },
    { kind: "adam", lr: 1 },
    { kind: "newton", lr: 1 },
  );
  assert.deepEqual(rates(withFirstRuns(mixed, first)), [0.1, 0.05, 1]);
});

test("a typed formula begins where it was said; a problem of the menu at its own start", () => {
  const own = withProblem(FIRST, { kind: "formula", text: "x^2" });
  assert.deepEqual(
    withFirstRuns(own, first).runs.map(({ start }) => start),
    [[-3], [-3]],
  );
  const bowl = withFirstRuns(withProblem(FIRST, { kind: "bowl" }), first);
  assert.ok(bowl.runs.every((run) => run.start === undefined));
  const network = withProblem(FIRST, { kind: "network" });
  assert.deepEqual(rates(withFirstRuns(network, { ...first, start: null })), [0.22, 0.1]);
});

test("where nothing is known, nothing changes", () => assert.equal(withFirstRuns(FIRST, undefined), FIRST));
