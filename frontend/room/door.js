/** The way into a room, large: address, code and QR. */

/** @import { RoomState } from "../types/room.js" */

import { hrefOf, publicHref } from "../state/site/root.js";
import { el } from "../ui/dom.js";
import { desk as words } from "../words/room/desk.js";

/** The address of the room with its code in it: what a phone reads off a wall. @param {RoomState} room */
export function joinAddress({ address, code }) {
  const url = new URL("join", address ?? publicHref(hrefOf()));
  if (code) url.searchParams.set("code", code);
  return url.href;
}

/** @param {RoomState} room */
export function createDoor(room) {
  const { code, open } = room;
  const text = joinAddress(room);
  const typed = joinAddress({ ...room, code: null }).replace(/^https?:\/\//, "");
  const qr = el("img", {
    class: "door-qr",
    src: hrefOf(`api/qr?text=${encodeURIComponent(text)}`),
    alt: words.qr(text),
  });
  return el(
    "div",
    { class: "door" },
    qr,
    el(
      "div",
      { class: "door-text" },
      el("p", { class: "door-label" }, words.goTo),
      el("p", { class: "door-address" }, typed),
      code ? el("p", { class: "door-label" }, words.enter) : null,
      code ? el("p", { class: "door-code" }, code) : null,
      open ? null : el("p", { class: "door-label" }, words.shut),
    ),
  );
}
