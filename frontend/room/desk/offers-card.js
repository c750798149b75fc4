/** Runs that students offer: each can be put on the stage, or away. */

/** @import { Offer } from "../../types/room.js" */

import { el, fill } from "../../ui/dom.js";
import { desk } from "../../words/room/desk.js";
import { dropOffer, getOffers, presentOffer } from "../api.js";

const words = desk.offers;

/** @param {{ attempt: (act: () => Promise<unknown>) => void }} page */
export function createOffersCard({ attempt }) {
  const list = el("ul", { class: "offers" });
  const count = el("span", { class: "badge" });
  const element = el(
    "section",
    { class: "card" },
    el("div", { class: "card-head" }, el("h2", {}, words.title), count),
    list,
  );

  /** @param {Offer[]} offers */
  function take(offers) {
    count.textContent = String(offers.length);
    fill(list, ...offers.map(row));
    if (offers.length === 0) fill(list, el("li", { class: "help" }, words.none));
  }

  /** @param {Offer} offer */
  function row({ id, name, nickname }) {
    const present = () => attempt(() => presentOffer(id));
    const drop = () => attempt(() => dropOffer(id).then(refresh));
    return el(
      "li",
      {},
      el("span", { class: "offer-name" }, name, el("span", { class: "help" }, ` ${words.by(nickname)}`)),
      el("button", { type: "button", onclick: present }, words.show),
      el("button", { type: "button", class: "quiet", onclick: drop }, words.drop),
    );
  }

  async function refresh() {
    take((await getOffers()).items);
  }

  take([]);
  attempt(refresh);
  return { element, take };
}
