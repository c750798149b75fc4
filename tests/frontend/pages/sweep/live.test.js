import assert from "node:assert/strict";
import { test } from "node:test";
import { followSweep } from "../../../../frontend/pages/sweep/live.js";
import { blockOf } from "../../made.js";

const RECORD = {
  id: "0123456789abc",
  status: "queued",
  spec: { kind: "comparison", runs: [{}], steps: 10, seeds: 2, vary: [{ field: "seed", values: [0] }] },
};
const told = (outcome) => ({ status: "running", runs: [{ run: 0, outcome }], values: [] });
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A sweep whose server is this test. */
function follow({ spec = RECORD.spec, answer = () => told(null) } = {}) {
  const heard = { asked: [], shown: [], failed: [], stopped: false };
  const sweep = followSweep(
    { ...RECORD, spec },
    {
      show: (record, summary, runs) => heard.shown.push({ record, summary, runs }),
      failed: (e) => heard.failed.push(e),
    },
    {
      follow(id, on, options) {
        Object.assign(heard, { id, on, options });
        return () => {
          heard.stopped = true;
        };
      },
      async ask(_, target) {
        heard.asked.push(target);
        return answer();
      },
      get: async () => ({ ...RECORD, spec, status: "done" }),
    },
  );
  return { heard, sweep };
}

test("the summary is asked for at once, and its outcomes are those of the runs", async () => {
  const { heard, sweep } = follow({ answer: () => told({ kind: "converged" }) });
  await soon();
  assert.deepEqual(heard.asked, [null]);
  assert.equal(heard.shown[0].runs.length, 2);
  assert.equal(heard.shown[0].runs[0].outcome.kind, "converged");
  assert.equal(heard.options.detail, "full");
  sweep.stop();
  assert.ok(heard.stopped);
});

test("frames that come meanwhile are drawn with one more summary, not one each, and the end is not waited for", async () => {
  const { heard } = follow();
  await soon();
  for (let step = 0; step < 5; step++) heard.on.block(blockOf({ loss: [1] }, { step, seq: step + 1 }));
  await soon();
  assert.equal(heard.asked.length, 1);
  await heard.on.done({ status: "done" });
  await soon();
  assert.equal(heard.asked.length, 2);
  assert.equal(heard.shown.at(-1).record.status, "done");
  assert.equal(heard.shown.at(-1).runs[0].n, 5);
});

test("another target is asked for at once", async () => {
  const { heard, sweep } = follow();
  await soon();
  sweep.aim(0.5);
  await soon();
  assert.deepEqual(heard.asked, [null, 0.5]);
  sweep.stop();
});

test("what fails is told, and what comes after the end of following is not", async () => {
  const failing = follow({ answer: () => Promise.reject(new Error("gone")) });
  await soon();
  assert.equal(failing.heard.failed[0].message, "gone");
  failing.sweep.stop();
  const late = follow();
  late.sweep.stop();
  await soon();
  assert.deepEqual(late.heard.shown, []);
});

test("a large sweep is followed with as many entries as a screen shows", () => {
  const { heard, sweep } = follow({ spec: { ...RECORD.spec, steps: 10_001 } });
  assert.equal(heard.options.detail, "screen");
  sweep.stop();
});
