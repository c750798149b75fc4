import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, encode, USUAL } from "../../../frontend/state/link.js";
import { HIDEABLE } from "../../../frontend/state/link-options.js";
import { PRESETS } from "../../../frontend/state/presets.js";
import { FIRST } from "../../../frontend/state/spec.js";

const VIEW = { selected: 0, log: true, follow: false, axis: "steps" };
const OLD = "1.WyJwYXJhYm9sYSIsW1tbInNnZCIseyJsciI6MS4wNX1dXSxbWyJzZ2QiLHsibHIiOjAuMX1dXV0sNDAsMCwxLDNd.0kthj8j";

/** Numbers in [0, 1) that are the same in every run of the tests. */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A spec of the kinds of values that the page makes. */
function anySpec(random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const lr = () => pick([0.1, 1e-5, 3.399383e-4, 10, Number((random() * 2).toPrecision(3))]);
  const run = () => ({
    optimizer: {
      kind: pick(["sgd", "adam", "newton"]),
      lr: lr(),
      ...(random() < 0.4 ? { momentum: 0.9, nesterov: true } : {}),
    },
    ...(random() < 0.3 ? { schedule: { kind: "cosine", warmup: 10 } } : {}),
    ...(random() < 0.3 ? { start: [random() * 8 - 4, -0.5] } : {}),
    ...(random() < 0.2 ? { label: pick(["Adam’s run", "läuft 🎿", 'a"b\\c', "x.y"]) } : {}),
    ...(random() < 0.2 ? { clip_norm: 1, noise: 0.01 } : {}),
    ...(random() < 0.3 ? { batch_size: pick([1, 16, 256]), batches: "drawn" } : {}),
  });
  const runs = Array.from({ length: 1 + Math.floor(random() * 8) }, run);
  return {
    spec: {
      problem: pick([
        { kind: "parabola" },
        {
          kind: "formula",
          text: "x**2 + 1e-3*sin(y)",
          domain: [
            [-1, 2],
            [0, 3],
          ],
        },
        { kind: "quadratic", eigenvalues: [1, 100] },
        { kind: "network", data: { kind: "moons", n: 500, noise: 0.1 }, hidden: [16, 16], init_seed: 7 },
        { kind: "character", data: { kind: "names", id: "dabc123" }, context: 4 },
      ]),
      runs,
      steps: 1 + Math.floor(random() * 1e5),
      seed: Math.floor(random() * 2 ** 32),
      dtype: pick(["float32", "float64"]),
      ...(random() < 0.3 ? { device: pick(["cpu", "cuda"]) } : {}),
    },
    view: {
      selected: Math.floor(random() * runs.length),
      log: random() < 0.5,
      follow: random() < 0.5,
      axis: pick(["steps", "examples", "seconds"]),
      ...(random() < 0.3 ? { picture: pick(["plane", "surprise", "inside"]) } : {}),
      ...(random() < 0.3
        ? {
            ground: "pair",
            pair: pick([
              [0, 1],
              [63, 2],
              [5, 0],
            ]),
          }
        : {}),
      ...(random() < 0.3 ? { fact: pick(["accuracy", "ratio", "noise", "saturation"]) } : {}),
    },
    ...(random() < 0.5 ? { step: Math.floor(random() * 1e5) } : {}),
    ...(random() < 0.2 ? { tab: pick(["controls", "why"]) } : {}),
    ...(random() < 0.2 ? { hide: HIDEABLE.filter((_, i) => i === 0 || random() < 0.3) } : {}),
    ...(random() < 0.2 ? { lock: true } : {}),
  };
}

test("what is written into the address is what is read from it", () => {
  const random = createRandom(1);
  for (let i = 0; i < 2000; i++) {
    const state = anySpec(random);
    const fragment = encode(state);
    if (fragment === null) continue;
    assert.ok(fragment.length <= 2000);
    assert.match(fragment, /^[\w.-]+$/);
    assert.deepEqual(decode(`#${fragment}`), state);
  }
});

test("every preset, and eight runs with settings of their own, fit into a link", () => {
  for (const { spec } of PRESETS) assert.ok((encode({ spec, view: VIEW }) ?? "").length > 0);
  const run = {
    optimizer: { kind: "adam", lr: 0.123, beta1: 0.95, beta2: 0.99 },
    schedule: { kind: "cosine", warmup: 100 },
    start: [-1.25, 1.5],
  };
  const spec = { ...FIRST, runs: Array.from({ length: 8 }, () => run) };
  assert.ok(encode({ spec, view: VIEW }));
});

