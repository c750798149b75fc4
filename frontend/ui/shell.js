/**
 * What every page has around its own contents: header, theme, notices, the list of keys, sharing.
 *
 * A page called "shelf" is two files, and is served at /shelf:
 *
 * - `shelf.html`: as `library.html`. Its head has the page's title, the comment that the server replaces by what all heads
 *   begin with (`parts/head.html`), the page's own `css/shelf.css`, and `<script src="pages/shelf.js" type="module">`. The
 *   server joins the style sheets to one, and the script with all that it reaches to another. Its body has the class "page",
 *   a skip link, the comment for the header (`parts/header.html`, so that it is painted at once), and one `<main id="main">`
 *   with one `<h1>`. `<html data-tools="share">` says that it has the button to share.
 * - `pages/shelf.js`: calls `startShell`, once, and `status("ready")` as soon as its first picture is complete; until
 *   then the header says "Loading". Tests of all pages (overflow, jumps, axe) wait for that.
 *
 * Then one line in `parts/header.html` puts it into every page's navigation. A view of the workbench's set-up is no page,
 * but a module in `views/` and a line in `workbench/views.js`.
 */

/** @import { Store } from "../types/page.js" */

import { away, onReturn, startReach } from "../server/connection.js";
import { publicHref } from "../state/site/root.js";
import { createStore } from "../state/store.js";
import { words } from "../words/workbench.js";
import { el, find } from "./dom.js";
import { createStatus, startLanguages, startPagesButton, startThemeButton } from "./header.js";
import { createHelp, EVERYWHERE } from "./key-sheet.js";
import { actionOf } from "./keys.js";
import { createNotice, isSaid } from "./notice.js";
import { copy } from "./share.js";

/** @typedef {import("./header.js").Status} Status */

/**
 * @template {{ theme: "light" | "dark" }} T
 * @typedef {object} Parts
 * @property {Store<T>} [view] Any store with a `theme` that is to follow the page's; without it `theme` below is the only one.
 * @property {readonly import("./key-sheet.js").KeyGroup[]} [keys] What the list of keys (button and "?") shows besides those of every page.
 * @property {() => string | null} [link] The address that Share copies; this page's by default. null: it is too long, and a notice says so.
 */

/**
 * Start the header and what goes with it.
 *
 * @template {{ theme: "light" | "dark" }} T
 * @param {Parts<T>} parts
 * @returns {{ status: (status: Status, said?: string) => void, notice: import("./notice.js").Notice, help: () => void, theme: { get: () => "light" | "dark", watch: (watcher: (theme: "light" | "dark") => void) => void } }}
 *   `status` says what the server is doing (a word of `words.status`), `notice` shows a sentence (see notice.js),
 *   `help` opens the list of keys, `theme` is "light" or "dark" and can be watched.
 */
export function startShell({ view, keys = [], link = () => publicHref(location.href) }) {
  /** @type {Store<{ theme: "light" | "dark" }>} */
  const theme = createStore({ theme: "light" });
  const place = el("div", { id: "notice", role: "alert", hidden: true });
  const dialog = el("dialog", { id: "help", "aria-labelledby": "help-title" });
  document.body.append(place, dialog);
  const notice = createNotice(place);
  startReach();
  onReturn(() => {
    if (isSaid(words.notices.unreachable)) notice(null);
  });
  const help = createHelp(dialog, [...keys, EVERYWHERE]);
  startThemeButton(find(document, "#theme", HTMLButtonElement), view ?? theme);
  startPagesButton(find(document, "#pages-button", HTMLElement), find(document, "#pages", HTMLElement));
  startLanguages();
  startSharing(notice, link);
  find(document, "#help-button", HTMLElement).addEventListener("click", help);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (actionOf(event, /** @type {HTMLElement | null} */ (event.target)) !== "help") return;
    event.preventDefault();
    help();
  });
  const seen = view ?? theme;
  return {
    status: createReachedStatus(),
    notice,
    help,
    theme: { get: () => seen.get().theme, watch: (watcher) => void seen.watch((now) => watcher(now.theme)) },
  };
}

/** What the page says it is doing, unless the server is away. */
function createReachedStatus() {
  const show = createStatus(find(document, "#status", HTMLElement));
  /** @type {Status} */
  let said = "loading";
  const status = (/** @type {Status} */ now) => {
    said = now;
    show(away.get() ? "reconnecting" : said);
  };
  away.watch(() => status(said));
  return status;
}

/**
 * @param {import("./notice.js").Notice} notice
 * @param {() => string | null} link
 */
function startSharing(notice, link) {
  find(document, "#share", HTMLElement).addEventListener("click", () => {
    const address = link();
    if (address === null) notice(words.notices.linkTooLong);
    else void copy(address, document.body, (text) => notice(text, false));
  });
}
