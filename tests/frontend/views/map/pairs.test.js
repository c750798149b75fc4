import assert from "node:assert/strict";
import { test } from "node:test";
import { pairsOf } from "../../../../frontend/views/map/pairs.js";

const axis = (field, from = 0, to = 1) => ({ field, from, to, scale: "linear" });
const pair = (title, up, also = {}) => ({
  title,
  across: axis("run.optimizer.lr"),
  up,
  network: false,
  dimension: null,
  optimizer: null,
  ...also,
});
const PAIRS = [
  pair("layers", axis("run.layer_lr.1"), { network: true }),
  pair("momentum", axis("run.optimizer.momentum"), { optimizer: { kind: ["sgd"], nesterov: [false] } }),
  pair("nesterov", axis("run.optimizer.momentum", 0.01), { optimizer: { kind: ["sgd"], nesterov: [true] } }),
  pair("starts", axis("run.start.1", null, null), { across: axis("run.start.0", null, null), dimension: 2 }),
];
const PLANE = {
  dim: 2,
  domain: [
    [-2, 2],
    [-1, 3],
  ],
};
const titles = (spec, landscape = null) => pairsOf(PAIRS, spec, landscape).map(({ title }) => title);

test("a pair is offered for the problems and rules it is for", () => {
  const bowl = { problem: { kind: "bowl" }, runs: [{ optimizer: { kind: "sgd", lr: 0.1 } }] };
  assert.deepEqual(titles(bowl), ["momentum"]);
  assert.deepEqual(titles(bowl, PLANE), ["momentum", "starts"]);
  assert.deepEqual(titles({ ...bowl, runs: [{ optimizer: { kind: "sgd", nesterov: true } }] }), ["nesterov"]);
  assert.deepEqual(titles({ ...bowl, runs: [{ optimizer: { kind: "adam" } }] }, { dim: 1, domain: [[0, 1]] }), []);
  assert.deepEqual(titles({ ...bowl, problem: { kind: "network" }, runs: [{ optimizer: { kind: "adam" } }] }), [
    "layers",
  ]);
});

test("an end that is left open is that of the domain", () => {
  const [, starts] = pairsOf(PAIRS, { problem: { kind: "bowl" }, runs: [] }, PLANE);
  assert.deepEqual([starts.across.from, starts.across.to, starts.up.from, starts.up.to], [-2, 2, -1, 3]);
});

test("rates reach as far as the problem's, and elsewhere as the catalogue has them", () => {
  const spec = { problem: { kind: "bowl" }, runs: [{ optimizer: { kind: "sgd" } }] };
  const rate = { field: "run.optimizer.lr", from: 0.001, to: 1, scale: "log" };
  const pair = { ...PAIRS[0], title: "rates", across: rate, network: false, dimension: null, optimizer: null };
  const ends = (first) => {
    const [{ across }] = pairsOf([pair], spec, PLANE, first);
    return [across.from, across.to];
  };
  assert.deepEqual(ends(null), [0.001, 1]);
  assert.deepEqual(ends({ start: null, rates: [0.5, 1.05], stride: 1 }), [0.006, 3]);
});
