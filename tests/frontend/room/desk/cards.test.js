import assert from "node:assert/strict";
import { test } from "node:test";

import { begun, submissionOf } from "../../../../frontend/room/challenge.js";
import { notesOf, PARTS, partAfter } from "../../../../frontend/room/desk/lesson-card.js";
import { choiceOf, movesOf, ownPoll, pollOf } from "../../../../frontend/room/desk/poll-card.js";
import { joinAddress } from "../../../../frontend/room/door.js";
import { FIRST } from "../../../../frontend/state/spec.js";

const same = (text) => text;
const choice = { kind: "choice", text: "Which?", answers: ["a", "b"], right: 1 };

test("what a lesson asks becomes a question to the class, whose runs wait", () => {
  assert.deepEqual(
    pollOf({ prediction: choice }, FIRST, (text) => text.toUpperCase()),
    {
      kind: "choice",
      question: "WHICH?",
      options: ["A", "B"],
      shape: { holds: true },
    },
  );
  const steps = { kind: "number", text: "How many?", low: 1, high: 1000, truth: "runs.0.reaches" };
  assert.deepEqual(pollOf({ prediction: steps }, FIRST, same).shape, {
    holds: true,
    low: 1,
    high: 1000,
    whole: true,
    mark: "step",
  });
  const rate = { ...steps, truth: "runs.0.final_loss" };
  assert.deepEqual(
    [pollOf({ prediction: rate }, FIRST, same).shape.whole, pollOf({ prediction: rate }, FIRST, same).shape.mark],
    [false, null],
  );
  const sketch = pollOf({ prediction: { kind: "sketch", text: "Draw.", run: 1 } }, FIRST, same).shape;
  assert.deepEqual([sketch.steps, sketch.run, sketch.column, sketch.log], [[0, 10, 20, 30, 40], 1, "loss", true]);
  assert.equal(choiceOf(choice, false, same).shape.holds, false);
});

test("a question of one's own has two answers or more, or a number between two", () => {
  const given = { question: "Why?", options: "", low: "", high: "", holds: true };
  assert.equal(ownPoll(given), null);
  assert.equal(ownPoll({ ...given, options: "one" }), null);
  assert.deepEqual(ownPoll({ ...given, options: "one\n\n two " }).options, ["one", "two"]);
  assert.equal(ownPoll({ ...given, question: " ", options: "one\ntwo" }), null);
  assert.equal(ownPoll({ ...given, low: "1", high: "1" }), null);
  assert.equal(ownPoll({ ...given, low: "0", high: "1" }), null);
  assert.deepEqual(ownPoll({ ...given, low: "0.1", high: "10" }).shape, {
    holds: true,
    low: 0.1,
    high: 10,
    whole: false,
    mark: null,
  });
});

test("a poll is closed, asked again or revealed, and taken away", () => {
  assert.deepEqual(movesOf({ state: "open", round: 1 }), ["close"]);
  assert.deepEqual(movesOf({ state: "closed", round: 1 }), ["second", "reveal"]);
  assert.deepEqual(movesOf({ state: "open", round: 2 }), ["close"]);
  assert.deepEqual(movesOf({ state: "closed", round: 2 }), ["reveal"]);
  assert.deepEqual(movesOf({ state: "revealed", round: 2 }), ["done"]);
});

test("every step of a lesson has notes, and all but the last a next one", () => {
  const lesson = {
    question: "Q",
    prediction: choice,
    notice: { ...choice, text: "Seen?" },
    why: "W",
    takeaway: "T",
    mnemonic: "M",
    summary: { detailed: "D" },
    quiz: [choice],
  };
  for (const part of PARTS) assert.ok(notesOf(lesson, part).join("").length > 0, part);
  assert.deepEqual(notesOf(lesson, "predict"), ["Which?", "– a", "✓ b"]);
  assert.deepEqual(notesOf(lesson, null), ["Q"]);
  assert.deepEqual([null, ...PARTS].map(partAfter), [...PARTS, null]);
});

test("the way in is an address with the code; without a code one types it", () => {
  assert.equal(
    joinAddress({ address: "http://192.168.0.7:8000/join", code: "K7MPQ2" }),
    "http://192.168.0.7:8000/join?code=K7MPQ2",
  );
  assert.equal(joinAddress({ address: "http://192.168.0.7:8000", code: null }), "http://192.168.0.7:8000/join");
  const below = "https://hub.example/user/ann/proxy/8000/join";
  assert.equal(joinAddress({ address: below, code: "K7MPQ2" }), `${below}?code=K7MPQ2`);
});

test("a challenge brings its problem and steps, and takes the rule of the chosen run on that problem only", () => {
  const challenge = { problem: { kind: "rosenbrock" }, steps: 500 };
  const spec = begun(FIRST, challenge);
  assert.deepEqual([spec.problem.kind, spec.steps, spec.runs.length], ["rosenbrock", 500, 2]);
  const run = { label: "mine", start: [1, 1], optimizer: { kind: "adam", lr: 0.1 }, clip_norm: 2 };
  assert.deepEqual(submissionOf({ ...spec, runs: [run] }, 0, challenge), { optimizer: run.optimizer, clip_norm: 2 });
  assert.equal(submissionOf(FIRST, 0, challenge), null);
  assert.equal(submissionOf(spec, 9, challenge), null);
});