test("a set-up too long for a link has none, instead of one that is cut", () => {
  const spec = { ...FIRST, problem: { kind: "formula", text: "x + ".repeat(1000) } };
  assert.equal(encode({ spec, view: VIEW }), null);
});

test("10,000 damaged links are refused, none throws and none is misread", () => {
  const random = createRandom(2);
  const whole = encode({ spec: FIRST, view: VIEW, step: 7, hide: ["lr"], lock: true });
  const letters = "ABCabc019-_.#%{}&=é🎿 ";
  const damages = [
    (at) => whole.slice(0, at),
    (at) => whole.slice(0, at) + whole.slice(at + 1),
    (at) => whole.slice(0, at) + letters[Math.floor(random() * letters.length)] + whole.slice(at),
    (at) => whole.slice(0, at) + letters[Math.floor(random() * letters.length)] + whole.slice(at + 1),
    (at) => `${whole}&${["step=-1", "step=x", "lock=yes", "hide"][at % 3]}`,
    () => Array.from({ length: 40 }, () => String.fromCharCode(random() * 65536)).join(""),
    (at) => `1.${whole.slice(2, at)}.${whole.slice(-7)}`,
  ];
  for (let i = 0; i < 10_000; i++) {
    const damaged = damages[i % damages.length](Math.floor(random() * whole.length));
    // A pair behind a link is how a teacher writes an exercise; one that is empty or unknown says nothing.
    if (damaged.replace(/^#/, "").replace(/&$/, "") !== whole) assert.equal(decode(damaged), null, damaged);
  }
});

test("an address without a fragment, or of another version, is no set-up", () => {
  assert.equal(decode(""), null);
  assert.equal(decode("#"), null);
  assert.equal(decode(`#2${encode({ spec: FIRST, view: VIEW })?.slice(1)}`), null);
});

test("a pair of directions that is none makes a link a damaged one", () => {
  for (const pair of [[0, 0], [0], [0, -1], [0, 1.5], ["0", 1], { 0: 1, 1: 2 }, 3]) {
    assert.equal(decode(`#${encode({ spec: FIRST, view: { ...VIEW, pair } })}`), null, JSON.stringify(pair));
  }
});

test("a link from before there was real training opens what it did", () => {
  assert.deepEqual(decode(OLD), { spec: FIRST, view: { selected: 1, log: true, follow: true, axis: "steps" } });
});

test("what is as usual is left out, so that links stay short", () => {
  const usual = { spec: FIRST, view: { ...VIEW, picture: "data", fact: "limit" }, tab: "plot", hide: [] };
  assert.equal(encode(usual), encode({ spec: FIRST, view: VIEW }));
});

test("a teacher writes hide, lock and step behind a link by hand, or alone", () => {
  const link = encode({ spec: FIRST, view: VIEW });
  const exercise = { step: 12, hide: ["lr", "optimizer"], lock: true };
  for (const start of [`#${link}&`, "#"]) {
    const read = decode(`${start}hide=optimizer,lr,nothing&lock=1&step=12&later=new`);
    assert.deepEqual(read, { ...USUAL, ...exercise });
    assert.deepEqual(decode(`#${encode(read)}`), read);
  }
  for (const bad of ["lock=2", "step=", "step=1.5", "step=1e99"]) {
    const read = decode(`#${link}&${bad}`);
    assert.ok(read === null || read.step === 0, bad);
  }
});

test("what a later version adds to a link is ignored, and what this one knows is checked", () => {
  const written = (more) => {
    const payload = Buffer.from(JSON.stringify(["parabola", [[["sgd", { lr: 0.1 }]]], 40, 0, 0, 1, "auto", more]));
    const text = payload.toString("base64url");
    let sum = 0x811c9dc5;
    for (const character of text) sum = Math.imul(sum ^ character.charCodeAt(0), 0x01000193);
    return `1.${text}.${(sum >>> 0).toString(36).padStart(7, "0")}`;
  };
  assert.deepEqual(decode(written({ later: [1], step: 3 }))?.step, 3);
  for (const bad of [{ step: -1 }, { step: "3" }, { tab: "x" }, { picture: 7 }, { hide: "lr" }, { lock: 1 }, 5, null])
    assert.equal(decode(written(bad)), null, JSON.stringify(bad));
});

test("a run starts at numbers", () => {
  const linked = (start) =>
    decode(`#${encode({ spec: { ...FIRST, runs: [{ ...FIRST.runs[0], start }] }, view: VIEW })}`);
  for (const start of ["abc", { a: 1 }, ["1"], [[1]], [null], 3, true])
    assert.equal(linked(start), null, String(start));
  for (const start of [[1, -2.5], [], null]) assert.deepEqual(linked(start)?.spec.runs[0].start, start);
});
