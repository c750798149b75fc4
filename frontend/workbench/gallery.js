/** The gallery: twelve set-ups as small pictures, in a strip on the first visit and in a dialog at any time. */

/** @import { Preset } from "../state/presets.js" */
/** @import { Stores } from "../types/page.js" */

import { styleOf } from "../plot/palette.js";
import { GALLERY } from "../state/presets.js";
import { watchAll } from "../state/store.js";
import { el, fill, find, svg } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { gallery, presetWords } from "../words/presets.js";

const KEY = "slalom.gallery";
const IDLE = 1200; // ms after which the pictures come even where the browser is never idle

/** Whether the strip was put away before, as far as this browser remembers. */
export function isPutAway(storage = () => localStorage) {
  try {
    return storage().getItem(KEY) === "away";
  } catch {
    return false; // Storage can be forbidden; the strip then comes again.
  }
}

/** Remember that the strip was put away. */
export function putAway(storage = () => localStorage) {
  try {
    storage().setItem(KEY, "away");
  } catch {
    // Storage can be forbidden; the strip is then away until the page is opened again.
  }
}

/**
 * Give the page its gallery; return what opens it. The strip is for visits that ask for nothing else.
 *
 * @param {Stores} stores
 * @param {(preset: Preset) => void} open
 */
export function startGallery(stores, open) {
  const strip = find(document, "#strip", HTMLElement);
  const dialog = find(document, "#gallery", HTMLDialogElement);
  const first = location.hash === "" && location.search === "";
  let filled = false;

  function show() {
    if (!filled) {
      fillDialog(dialog, choose);
      void draw(dialog, stores);
    }
    filled = true;
    dialog.showModal();
  }

  /** @param {Preset} preset */
  function choose(preset) {
    dialog.close();
    open(preset);
  }

  if (first && !isPutAway()) {
    fillStrip(strip, open, show);
    strip.hidden = false;
    whenIdle(() => void draw(strip, stores));
  }
  return show;
}

/** @param {() => void} act */
function whenIdle(act) {
  if ("requestIdleCallback" in window) requestIdleCallback(act, { timeout: IDLE });
  else setTimeout(act, IDLE / 4);
}

/**
 * @param {HTMLElement} strip
 * @param {(preset: Preset) => void} open
 * @param {() => void} showAll
 */
function fillStrip(strip, open, showAll) {
  const all = el("button", { type: "button", class: "quiet", onclick: showAll }, gallery.all);
  const hide = el(
    "button",
    { type: "button", class: "tool", "aria-label": gallery.hide, title: gallery.hide },
    icon("close"),
  );
  hide.addEventListener("click", () => {
    strip.hidden = true;
    putAway();
  });
  const list = el("ul", { class: "gallery" }, ...GALLERY.map((preset) => itemOf(preset, open, false)));
  fill(strip, el("div", { class: "card-head" }, el("h2", {}, gallery.strip), all, hide), list);
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {(preset: Preset) => void} choose
 */
function fillDialog(dialog, choose) {
  const close = el(
    "button",
    { type: "button", class: "tool", "aria-label": gallery.hide, onclick: () => dialog.close() },
    icon("close"),
  );
  fill(
    dialog,
    el("div", { class: "card-head" }, el("h2", { id: "gallery-title" }, gallery.title), close),
    el("p", { class: "help" }, gallery.help),
    el("ul", { class: "gallery" }, ...GALLERY.map((preset) => itemOf(preset, choose, true))),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

/**
 * @param {Preset} preset
 * @param {(preset: Preset) => void} open
 * @param {boolean} asks Whether the question is written below.
 */
function itemOf(preset, open, asks) {
  const picture = svg("svg", { viewBox: "0 0 480 300", "aria-hidden": "true", "data-preset": preset.name });
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", title: asks ? null : preset.question, onclick: () => open(preset) },
      picture,
      el("strong", {}, asks ? preset.title : (presetWords[preset.name]?.short ?? preset.title)),
      asks && el("span", {}, preset.question),
    ),
  );
}

/**
 * Draw the pictures that are missing, in the colours of the theme; they are loaded when they are first wanted.
 *
 * @param {HTMLElement} place
 * @param {Stores} stores
 */
async function draw(place, { view }) {
  const { PICTURES } = await import("./gallery-pictures.js");
  watchAll({ view }, show, ({ view: { theme } }) => ({ theme }));

  /** @param {Pick<import("../types/page.js").View, "theme">} now */
  function show({ theme }) {
    for (const picture of place.querySelectorAll("svg[data-preset]")) {
      const strokes = PICTURES[/** @type {SVGElement} */ (picture).dataset.preset ?? ""] ?? [];
      picture.replaceChildren(...strokes.map(([ink, d]) => strokeOf(ink, d, theme)));
    }
  }
}

/**
 * @param {string | number} ink What stands still has the name of its class, a number is a run.
 * @param {string} d
 * @param {"light" | "dark"} theme
 */
function strokeOf(ink, d, theme) {
  if (typeof ink === "string") return svg("path", { d, class: ink });
  const { color, dash } = styleOf(ink, theme);
  return svg("path", { d, class: "trail", stroke: color, "stroke-dasharray": dash.map((part) => 2 * part).join(" ") });
}
