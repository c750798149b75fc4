import assert from "node:assert/strict";
import { test } from "node:test";
import { createSummary } from "../../../../frontend/views/sweep/summary.js";

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

/** The summary of a sweep whose server is this test. */
function summaryOf(answer = () => ({ values: [] })) {
  const heard = { asked: [], shown: [], failed: [] };
  const summary = createSummary(
    "0123456789abc",
    (told) => heard.shown.push(told),
    (error) => heard.failed.push(error),
    async (id, target) => {
      heard.asked.push([id, target]);
      return answer();
    },
  );
  return { heard, summary };
}

test("the summary is asked for at once, and shown", async () => {
  const { heard, summary } = summaryOf();
  summary.update();
  await soon();
  assert.deepEqual(heard.asked, [["0123456789abc", null]]);
  assert.deepEqual(heard.shown, [{ values: [] }]);
  await summary.finish();
});

test("frames that come meanwhile are told with one more summary, not one each, and the end is not waited for", async () => {
  const { heard, summary } = summaryOf();
  for (let i = 0; i < 5; i++) summary.update();
  await soon();
  for (let i = 0; i < 5; i++) summary.update();
  await soon();
  assert.equal(heard.asked.length, 1);
  const began = performance.now();
  await summary.finish();
  assert.equal(heard.asked.length, 2);
  assert.equal(heard.shown.length, 2, "The last one has been shown when finishing resolves.");
  assert.ok(performance.now() - began < 300);
});

test("another target is asked for at once, while a sweep runs and when it is over", async () => {
  const { heard, summary } = summaryOf();
  summary.update();
  await soon();
  summary.aim(0.5);
  await soon();
  assert.deepEqual(
    heard.asked.map(([, target]) => target),
    [null, 0.5],
  );
  await summary.finish();
  summary.aim(null);
  await soon();
  assert.deepEqual(
    heard.asked.map(([, target]) => target),
    [null, 0.5, 0.5, null],
  );
});

test("what fails is told, and asked for again with the next frame", async () => {
  let fails = true;
  const { heard, summary } = summaryOf(() => {
    if (fails) throw new Error("gone");
    return { values: [1] };
  });
  summary.update();
  await soon();
  assert.deepEqual(
    heard.failed.map(({ message }) => message),
    ["gone"],
  );
  fails = false;
  await summary.finish();
  assert.deepEqual(heard.shown, [{ values: [1] }]);
});

test("where nobody looks any more the question is taken back, nothing is told, and it is asked again on return", async () => {
  const asked = [];
  const told = [];
  const summary = createSummary(
    "0123456789abc",
    (summary) => told.push(summary),
    (error) => told.push(error),
    (_id, _target, signal) =>
      new Promise((resolve, reject) => {
        asked.push({ signal, resolve });
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  );
  summary.update();
  await soon();
  summary.rest();
  await soon();
  assert.equal(asked[0].signal.aborted, true);
  assert.deepEqual(told, []);
  summary.wake();
  await soon();
  assert.equal(asked.length, 2);
  asked[1].resolve({ values: [1] });
  await soon();
  assert.deepEqual(told, [{ values: [1] }]);
  summary.rest();
  summary.wake();
  await soon();
  assert.equal(asked.length, 2, "Nothing was missed.");
});
