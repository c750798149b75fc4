/** The cards in their order: pages of them, searching, deleting and taking that back, choosing several. */

/** @import { ExperimentRecord } from "../types/page.js" */

import * as server from "../server/api.js";
import { isRunning } from "../server/live-experiment.js";
import { pageOf } from "../state/experiment-kinds.js";
import { hrefOf } from "../state/site/root.js";
import { isNetwork } from "../state/spec.js";
import { el, fill } from "../ui/dom.js";
import { library } from "../words/library.js";
import { createCard } from "./card.js";
import { createThumbnails, drawing } from "./thumbnail.js";

/** @typedef {import("./card.js").Card} Card */
/** @typedef {import("../ui/notice.js").Notice} Notice */

const AGAIN = 3000; // ms between two looks at what is still running
const LOOKED_AT = 4; // running experiments that are looked at at a time
const FOLDED = 2; // earlier tries from which they are folded
const WAITING = 6; // empty cards while the first page is read

/** What is drawn where there is nothing to draw yet: three runs, from slow to fast. */
const SAMPLE = [0.97, 0.93, 0.85].map((factor, run) => {
  const step = Array.from({ length: 60 }, (_, i) => i);
  return { run, step, loss: step.map((i) => 0.05 + factor ** i) };
});

/**
 * @param {{ list: HTMLElement, rest: HTMLElement, count: HTMLElement }} place
 * @param {object} page
 * @param {() => "light" | "dark"} page.theme
 * @param {Notice} page.notice
 * @param {(status: "ready" | "loading") => void} page.status
 * @param {() => void} page.chosen Called when other cards are selected.
 */
