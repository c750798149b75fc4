/** The dialog that saves what is seen: pictures, the animation, a replay in one file, and the numbers. */

/** @import { Stores } from "../types/page.js" */

import { sentenceOf } from "../server/api.js";
import { el, fill, newId } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { saving } from "../words/export.js";
import { words } from "../words/workbench.js";
import { KINDS } from "./kinds.js";
import { shownBy, titleOf } from "./picture.js";
import { fileName, save, saveFrom } from "./save.js";

/** @typedef {keyof typeof saving.kinds} Kind */

/** @type {readonly (readonly [keyof typeof saving.groups, readonly Kind[]])[]} */
const GROUPS = [
  ["picture", ["png", "svg"]],
  ["film", ["gif", "webm"]],
  ["replay", ["html"]],
  ["data", ["csv", "npz", "json"]],
  ["program", ["py", "safetensors"]],
  ["lesson", ["toml"]],
];
const SPEEDS = [1, 2, 4, 8];
const SIZES = saving.sizes.map(([name, text]) => {
  const [width = 0, height = 0] = text.split(" × ").map(Number);
  return { name, text, width, height };
});

/** @type {WeakMap<Stores, ExportDialog>} */
const dialogs = new WeakMap();

/**
 * Open the dialog over the page; there is one for all times it is opened.
 * @param {Stores} stores
 */
export function openExport(stores) {
  const dialog = dialogs.get(stores) ?? new ExportDialog(stores);
  dialogs.set(stores, dialog);
  dialog.open();
}

class ExportDialog {
  #stores;
  #dialog;
  #title = el("input", { type: "text", maxlength: 120, name: "title", "aria-describedby": newId() });
  #size = el("select", { name: "size" }, ...SIZES.map(({ name, text }) => el("option", { value: name }, text)));
  #speed = el(
    "select",
    { name: "speed" },
    ...SPEEDS.map((speed) => el("option", { value: speed }, words.times(speed))),
  );
  #said = el("p", { role: "status", class: "export-said" });
  #progress = el("progress", { max: 1, value: 0, "aria-label": saving.title, hidden: true });
  #cancel = el("button", { type: "button", hidden: true, onclick: () => this.#abort?.abort() }, saving.cancel);
  /** @type {Map<Kind, { button: HTMLButtonElement, about: HTMLElement }>} */
  #rows = new Map();
  /** @type {AbortController | null} While something is being made. */
  #abort = null;
  #proposed = "";

  /** @param {Stores} stores */
  constructor(stores) {
    this.#stores = stores;
    this.#size.value = "medium";
    const heading = el("h2", { id: newId() }, saving.title);
    const close = el(
      "button",
      { type: "button", class: "tool", "aria-label": words.close, onclick: () => this.#dialog.close() },
      icon("close"),
    );
    this.#dialog = el(
      "dialog",
      { class: "export", "aria-labelledby": heading.id },
      el("div", { class: "card-head" }, heading, close),
      el("label", { class: "export-title" }, saving.name, this.#title),
      el("p", { class: "help", id: this.#title.getAttribute("aria-describedby") }, saving.nameHelp),
      ...GROUPS.map(([group, kinds]) => this.#group(group, kinds)),
      el("div", { class: "export-foot" }, this.#said, this.#progress, this.#cancel),
    );
    this.#dialog.addEventListener("close", () => this.#abort?.abort());
    document.body.append(this.#dialog);
  }

  open() {
    const proposed = titleOf(shownBy(this.#stores));
    // A title that was typed stays while the problem does.
    if (proposed !== this.#proposed) this.#title.value = this.#proposed = proposed;
    this.#say("");
    this.#allow();
    this.#dialog.showModal();
  }

  /**
   * @param {keyof typeof saving.groups} group
   * @param {readonly Kind[]} kinds
   */
  #group(group, kinds) {
    const title = el("h3", { id: newId() }, saving.groups[group]);
    const film = group === "film" && [
      el("label", {}, saving.size, this.#size),
      el("label", {}, saving.speed, this.#speed),
    ];
    return el(
      "section",
      { "aria-labelledby": title.id },
      title,
      film && el("div", { class: "export-film" }, ...film),
      el("ul", {}, ...kinds.map((kind) => this.#row(kind))),
    );
  }

  /** @param {Kind} kind */
  #row(kind) {
    const [name] = saving.kinds[kind];
    const about = el("span", { class: "help", id: newId() });
    const button = el(
      "button",
      { type: "button", "aria-describedby": about.id, onclick: () => void this.#make(kind) },
      name,
    );
    this.#rows.set(kind, { button, about });
    return el("li", {}, button, about);
  }

  /** Buttons are out of reach while something is being made, or where there is nothing to make it of. */
  #allow() {
    const nothing = this.#stores.runs.get().every(({ n }) => n === 0);
    for (const [kind, { button, about }] of this.#rows) {
      const why = KINDS[kind].missing?.(this.#stores) ?? "";
      button.disabled = this.#abort !== null || nothing || Boolean(why);
      fill(about, why || saving.kinds[kind][1]);
    }
    if (nothing) this.#say(saving.nothing);
    this.#cancel.hidden = this.#progress.hidden = this.#abort === null;
  }

  /** @param {string} text */
  #say(text) {
    fill(this.#said, text);
  }

  /** @param {Kind} kind */
  async #make(kind) {
    const abort = new AbortController();
    this.#abort = abort;
    this.#allow();
    this.#cancel.focus();
    const title = this.#title.value.trim();
    const name = fileName(title, kind);
    const goOn = this.#rest();
    try {
      this.#tell(kind, 0);
      const made = await KINDS[kind].make({
        stores: this.#stores,
        shown: shownBy(this.#stores),
        title,
        ...(SIZES.find(({ name }) => name === this.#size.value) ?? { width: 960, height: 600 }),
        speed: Number(this.#speed.value),
        signal: abort.signal,
        progress: (share) => this.#tell(kind, share),
      });
      abort.signal.throwIfAborted();
      if (made instanceof Blob) save(made, name);
      else saveFrom(made, name);
      this.#say(made instanceof Blob ? saving.saved(name, made.size) : saving.fetching(name));
    } catch (error) {
      this.#say(abort.signal.aborted ? saving.cancelled : saving.failed(sentenceOf(error)));
    }
    goOn();
    this.#abort = null;
    this.#allow();
    this.#rows.get(kind)?.button.focus();
  }

  /** What plays behind the dialog rests while something is made: it would take the same processors. */
  #rest() {
    const { clock } = this.#stores;
    const played = clock.get().playing && !clock.get().live;
    clock.update((now) => (played ? { ...now, playing: false } : now));
    const rested = clock.get();
    return () => clock.update((now) => (now === rested && played ? { ...now, playing: true } : now));
  }

  #told = -1;
  /**
   * A screen reader hears every fifth, the eye sees every fiftieth.
   *
   * @param {Kind} kind
   * @param {number} share
   */
  #tell(kind, share) {
    const seen = Math.floor(50 * share) / 50;
    if (seen !== this.#progress.value) this.#progress.value = seen;
    const fifth = Math.floor(5 * share) / 5;
    if (fifth !== this.#told) this.#say(saving.working(saving.kinds[kind][0] ?? kind, fifth));
    this.#told = share < 1 ? fifth : -1;
  }
}
