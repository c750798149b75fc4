/** The students' entrance: the code of the room, typed or in the address (as its QR code has it). */

import { getRoom, post, sentenceOf } from "../server/api.js";
import { hrefOf } from "../state/site/root.js";
import { createEntrance } from "../ui/entrance.js";

const enter = (/** @type {string} */ code) => post("api/room/join", { code });
const isIn = async () => (await getRoom()).role !== "stranger";
const asked = new URLSearchParams(location.search);
const given = asked.get("code");
const entrance = createEntrance({ enter, isIn, sentenceOf, leadsTo: pageOf(asked.get("to")) + location.hash });
void start();

async function start() {
  history.replaceState(null, "", location.pathname);
  const room = await getRoom();
  if (room.room === null) entrance.refuseAll();
  else if (room.ended) entrance.refuse("ended");
  else if (room.role === "student" || room.role === "teacher") entrance.goOn();
  else if (given) await entrance.attempt(given);
  else if (!room.open) entrance.refuse("shut");
}

/** The page of ours that a newcomer had asked for, or the workbench. @param {string | null} path */
function pageOf(path) {
  return hrefOf(path !== null && /^(\/[a-z0-9-]+)+$/.test(path) ? path.slice(1) : "");
}
