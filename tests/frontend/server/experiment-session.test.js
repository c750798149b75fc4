import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../../../frontend/server/api.js";
import { away, Unreachable } from "../../../frontend/server/connection.js";
import { Experiments } from "../../../frontend/server/experiment-session.js";
import { FIRST, withProblem, withRun } from "../../../frontend/state/spec.js";
import { createStore } from "../../../frontend/state/store.js";

const NETWORK = withProblem(FIRST, { kind: "network" });
const withLr = (spec, lr) => withRun(spec, 0, (run) => ({ ...run, optimizer: { kind: "sgd", lr } }));
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A server that takes everything and writes down what it was asked; and a page that shows it. */
function begin(context, replaced = {}, heard = {}) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const asked = [];
  let made = 0;
  const store = (spec, parent = null) => ({
    id: `e${++made}`,
    kind: "comparison",
    status: "queued",
    spec,
    parent,
    error: null,
  });
  const api = {
    async createExperiment(spec) {
      asked.push("create");
      return store(spec);
    },
    async forkExperiment(origin, runs, steps) {
      asked.push(`fork ${origin.id} ${origin.run} ${origin.step} ${runs[0].optimizer.lr}`);
      return store({ ...stores.spec.get(), runs, steps }, origin);
    },
    async tellExperiment(id, what) {
      asked.push(`${what} ${id}`);
      return { ...stores.experiment.get(), status: "paused" };
    },
    deleteExperiment: async (id) => void asked.push(`delete ${id}`),
    getExperiment: async (id) => ({ ...store(NETWORK), id }),
    ...replaced,
  };
  const stores = {
    spec: createStore(NETWORK),
    experiment: createStore(null),
    events: createStore([]),
    clock: createStore({ live: false }),
    runs: createStore([{ index: 0, label: "lr 1.05", n: 9 }]),
  };
  const opened = [];
  const failures = [];
  const gone = [];
  const on = {
    opened: (id) => opened.push(id),
    failed: (error) => error && failures.push(error),
    gone: () => gone.push(stores.experiment.get()),
    ...heard,
  };
  const follow = (_stores, record, changed, failed) => {
    Object.assign(page, { changed, failed });
    asked.push(`follow ${record.id}`);
    return () => {};
  };
  const experiments = new Experiments(stores, on, { api, follow });
  const page = { experiments, stores, asked, opened, failures, gone, changed: (_change) => {}, failed: (_error) => {} };
  return {
    ...page,
    page,
    /** Train a spec and wait for the server. */
    async train(spec) {
      stores.spec.update(() => spec);
      experiments.train(spec);
      context.mock.timers.tick(250);
      await settled();
    },
  };
}

test("a training begins once nothing has changed for a quarter of a second", async (context) => {
  const { experiments, asked } = begin(context);
  experiments.train(NETWORK);
  context.mock.timers.tick(200);
  experiments.train(withLr(NETWORK, 0.2));
  context.mock.timers.tick(200);
  await settled();
  assert.deepEqual(asked, []);
  context.mock.timers.tick(50);
  await settled();
  assert.deepEqual(asked, ["create", "follow e1"]);
});

test("an unfinished training gives way to the next one, a finished one is kept", async (context) => {
  const { train, page, asked } = begin(context);
  await train(NETWORK);
  await train(withLr(NETWORK, 0.2));
  page.changed({ status: "done" });
  await train(withLr(NETWORK, 0.3));
  assert.deepEqual(asked, ["create", "follow e1", "create", "delete e1", "follow e2", "create", "follow e3"]);
});

test("an experiment that was opened by its address is never given up", async (context) => {
  const { experiments, train, asked, stores } = begin(context);
  await experiments.open("old");
  assert.equal(stores.experiment.get().id, "old");
  await train(withLr(NETWORK, 0.2));
  assert.deepEqual(asked, ["follow old", "create", "follow e2"]);
});

test("an experiment of another kind is left to the view that shows it", async (context) => {
  const others = [];
  for (const kind of ["map", "range_test"]) {
    const on = { elsewhere: (record) => others.push(record.kind) };
    const { experiments, asked } = begin(context, { getExperiment: async (id) => ({ id, kind, spec: {} }) }, on);
    await experiments.open("old");
    assert.deepEqual(asked, []);
    context.mock.timers.reset();
  }
  assert.deepEqual(others, ["map", "range_test"]);
});

test("what was accepted after the reader had changed their mind is given up unseen", async (context) => {
  const waiting = [];
  const slow = {
    createExperiment: (spec) => new Promise((resolve) => waiting.push(() => resolve({ id: "slow", spec }))),
  };
  const { experiments, train, asked, stores } = begin(context, slow);
  await train(NETWORK);
  experiments.close();
  waiting[0]();
  await settled();
  assert.deepEqual(asked, ["delete slow"]);
  assert.equal(stores.experiment.get(), null);
});

test("a refusal is reported and the training before goes on", async (context) => {
  let allowed = true;
  const picky = {
    createExperiment: async (spec) => {
      if (!allowed) throw new Error("Too many layers.");
      return { id: "a", status: "queued", spec };
    },
  };
  const { train, stores, failures, asked } = begin(context, picky);
  await train(NETWORK);
  allowed = false;
  await train(withLr(NETWORK, 9));
  assert.equal(failures[0].message, "Too many layers.");
  assert.equal(stores.experiment.get().id, "a");
  assert.deepEqual(asked, ["follow a"]);
});

