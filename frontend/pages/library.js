/** The library: past experiments, found, looked at, named, compared, forked, deleted, and brought from elsewhere. */

/** @import { ExperimentRecord } from "../types/page.js" */

import { showDatasets } from "../library/data.js";
import { BadFile, experimentIn, isArchive, isRecording, startImport } from "../library/import.js";
import { whyNot } from "../library/join.js";
import { CARD_KEYS, LIBRARY_GROUPS, SHELF_KEYS } from "../library/keys.js";
import { createShelf } from "../library/shelf.js";
import {
  ApiError,
  compareExperiments,
  createExperiment,
  getRoom,
  importTrace,
  mayPass,
  renameExperiment,
  sentenceOf,
} from "../server/api.js";
import { onReturn } from "../server/connection.js";
import { pageOf } from "../state/experiment-kinds.js";
import { el, fill, find } from "../ui/dom.js";
import { actionOf } from "../ui/keys.js";
import { startShell } from "../ui/shell.js";
import { library } from "../words/library.js";

/** @typedef {import("../library/card.js").Card} Card */

const SETTLE = 250; // ms without a key before a search begins
const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const field = find(document, "#search", HTMLInputElement);
const bar = place("compare");
const { status, notice, theme } = startShell({ keys: LIBRARY_GROUPS });
const shelf = createShelf(
  { list: place("experiments"), rest: place("rest"), count: place("count") },
  { theme: theme.get, notice, status, chosen: showChosen },
);

startSearch();
startImport(
  find(document, "#import", HTMLButtonElement),
  find(document, "#file", HTMLInputElement),
  (file) => void take(file),
  notice,
);
startOwners().catch(shelf.tell);
document.addEventListener("keydown", onKey);
theme.watch(() => shelf.redraw());

function startSearch() {
  field.value = new URLSearchParams(location.search).get("search") ?? "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const url = new URL(location.href);
      if (field.value.trim()) url.searchParams.set("search", field.value.trim());
      else url.searchParams.delete("search");
      history.replaceState(null, "", url);
      void shelf.find(field.value);
    }, SETTLE);
  });
  onReturn(() => void shelf.find(field.value));
  addEventListener("pageshow", ({ persisted }) => void (persisted && shelf.find(field.value)));
  void shelf.find(field.value);
}

/** Where others use the server, too: whose experiments are shown. */
async function startOwners() {
  const { role } = await getRoom();
  if (role === "owner") return;
  const owner = find(document, "#owner", HTMLSelectElement);
  owner.hidden = false;
  owner.addEventListener("change", () => void shelf.only(owner.value));
  shelf.amongOthers();
  await showDatasets(place("data"), shelf.tell);
}

/** How many are selected, and whether they can be opened together. */
function showChosen() {
  const chosen = shelf.cards.filter((card) => card.chosen);
  bar.hidden = chosen.length === 0;
  if (chosen.length === 0) return;
  const reason = whyNot(chosen.map(({ record }) => record));
  const compare = el("button", { type: "button", class: "primary" }, library.compare);
  compare.disabled = reason !== null;
  compare.addEventListener("click", () => void open(chosen, compare));
  const clear = el("button", { type: "button", onclick: () => clearChosen(chosen) }, library.clear);
  const said = el("p", { role: "status" }, el("strong", {}, library.chosen(chosen.length)), reason);
  fill(bar, said, clear, compare);
}

/** @param {readonly Card[]} chosen */
function clearChosen(chosen) {
  for (const card of chosen) card.choose(false);
  showChosen();
  chosen[0]?.link.focus();
}

/**
 * Open the stored runs of several side by side.
 *
 * @param {readonly Card[]} chosen
 * @param {HTMLButtonElement} button
 */
async function open(chosen, button) {
  button.disabled = true;
  try {
    location.href = pageOf(await compareExperiments(chosen.map(({ record }) => record.id)));
  } catch (error) {
    shelf.tell(error);
    button.disabled = false;
  }
}

/**
 * Keep what a file holds: its runs as they are, or what it would have run.
 * @param {File} file
 */
async function take(file) {
  try {
    const record = await recordOf(file);
    shelf.add(record);
    notice(library.imported(record.name), false);
  } catch (error) {
    const again = { label: library.again, act: () => void take(file) };
    if (mayPass(error)) notice(sentenceOf(error), true, again);
    else if (error instanceof ApiError) notice(library.bad.refused(file.name, reasonOf(error)));
    else if (error instanceof BadFile) notice(error.message);
    else shelf.tell(error);
  }
}

/** @param {File} file */
async function recordOf(file) {
  if ((await isArchive(file)) || (await isRecording(file))) return importTrace(file, "application/octet-stream");
  const { spec, name, traced } = experimentIn(await file.text(), file.name);
  if (traced) return importTrace(file, "application/json");
  const made = await createExperiment(spec);
  return name ? renameExperiment(made.id, name) : made;
}

/** @param {ApiError} error */
function reasonOf({ problem }) {
  const [first] = problem.errors ?? [];
  return first && problem.detail.length < 40 ? `${first.loc.slice(1).join(".")}: ${first.msg}.` : problem.detail;
}

/** @type {Record<Exclude<typeof CARD_KEYS[keyof typeof CARD_KEYS], "open">, (card: Card) => void>} */
const ON_CARD = {
  next: (card) => move(card, 1),
  previous: (card) => move(card, -1),
  remove: (card) => card.remove(),
  rename: (card) => card.edit(),
  select: (card) => {
    card.choose(!card.chosen);
    showChosen();
  },
};

/** @type {Record<typeof SHELF_KEYS[keyof typeof SHELF_KEYS], () => void>} */
const ON_SHELF = {
  search: () => field.focus(),
  first: () => shelf.cards[0]?.link.focus(),
  undo: () => shelf.undo(),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const free = actionOf({ ...plain(event), key: "?" }, target) === "help" && !document.querySelector("dialog[open]");
  if (!free || event.defaultPrevented) return;
  const card = shelf.cards.find(({ element }) => element.contains(target));
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const onCard = card && CARD_KEYS[/** @type {keyof typeof CARD_KEYS} */ (key)];
  const onShelf = SHELF_KEYS[/** @type {keyof typeof SHELF_KEYS} */ (key)];
  if (onCard === "open") return;
  if (onCard) ON_CARD[onCard](card);
  else if (onShelf) ON_SHELF[onShelf]();
  else return;
  event.preventDefault();
}

/** @param {KeyboardEvent} event */
function plain({ ctrlKey, altKey, metaKey }) {
  return { ctrlKey, altKey, metaKey, shiftKey: false };
}

/**
 * @param {Card} card
 * @param {number} by
 */
function move(card, by) {
  const next = shelf.cards[shelf.cards.indexOf(card) + by];
  if (next) next.link.focus();
  else if (by < 0) field.focus();
}
