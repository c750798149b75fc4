/** The examples: set-ups as small pictures, in a strip below the first visit's picture and in a dialog at any time. */

/** @import { Preset } from "../state/presets.js" */
/** @import { Stores } from "../types/page.js" */

import { styleOf } from "../plot/palette.js";
import { getPicture } from "../server/api.js";
import { GALLERY, PRESETS } from "../state/presets.js";
import { FIRST } from "../state/spec.js";
import { el, fill, find, svg } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { actionOf } from "../ui/keys.js";
import { watchTheme } from "../ui/theme.js";
import { gallery, presetWords } from "../words/presets.js";

const KEY = "slalom.gallery";
const REST = PRESETS.filter((preset) => !GALLERY.includes(preset));
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
 * Give the page its gallery; return what opens it. The strip is for visits that ask for nothing else, and is there until
 * the first action: a press beside it, a key, another set-up.
 *
 * @param {Stores} stores
 * @param {(preset: Preset) => void} open
 */
export function startGallery(stores, open) {
  const strip = find(document, "#strip", HTMLElement);
  const dialog = find(document, "#gallery", HTMLDialogElement);
  const first = location.hash === "" && location.search === "" && stores.spec.get() === FIRST;
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
    find(document, "#stage", HTMLElement).append(strip); // Below the picture, of which it covers nothing.
    strip.hidden = false;
    whenSeen(strip, () => void draw(strip, stores));
    untilTheFirstAction(stores, strip, () => {
      strip.hidden = true;
      putAway();
    });
  }
  return show;
}

/**
 * @param {Stores} stores
 * @param {HTMLElement} strip
 * @param {() => void} end
 */
function untilTheFirstAction({ spec }, strip, end) {
  const ended = new AbortController();
  const stop = spec.watch((now) => now !== FIRST && act());

  function act() {
    if (ended.signal.aborted) return;
    ended.abort();
    end();
    queueMicrotask(() => stop());
  }

  for (const kind of /** @type {const} */ (["click", "keydown"])) {
    document.addEventListener(kind, (event) => isAction(event, strip) && act(), { signal: ended.signal });
  }
}

/**
 * Is it a press beside the strip, or a key that does something?
 *
 * @param {Event} event
 * @param {HTMLElement} strip
 */
function isAction(event, strip) {
  const { target } = event;
  if (!(target instanceof HTMLElement) || strip.contains(target)) return false;
  return !(event instanceof KeyboardEvent) || actionOf(event, target) !== null;
}

/**
 * Do something once a part of the page is in sight, and there is time.
 *
 * @param {HTMLElement} part
 * @param {() => void} act
 */
function whenSeen(part, act) {
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    whenIdle(act);
  });
  watch.observe(part);
}

/** @param {() => void} act */
function whenIdle(act) {
  if ("requestIdleCallback" in window) requestIdleCallback(act, { timeout: IDLE });
  else setTimeout(act, IDLE / 4);
}

/**
 * @param {HTMLElement} strip
 * @param {(preset: Preset) => void} open
 * @param {() => void} show Show all of them.
 */
function fillStrip(strip, open, show) {
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
  const all = el("button", { type: "button", class: "quiet", onclick: show }, gallery.all(PRESETS.length));
  fill(strip, el("h3", {}, gallery.strip), list, all, hide);
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
    el("h3", {}, gallery.more),
    el("ul", { class: "gallery" }, ...REST.map((preset) => itemOf(preset, choose, true, false))),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

/**
 * @param {Preset} preset
 * @param {(preset: Preset) => void} open
 * @param {boolean} asks Whether the question is written below.
 * @param {boolean} [drawn] Whether it has a picture.
 */
function itemOf(preset, open, asks, drawn = true) {
  const picture = drawn && svg("svg", { viewBox: "0 0 480 300", "aria-hidden": "true", "data-preset": preset.name });
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
 * Draw the pictures, in the colours of the theme; their files are loaded when they are first wanted.
 *
 * @param {HTMLElement} place
 * @param {Stores} stores
 */
async function draw(place, { view }) {
  const pictures = /** @type {NodeListOf<SVGElement>} */ (place.querySelectorAll("svg[data-preset]"));
  await Promise.all([...pictures].map(load));
  colour(place, view.get().theme);
  watchTheme(view, () => colour(place, view.get().theme));
}

/**
 * Put the strokes of its file into a picture.
 * @param {SVGElement} picture
 */
async function load(picture) {
  const file = new DOMParser().parseFromString(await getPicture(picture.dataset.preset ?? ""), "image/svg+xml");
  picture.replaceChildren(...document.importNode(file.documentElement, true).childNodes);
}

/**
 * Trails look as their runs do; what stands still has the colour of its class.
 *
 * @param {HTMLElement} place
 * @param {"light" | "dark"} theme
 */
function colour(place, theme) {
  for (const trail of /** @type {NodeListOf<SVGElement>} */ (place.querySelectorAll("[data-run]"))) {
    const { color, dash } = styleOf(Number(trail.dataset.run), theme);
    trail.setAttribute("stroke", color);
    trail.setAttribute("stroke-dasharray", dash.map((part) => 2 * part).join(" "));
  }
}