export function createShelf({ list, rest, count }, { theme, notice, status, chosen }) {
  /** @type {Card[]} */
  let cards = [];
  let search = "";
  let owner = "";
  let others = false;
  let turn = 0;
  /** @type {{ record: ExperimentRecord, at: number } | null} */
  let gone = null;
  /** @type {Set<string>} Cards whose earlier tries are shown. */
  const opened = new Set();
  const thumbnails = createThumbnails();

  /** @param {ExperimentRecord} record */
  function cardOf(record) {
    const card = createCard(record, { address: pageOf(record), theme, rename, remove, share, among, select: chosen });
    thumbnails.watch(card.thumb, record);
    return card;
  }

  /** @param {unknown} error */
  function tell(error) {
    notice(server.sentenceOf(error));
    return null;
  }

  /**
   * @param {ExperimentRecord} record
   * @param {string} name
   */
  const rename = (record, name) => server.renameExperiment(record.id, name).catch(tell);

  /**
   * @param {ExperimentRecord} record
   * @param {boolean} shared
   */
  const share = (record, shared) => server.shareExperiment(record.id, shared).catch(tell);

  const among = () => others;

  /** @param {ExperimentRecord} record */
  async function remove(record) {
    const doomed = cards.find((card) => card.record.id === record.id);
    if (doomed) thumbnails.forget(doomed.thumb);
    try {
      await server.deleteExperiment(record.id);
    } catch (error) {
      return void tell(error);
    }
    const at = cards.findIndex((card) => card.record.id === record.id);
    cards[at]?.element.remove();
    cards.splice(at, 1);
    gone = { record, at };
    (cards[at] ?? cards[at - 1])?.link.focus();
    show();
    chosen();
    const name = record.name || record.id;
    notice(library.removed(name), false, { label: library.undo, act: () => void undo() });
  }

  async function undo() {
    if (!gone) return;
    const { record, at } = gone;
    gone = null;
    try {
      add(await server.tellExperiment(record.id, "restore"), at);
      notice(null);
    } catch (error) {
      tell(error);
    }
  }

  /**
   * @param {ExperimentRecord} record
   * @param {number} [at]
   */
  function add(record, at = 0) {
    const card = cardOf(record);
    if (cards.length === 0) fill(list);
    list.insertBefore(card.element, cards[at]?.element ?? null);
    cards.splice(at, 0, card);
    show();
    card.link.focus();
  }

  /** Networks that came about one after the other as one was tuned are one card, the newest, until it is opened. */
  function fold() {
    /** @type {Card | null} */
    let first = null;
    /** @type {Map<Card, Card[]>} */
    const earlier = new Map();
    for (const card of cards) {
      if (first && isSameTry(first.record, card.record)) earlier.get(first)?.push(card);
      else {
        first = card;
        earlier.set(card, []);
      }
    }
    for (const [card, tries] of earlier) {
      const open = tries.length < FOLDED || opened.has(card.record.id);
      for (const one of tries) one.element.hidden = !open;
      card.element.querySelector(".earlier")?.remove();
      if (open) continue;
      const unfold = () => {
        opened.add(card.record.id);
        fold();
        tries[0]?.link.focus();
      };
      card.element.append(
        el("button", { type: "button", class: "quiet earlier", onclick: unfold }, library.earlier(tries.length)),
      );
    }
  }

  function show() {
    fold();
    count.textContent = search && cards.length === 0 ? library.nothingFound(search) : "";
    if (cards.length > 0) return;
    const none = search ? library.nothingFound(search) : library.noneOf[owner];
    fill(list, none ? message(none, null) : welcome());
  }

  /**
   * Read a page of experiments; the first one of a search takes the place of what was there.
   * @param {string | null} after
   */
  async function load(after = null) {
    turn += 1;
    const mine = turn;
    list.setAttribute("aria-busy", "true");
    if (cards.length === 0 && !search) fill(list, ...Array.from({ length: WAITING }, waiting));
    try {
      const { items, next } = await server.listExperiments({ after, search, owner });
      if (mine !== turn) return;
      const made = items.map(cardOf);
      cards = after ? [...cards, ...made] : made;
      if (after) list.append(...made.map(({ element }) => element));
      else fill(list, ...made.map(({ element }) => element));
      if (after) made[0]?.link.focus();
      const more = () => void load(next);
      fill(rest, next && el("button", { type: "button", onclick: more }, library.more));
      show();
      chosen();
      status("ready");
    } catch (error) {
      if (mine !== turn) return;
      status("ready");
      if (cards.length > 0) return void tell(error);
      const again = el("button", { type: "button", onclick: () => void load(after) }, library.again);
      fill(list, message(library.failed, again));
    } finally {
      if (mine === turn) list.setAttribute("aria-busy", "false");
    }
  }

  /** Look again at what had not ended. */
  async function refresh() {
    const running = cards.filter(({ record }) => isRunning(record)).slice(0, LOOKED_AT);
    if (!document.hidden) {
      for (const card of running) {
        const now = await server.getExperiment(card.record.id).catch(() => null);
        if (!now) continue;
        card.update({ ...now, name: card.record.name });
        if (!isRunning(now)) thumbnails.watch(card.thumb, now);
      }
    }
    setTimeout(() => void refresh(), AGAIN);
  }
  setTimeout(() => void refresh(), AGAIN);

  return {
    add,
    undo: () => void undo(),
    tell,
    /** @param {string} wanted */
    find(wanted) {
      search = wanted.trim();
      return load();
    },
    /** Show only one's own ("me"), only what is shared, or all (""). @param {string} whose */
    only(whose) {
      owner = whose;
      return load();
    },
    /** Say that others use this server, too. */
    amongOthers() {
      others = true;
      for (const card of cards) card.update(card.record);
    },
    /** Draw again what has the theme's colours. */
    redraw() {
      for (const card of cards) card.update(card.record);
    },
    get cards() {
      return cards.filter(({ element }) => !element.hidden);
    },
  };
}

/**
 * Are these two tries at one network: not named by anybody, and alike but for settings?
 *
 * @param {ExperimentRecord} one
 * @param {ExperimentRecord} other
 */
export function isSameTry(one, other) {
  const alike = one.kind === other.kind && one.name === other.name && !one.parent && !other.parent;
  return alike && isNetwork(one.spec.problem) && one.spec.problem.kind === other.spec.problem.kind;
}

function waiting() {
  return el("li", { class: "card entry", "aria-hidden": "true" }, el("div", { class: "thumb" }));
}

/** What stands on an empty shelf: what will be here, and the ways to it. */
function welcome() {
  const ways = [
    el("a", { class: "button primary", href: hrefOf() }, library.toWorkbench),
    el("a", { class: "button", href: hrefOf("sweep") }, library.toSweep),
    el("a", { class: "button", href: hrefOf("map") }, library.toMap),
  ];
  return el(
    "li",
    { class: "message welcome" },
    drawing(SAMPLE),
    el("h2", {}, library.empty),
    el("p", {}, library.emptyMore),
    el("p", { class: "ways" }, ...ways),
  );
}

/**
 * @param {string} text
 * @param {HTMLElement | null} deed
 */
function message(text, deed) {
  return el("li", { class: "message" }, el("p", {}, text), deed);
}
