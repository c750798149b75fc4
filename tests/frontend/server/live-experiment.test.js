import assert from "node:assert/strict";
import { test } from "node:test";
import { followLive, isRunning, withEvent } from "../../../frontend/server/live-experiment.js";
import { inWords } from "../../../frontend/setup/errors.js";
import { FIRST } from "../../../frontend/state/spec.js";
import { specOf } from "../../../frontend/state/spec-paths.js";
import { createStore } from "../../../frontend/state/store.js";
import { experimentSentence } from "../../../frontend/words/workbench.js";
import { blockOf } from "../made.js";

test("the server's limits are told in the words of the page, other refusals in the server's", () => {
  const refusal = {
    title: "",
    detail: "Use ?every=m.",
    status: 422,
    value: 1_600_016,
    limit: 1_000_000,
    setting: "SLALOM_SIMULATE_NUMBERS",
  };
  assert.match(inWords(refusal).detail, /Too long.*experiment/);
  const steps = { ...refusal, value: 2_000_002, limit: 2_000_000, setting: "SLALOM_SIMULATE_RUN_STEPS" };
  assert.match(inWords(steps).detail, /^2,000,002 run-steps are more than the 2,000,000 .* experiment/);
  const work = { ...refusal, value: 60_000_000_001, limit: 60_000_000_000, setting: "SLALOM_SIMULATE_WORK" };
  assert.match(inWords(work).detail, /^This is 1.1 times the work .* experiment/);
  assert.match(inWords({ ...work, value: 2_400_000_000_000 }).detail, /^This is 40 times/);
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
  assert.deepEqual(specOf({ spec }), {
    problem: { kind: "formula", text: "x" },
    runs: [{ optimizer: run.optimizer }],
    steps: 9,
    seed: 1,
    dtype: "float32",
  });
});

test("a failed experiment says why, a finished one is not running", () => {
  const record = { id: "a1", name: "mine", status: "failed", error: "The worker was killed." };
  assert.equal(
    experimentSentence(record),
    "“mine” has failed. The worker was killed. Close it, and change what the sentence names.",
  );
  assert.equal(isRunning(record), false);
  assert.equal(isRunning({ ...record, status: "queued" }), true);
  assert.equal(isRunning(null), false);
});

function live(status = "queued") {
  const stores = {
    spec: createStore({ ...FIRST, runs: FIRST.runs.slice(0, 1) }),
    runs: createStore(["the old picture"]),
    clock: createStore({ step: 7, last: 9, playing: false, speed: 1, live: false }),
    view: createStore({ theme: "light" }),
    events: createStore(["old"]),
  };
  const changes = [];
  let on;
  const follow = (_id, listeners) => {
    on = listeners;
    return () => {};
  };
  const record = { id: "a1", status, spec: { steps: 40 } };
  followLive(stores, record, (change) => changes.push(change), assert.fail, follow);
  return { stores, changes, on };
}

test("the old picture stays until the first entries come, then the clock is live", () => {
  const { stores, changes, on } = live();
  assert.deepEqual(stores.runs.get(), ["the old picture"]);
  assert.deepEqual(stores.events.get(), []);
  on.block(blockOf({ loss: [3, 2, 1] }));
  assert.equal(stores.runs.get()[0].n, 3);
  assert.deepEqual(stores.clock.get(), { step: 0, last: 2, playing: true, speed: 1, live: true, paced: true });
  on.block(blockOf({ loss: [0.5] }, { step: 3, seq: 2 }));
  assert.equal(stores.clock.get().last, 3);
  assert.deepEqual(changes, [{ status: "running" }]);
});

test("a training that ends before it was seen is followed to its end all the same", () => {
  const { stores, on } = live();
  on.block(blockOf({ loss: [3, 2, 1] }));
  on.done({ type: "done", status: "done", outcomes: [{ kind: "converged" }] });
  assert.deepEqual(stores.clock.get(), { step: 0, last: 2, playing: true, speed: 1, live: false, paced: true });
});

test("of one that had ended every run has its outcome and the clock stands at the last entry", () => {
  const { stores, changes, on } = live("done");
  on.block(blockOf({ loss: [3, 2, 1] }));
  on.done({ type: "done", status: "done", outcomes: [{ kind: "converged" }] });
  assert.equal(stores.runs.get()[0].outcome.kind, "converged");
  const { step, live: still } = stores.clock.get();
  assert.deepEqual([step, still], [2, false]);
  assert.equal(changes.at(-1).status, "done");
});

test("one that ends before its first entry leaves the old picture and says why", () => {
  const { stores, changes, on } = live();
  on.done({ type: "done", status: "failed", error: "No memory.", outcomes: null });
  assert.deepEqual(stores.runs.get(), ["the old picture"]);
  assert.deepEqual(changes, [{ status: "failed", error: "No memory.", outcomes: null }]);
});

test("an event told twice is kept once, with its value as a number", () => {
  const event = { type: "event", run: 0, kind: "timing", step: 40, sentence: "Fast.", value: 1e-4 };
  const once = withEvent([], event);
  assert.deepEqual(once, [{ run: 0, kind: "timing", step: 40, sentence: "Fast.", value: 1e-4 }]);
  assert.equal(withEvent(once, { ...event }), once);
  assert.equal(withEvent(once, { ...event, run: 1, value: undefined })[1].value, null);
});
