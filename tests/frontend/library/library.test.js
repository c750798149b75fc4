import assert from "node:assert/strict";
import { test } from "node:test";

import { talliesOf } from "../../../frontend/library/card.js";
import { BadFile, experimentIn } from "../../../frontend/library/import.js";
import { whyNot } from "../../../frontend/library/join.js";
import { isSameTry } from "../../../frontend/library/shelf.js";
import { curvesOf, smooth } from "../../../frontend/library/thumbnail.js";

const sgd = (lr) => ({ optimizer: { kind: "sgd", lr }, schedule: { kind: "constant" }, label: "" });
const kept = (change = {}, rest = {}) => ({
  id: "0mwwcim81ie6pdey",
  kind: "comparison",
  name: "bowl: sgd",
  spec: { problem: { kind: "bowl", kappa: 12 }, runs: [sgd(0.1)], steps: 60, seed: 0, dtype: "float64", ...change },
  parent: null,
  outcomes: [],
  ...rest,
});

test("comparisons on one problem can stand side by side", () => {
  assert.equal(whyNot([kept(), kept({ runs: [sgd(0.1), sgd(0.2)], problem: { kappa: 12, kind: "bowl" } })]), null);
});

test("what cannot be compared says why, with both values", () => {
  const reason = (...records) => whyNot(records);
  assert.match(reason(kept()), /another one/);
  assert.match(reason(kept(), kept({ problem: { kind: "two_wells" } })), /bowl, two wells/);
  assert.match(reason(kept(), kept({ problem: { kind: "bowl", kappa: 3 } })), /not with the same settings/);
  assert.match(reason(kept(), kept({ steps: 70 })), /steps: 60, 70/);
  assert.match(reason(kept(), kept({ seed: 1 })), /seeds: 0, 1/);
  assert.match(reason(kept(), kept({ dtype: "float32" })), /float64, float32/);
  assert.match(reason(kept(), kept({ vary: [{ field: "seed", values: [1] }] })), /Sweeps/);
  assert.match(reason(kept(), kept({ seeds: 2 })), /repeated seeds/);
  assert.match(reason(kept(), kept({}, { kind: "map" })), /cannot be compared yet/);
  assert.match(reason(kept(), kept({}, { parent: { id: "x", run: 0, step: 1 } })), /fork/);
  assert.match(reason(kept(), kept({}, { outcomes: null })), /when all have ended/);
  const many = (from) => kept({ runs: Array.from({ length: 20 }, (_, i) => sgd(from + i)) });
  assert.equal(reason(many(1), many(9)), null);
  assert.match(reason(many(1), many(100)), /40 runs/);
});

test("many outcomes are counted, the most frequent first", () => {
  const outcome = (kind) => ({ kind, evidence: { lr: 0.1, limit: null, sharpness: 1, measured_growth: null } });
  const record = kept({}, { outcomes: ["converged", "diverged", "converged", "unfinished"].map(outcome) });
  assert.deepEqual(
    talliesOf(record).map(({ n, verdict }) => [n, verdict.word]),
    [
      [2, "converged"],
      [1, "diverged"],
      [1, "unfinished"],
    ],
  );
  assert.deepEqual(talliesOf(kept({}, { outcomes: null })), []);
});

test("of many runs the list has counts only, which are shown alike", () => {
  const record = kept({}, { outcomes: null, outcome_counts: { diverged: 30, converged: 4066 } });
  assert.deepEqual(
    talliesOf(record).map(({ n, verdict }) => [n, verdict.word]),
    [
      [4066, "converged"],
      [30, "diverged"],
    ],
  );
  const network = kept({ problem: { kind: "network" } }, { outcomes: null, outcome_counts: { unfinished: 50 } });
  assert.deepEqual(
    talliesOf(network).map(({ n, verdict }) => [n, verdict.word]),
    [[50, "trained"]],
  );
});

test("a file is an export, a record or a bare spec", () => {
  const { spec } = kept();
  for (const content of [
    { slalom: 1, spec, name: " mine " },
    { ...kept(), name: "mine" },
  ])
    assert.deepEqual(experimentIn(JSON.stringify(content), "a.json"), { spec, name: "mine", traced: false });
  assert.deepEqual(experimentIn(JSON.stringify(spec), "a.json"), { spec, name: "", traced: false });
  assert.ok(experimentIn(JSON.stringify({ slalom: 1, spec, runs: [] }), "a.json").traced);
});

test("any other file is answered with a sentence that names it", () => {
  const bad = {
    json: ["", "{", "PK\u0003\u0004", '{"slalom": 1, "spec": {"problem": '],
    spec: ["null", "3", '"text"', "[]", "{}", '{"spec": 3}', '{"slalom": 1, "spec": {"problem": []}}', '{"runs": []}'],
    newer: ['{"slalom": 2, "spec": {"problem": {"kind": "bowl"}}}'],
  };
  const says = { json: /is not JSON/, spec: /holds no experiment/, newer: /newer Slalom/ };
  for (const [kind, texts] of Object.entries(bad)) {
    for (const text of texts)
      assert.throws(
        () => experimentIn(text, "my.json"),
        (error) => error instanceof BadFile && error.message.startsWith("my.json") && says[kind].test(error.message),
        text,
      );
  }
});

test("a small picture begins at the left, ends where the run does, and keeps to its frame", () => {
  const [one, other] = curvesOf([
    { run: 0, step: [0, 1, 2], loss: [16, 4, 1] },
    { run: 3, step: [0, 1, 2], loss: [16, 1e6, "inf"] },
  ]);
  assert.deepEqual([one.run, other.run], [0, 3]);
  assert.match(one.d, /^M6\.0 .*L314\.0 82\.0$/);
  assert.equal(other.d.match(/[ML]/g).length, 2);
  assert.doesNotMatch(one.d + other.d, /NaN|Infinity/);
});

test("a small picture of zeros, negative losses, or nothing at all", () => {
  const drawn = (loss) => curvesOf([{ run: 0, step: loss.map((_, i) => i), loss }]);
  for (const loss of [[4, 0], [0, 0], [-1, -2, -3], [3, -1], [5]]) {
    assert.equal(drawn(loss).length, 1, loss);
    assert.doesNotMatch(drawn(loss)[0].d, /NaN|Infinity/);
  }
  for (const loss of [[], ["nan"], ["inf", 1]]) assert.deepEqual(drawn(loss), []);
  assert.deepEqual(curvesOf([]), []);
});

test("a loss of batches is smoothed, a curve and one that explodes stay", () => {
  const curve = Array.from({ length: 100 }, (_, i) => Math.exp(-i / 20));
  assert.deepEqual(smooth(curve), curve);
  const noisy = curve.map((value, i) => value * (i % 2 ? 1.5 : 0.5));
  const calm = smooth(noisy);
  for (let i = 10; i < 90; i++) assert.ok(Math.abs(calm[i] / curve[i] - 1) < 0.2, `${i}`);
  const gone = [...noisy.slice(0, 50), ...Array(50).fill(Infinity)];
  assert.deepEqual(smooth(gone), gone);
});

test("tries at one network are folded, what has a name or is no network is not", () => {
  const network = kept({ problem: { kind: "network", data: { kind: "digits" } } }, { name: "Digits, 3 rates" });
  assert.ok(isSameTry(network, { ...network, id: "other" }));
  assert.ok(!isSameTry(network, { ...network, name: "mine" }));
  assert.ok(!isSameTry(network, { ...network, parent: { id: "x" } }));
  assert.ok(!isSameTry(kept(), kept()));
});
