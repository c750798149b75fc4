/** The teacher's entrance: the secret stands behind the address's #, where no server and no other page sees it. */

import { getRoom, post, sentenceOf } from "../server/api.js";
import { hrefOf } from "../state/site/root.js";
import { createEntrance } from "../ui/entrance.js";

const enter = (/** @type {string} */ secret) => post("api/room/teacher", { secret });
const isIn = async () => (await getRoom()).role === "teacher";
const entrance = createEntrance({ enter, isIn, sentenceOf, leadsTo: hrefOf("desk") });
addEventListener("hashchange", () => void start());
void start();

async function start() {
  const given = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  const room = await getRoom();
  if (room.room === null) entrance.refuseAll();
  else if (room.role === "teacher") entrance.goOn();
  else if (given) await entrance.attempt(decoded(given));
}

/** @param {string} text Of an address; as it is where somebody has typed it. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