test("a fork lets what it goes on from wait, and an edited fork goes on from the same entry", async (context) => {
  const { experiments, train, asked, stores } = begin(context);
  await train(NETWORK);
  await experiments.fork(0, 150, [{ optimizer: { kind: "sgd", lr: 0.01 } }], 350);
  assert.deepEqual(asked, ["create", "follow e1", "fork e1 0 150 0.01", "pause e1", "follow e2"]);
  const forked = stores.spec.get();
  assert.equal(forked.steps, 350);
  assert.ok(experiments.shows(forked));
  const edited = withLr(forked, 0.5);
  assert.ok(experiments.continues(edited));
  await train(edited);
  assert.deepEqual(asked.slice(5), ["fork e1 0 150 0.5", "delete e2", "follow e3"]);
  assert.ok(!experiments.continues({ ...edited, problem: { ...edited.problem, init_seed: 1 } }));
});

test("a preview becomes an experiment before it is forked", async (context) => {
  const { experiments, asked } = begin(context);
  await experiments.fork(1, 10, [{ optimizer: { kind: "sgd", lr: 0.2 } }], 30);
  assert.deepEqual(asked, ["create", "fork e1 1 10 0.2", "follow e2"]);
});

test("pausing is told to the server, and shown", async (context) => {
  const { experiments, train, asked, stores } = begin(context);
  await train(NETWORK);
  await experiments.tell("pause");
  assert.equal(asked.at(-1), "pause e1");
  assert.equal(stores.experiment.get().status, "paused");
});

test("what ended before the answer to a command came has ended", async (context) => {
  const { experiments, train, page, stores } = begin(context);
  await train(NETWORK);
  const answer = experiments.tell("cancel"); // The answer was written before the end: "paused".
  page.changed({ status: "cancelled" });
  await answer;
  assert.equal(stores.experiment.get().status, "cancelled");
});

test("what the reader asked to compute as an experiment is kept when they go on", async (context) => {
  const { experiments, asked, opened } = begin(context);
  await experiments.run();
  experiments.close();
  assert.deepEqual(asked, ["create", "follow e1"]);
  assert.deepEqual(opened, ["e1", null]);
});

test("another name needs no other training, and neither does a change that was taken back", async (context) => {
  const { train, asked, stores } = begin(context);
  await train(NETWORK);
  await train(withRun(NETWORK, 0, (run) => ({ ...run, label: "bold" })));
  await train(NETWORK);
  await train({ ...NETWORK, runs: [...NETWORK.runs] });
  assert.deepEqual(asked, ["create", "follow e1"]);
  await train(withRun(NETWORK, 0, (run) => ({ ...run, label: "bold" })));
  assert.deepEqual(stores.runs.get(), [{ index: 0, label: "bold", n: 9 }]);
});

test("what was stopped can be trained again as it is", async (context) => {
  const { experiments, train, page, asked } = begin(context);
  await train(NETWORK);
  page.changed({ status: "cancelled" });
  await experiments.again();
  assert.deepEqual(asked, ["create", "follow e1", "create", "follow e2"]);
});

/** A server that was away is back. */
function comeBack() {
  away.update(() => true);
  away.update(() => false);
}

test("a training that could not be asked for begins when the server is back, the newest one only", async (context) => {
  let there = false;
  const asked = [];
  const createExperiment = async (spec) => {
    if (!there) throw new Unreachable("away");
    asked.push(spec.runs[0].optimizer.lr);
    return { id: "e1", status: "queued", spec, parent: null, error: null };
  };
  const { train, failures, page } = begin(context, { createExperiment });
  await train(NETWORK);
  await train(withLr(NETWORK, 0.2));
  assert.deepEqual(failures, []);
  there = true;
  comeBack();
  await settled();
  assert.deepEqual(asked, [0.2]);
  assert.equal(page.stores.experiment.get().id, "e1");
});

test("what somebody has asked for is not begun behind their back", async (context) => {
  const { experiments, failures } = begin(context, {
    createExperiment: async () => {
      throw new Unreachable("away");
    },
  });
  await experiments.run();
  assert.equal(failures.length, 1);
});

const missing = new ApiError({ title: "There is none", status: 404, detail: "There is no experiment e1." });

test("an experiment that its server does not know any more is not shown any more", async (context) => {
  const { train, page, gone, opened, failures } = begin(context);
  await train(NETWORK);
  page.failed(missing);
  assert.deepEqual(gone, [null]);
  assert.equal(opened.at(-1), null);
  assert.deepEqual(failures, []);
});

test("a server that comes back is asked whether it still knows what is shown", async (context) => {
  let known = true;
  const getExperiment = async (id) => {
    if (!known) throw missing;
    return { id, status: "done", spec: NETWORK, parent: null, error: null, outcomes: [] };
  };
  const { train, page, gone } = begin(context, { getExperiment });
  await train(NETWORK);
  comeBack();
  await settled();
  assert.equal(page.stores.experiment.get().status, "done");
  known = false;
  comeBack();
  await settled();
  assert.deepEqual(gone, [null]);
});
