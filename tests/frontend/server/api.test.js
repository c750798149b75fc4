import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import {
  ApiError,
  createExperiment,
  fieldOf,
  getCatalogue,
  getLandscape,
  sentenceOf,
} from "../../../frontend/server/api.js";
import { Unreachable } from "../../../frontend/server/connection.js";

const RECIPE = {
  problem: { kind: "formula", text: "x" },
  runs: [{ optimizer: { kind: "sgd", lr: 1 }, schedule: { kind: "step" } }],
  steps: 3,
};
const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

test("the place of a message loses the tags of the tagged unions", () => {
  assert.equal(fieldOf(["body", "runs", 0, "optimizer", "sgd", "lr"], RECIPE), "runs.0.optimizer.lr");
  assert.equal(fieldOf(["problem", "formula", "text"], RECIPE), "problem.text");
  assert.equal(fieldOf(["runs", 0, "schedule", "step", "step_size"], RECIPE), "runs.0.schedule.step_size");
  assert.equal(fieldOf(["steps"], RECIPE), "steps");
  assert.equal(fieldOf(["runs", 7, "start"], RECIPE), "runs.7.start");
});

test("a refusal carries the server's own words", async () => {
  const problem = {
    title: "Too long",
    status: 422,
    detail: "steps is 1e9.",
    errors: [{ loc: ["steps"], msg: "at most 1e6" }],
  };
  globalThis.fetch = async () => new Response(JSON.stringify(problem), { status: 422 });
  await assert.rejects(createExperiment(RECIPE), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.message, "steps is 1e9.");
    assert.deepEqual(error.problem.errors, problem.errors);
    return true;
  });
});

test("a refusal without a document is put into words", async () => {
  globalThis.fetch = async () => new Response("<html>", { status: 500 });
  await assert.rejects(getCatalogue(), { name: "ApiError", message: "The server answered 500." });
});

test("a proxy whose server is away is a server that is away; one that is too busy says so itself", async () => {
  globalThis.fetch = async () => new Response("<html>", { status: 502, headers: { "Content-Type": "text/html" } });
  await assert.rejects(createExperiment(RECIPE), Unreachable);
  const busy = { title: "Busy", status: 503, detail: "Too many runs at once." };
  globalThis.fetch = async () =>
    new Response(JSON.stringify(busy), { status: 503, headers: { "Content-Type": "application/problem+json" } });
  await assert.rejects(createExperiment(RECIPE), { name: "ApiError", message: "Too many runs at once." });
});

test("what would be done twice is not asked again of a server that does not answer: it is unreachable", async () => {
  let asked = 0;
  globalThis.fetch = async () => {
    asked += 1;
    throw new TypeError("Failed to fetch");
  };
  await assert.rejects(createExperiment(RECIPE), Unreachable);
  assert.equal(asked, 1);
});

test("what is only asked is asked again until the server answers", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let asked = 0;
  globalThis.fetch = async () => {
    asked += 1;
    if (asked < 3) throw new TypeError("Failed to fetch");
    return new Response(JSON.stringify({ problems: [] }));
  };
  const answer = getCatalogue();
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    context.mock.timers.tick(2000);
  }
  assert.deepEqual(await answer, { problems: [] });
  assert.equal(asked, 3);
});

test("a landscape is asked for with problem, domain and shape, and read from its frame", async () => {
  const header = new TextEncoder().encode(
    JSON.stringify({ kind: "parabola", dim: 1, shape: [2], dtype: "<f4" }).padEnd(100),
  );
  const frame = new ArrayBuffer(4 + 100 + 8);
  new DataView(frame).setUint32(0, 100, true);
  new Uint8Array(frame, 4).set(header);
  new Float32Array(frame, 104).set([1.5, 2.5]);
  let sent;
  globalThis.fetch = async (_, options) => {
    sent = JSON.parse(options.body);
    return new Response(frame);
  };

  const landscape = await getLandscape({ kind: "parabola" }, [2, 2], null, new AbortController().signal);

  assert.deepEqual(sent, { problem: { kind: "parabola" }, domain: null, shape: [2, 2] });
  assert.deepEqual([...landscape.z], [1.5, 2.5]);
  assert.equal(landscape.kind, "parabola");
});

test("whatever went wrong is a sentence: the server's, that it is away, or that the page has a fault", () => {
  assert.equal(sentenceOf(new ApiError({ title: "Too long", detail: "steps is 1e9.", status: 422 })), "steps is 1e9.");
  assert.match(sentenceOf(new Unreachable("Failed to fetch")), /cannot be reached/);
  assert.match(sentenceOf(new TypeError("x is undefined")), /Something went wrong on this page .*Reload it/);
  assert.equal(sentenceOf(new Error("The experiment has no runs.")), "The experiment has no runs.");
  assert.equal(sentenceOf("The stream has ended."), "The stream has ended.");
});
