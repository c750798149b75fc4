import assert from "node:assert/strict";
import { test } from "node:test";
import { deckOf } from "../../../frontend/cards/deck.js";

const term = { name: "momentum", definition: "What is kept.", mathml: "<math/>", lessons: ["a"] };
const lesson = {
  slug: "a",
  title: "A lesson",
  quiz: [
    { kind: "choice", text: "Which?", answers: ["this", "that"], right: 1, because: ["No.", "Yes: {run.0.rises}."] },
    { kind: "setting", text: "Find one.", fields: ["runs.0.optimizer.lr"], example: { "runs.0.optimizer.lr": 0.3 } },
  ],
};

test("every term and every question is a card, with a name that stays", () => {
  const deck = deckOf([term], [lesson]);
  assert.deepEqual(
    deck.map(({ id }) => id),
    ["term:momentum", "quiz:a:0", "quiz:a:1"],
  );
  assert.deepEqual([deck[0].question, deck[0].answer], ["What is meant by “momentum”?", "What is kept."]);
  assert.deepEqual(
    [deck[1].answers, deck[1].answer, deck[1].because],
    [["this", "that"], "that", "Yes: {run.0.rises}."],
  );
  assert.equal(deck[2].answer, "For instance learning rate 0.3.");
  assert.deepEqual([deck[0].lesson, deck[1].lesson], ["", "a"]);
});
