/** What a page says to who is in a room: following, votes, offers, challenges. */

import { count, number } from "../plot.js";

/** @param {number} n */
function steps(n) {
  return n === 1 ? "1 step" : `${count(n)} steps`;
}

export const room = {
  bar: "Class",
  following: "With the class",
  exploring: "On your own",
  explore: "Explore on my own",
  back: (/** @type {number | null} */ behind) =>
    behind === null
      ? "Back to class (it has moved on)"
      : behind > 0
        ? `Back to class (${steps(behind)} behind)`
        : "Back to class",
  lost: "Connecting to the class",
  ended: "The class has ended. What you made stays here.",
  waiting: "Waiting for the teacher",
  presented: (/** @type {string | null} */ name) => `Shown: a run of ${name ?? "a student"}`,
  offer: "Offer my run",
  offerHelp: "The teacher sees it, and may put it on the stage.",
  offered: "Your run is offered. The teacher decides whether it is shown.",
  tooLong: "This set-up is too long to be offered. Remove runs.",
  teacher: "You teach this class",
  show: "Show this to the class",
  shown: "It is on the stage.",
  desk: "Desk",
  board: "Board",
  fold: "Fold",
  unfold: "Unfold",
  poll: {
    name: "Question to the class",
    rounds: ["First answer", "Second answer"],
    send: "Send",
    change: "Change my answer",
    sending: "Sending …",
    sent: "Your answer is counted. You can change it until the round is closed.",
    again: "Has talking changed your mind? Answer again; the same answer counts, too.",
    talk: "Closed. Talk with your neighbours; the question comes again or is answered now.",
    late: "This round is closed. Your answer of before counts.",
    waits: "The runs wait for the class.",
    votes: (/** @type {number} */ n) => (n === 1 ? "1 answer" : `${count(n)} answers`),
    said: "What the class said",
    /** How many have answered, and in which of two rounds. */
    counted: (/** @type {number} */ n, /** @type {number | null} */ round) =>
      [n === 1 ? "1 answer" : `${count(n)} answers`, round && (round === 1 ? "before talking" : "after")]
        .filter(Boolean)
        .join(" "),
    median: (/** @type {number} */ value) => `median ${number(value)}`,
    yours: (/** @type {number} */ value) => `yours ${number(value)}`,
    band: "The band in the picture holds the middle half of the class, the dotted line its median.",
    number: "Your number",
  },
  challenge: {
    name: "Challenge",
    goal: (/** @type {number} */ loss, /** @type {number} */ most) =>
      `Fewest steps to a loss of ${number(loss)}, within ${steps(most)}.`,
    begin: "Start with this problem",
    submit: "Submit my run",
    submitting: "The server runs it …",
    nickname: "Nickname (if you want one)",
    reached: (/** @type {number} */ n, /** @type {number | null} */ rank) =>
      `${steps(n)}${rank === null ? "" : `: place ${rank}`}.`,
    missed: (/** @type {number} */ loss) => `It does not get there: its best loss is ${number(loss)}.`,
    other: "This run is on another problem. Start with that of the challenge.",
    best: (/** @type {number} */ n) => `Your best: ${steps(n)}.`,
    someone: "someone",
    row: (/** @type {number} */ n, /** @type {string} */ rule, /** @type {string | null} */ name) =>
      `${steps(n)}: ${rule}, by ${name ?? "someone"}`,
    place: "Place",
    steps: "Steps",
    rule: "Optimizer",
    who: "Who",
    nobody: "Nobody has got there yet.",
    none: "There is no challenge at present.",
    mine: "you",
    toBench: "To the workbench",
  },
};
