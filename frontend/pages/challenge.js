/** The board of the challenge that the class has: who gets there in the fewest steps. It is looked at again while it is seen. */

/** @import { Challenge, ChallengeRow } from "../types/room.js" */

import { getChallenge, getChallenges } from "../room/api.js";
import { sentenceOf } from "../server/api.js";
import { createStore } from "../state/store.js";
import { el, fill, find } from "../ui/dom.js";
import { startTheme } from "../ui/theme.js";
import { room } from "../words/room/room.js";

const AGAIN = 3000; // ms between two looks
const words = room.challenge;
const table = find(document, "#board", HTMLTableElement);
const goal = find(document, "#goal", HTMLElement);

startTheme(createStore({ theme: /** @type {"light" | "dark"} */ ("light") }), () => {});
void follow();

async function follow() {
  for (;;) {
    if (document.visibilityState === "visible") await look().catch((error) => fill(goal, sentenceOf(error)));
    table.removeAttribute("aria-busy");
    await new Promise((done) => setTimeout(done, AGAIN));
  }
}

/** The newest challenge, or the one that the address names. */
async function look() {
  const named = new URLSearchParams(location.search).get("id");
  const id = named ?? (await getChallenges()).items[0]?.id;
  if (id === undefined) return fill(goal, words.none);
  show(await getChallenge(id));
}

/** @param {Challenge} challenge */
function show({ title, goal: { loss }, steps, rows }) {
  fill(find(document, "#title", HTMLElement), title);
  fill(goal, words.goal(loss, steps));
  const seen = rows.filter(({ hidden }) => !hidden);
  const head = (/** @type {string} */ text, /** @type {string} */ look) =>
    el("th", { scope: "col", class: look }, text);
  fill(
    table,
    el(
      "thead",
      {},
      el("tr", {}, head(words.place, "place"), head(words.steps, "steps"), head(words.rule, ""), head(words.who, "")),
    ),
    el("tbody", {}, ...seen.map(rowOf)),
  );
  if (seen.length === 0) fill(table, el("tbody", {}, el("tr", {}, el("td", {}, words.nobody))));
}

/** @param {ChallengeRow} row */
function rowOf({ rank, steps, optimizer, nickname, mine = false }) {
  return el(
    "tr",
    { "data-mine": mine },
    el("td", { class: "place" }, String(rank)),
    el("td", { class: "steps" }, String(steps)),
    el("td", {}, optimizer),
    el("td", {}, [nickname ?? words.someone, mine && `(${words.mine})`].filter(Boolean).join(" ")),
  );
}
