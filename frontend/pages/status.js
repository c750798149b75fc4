/** What a server does at the moment, for who runs it: what waits, computes and is stored, and what went wrong. */

/** @import { LoggedEvent, OwnerStatus, ServerStatus, WorkerStatus } from "../types/wire.js" */

import { sentenceOf } from "../server/api.js";
import { soon } from "../server/connection.js";
import { getStatus } from "../server/status.js";
import { hrefOf } from "../state/site/root.js";
import { el, fill, find } from "../ui/dom.js";
import { createLiveTable } from "../ui/live-table.js";
import { startShell } from "../ui/shell.js";
import { dateLocale, size } from "../words/numerals.js";
import { count, number } from "../words/plot.js";
import { statusWords as words } from "../words/server/status.js";
import { duration } from "../words/training.js";

const EVERY = 2000; // ms between two looks
const FULL = 0.9; // of what may be taken, from which on a bar warns

/** @typedef {{ title: string, figure: string, unit: string, share?: number, trouble?: string, rows: [string, string][] }} Figure */

const place = (/** @type {string} */ id) => find(document, `#${id}`, HTMLElement);
const { status, notice } = startShell({});
const moment = new Intl.DateTimeFormat(dateLocale, {
  dateStyle: "short",
  timeStyle: "medium",
});
const workers = createLiveTable({
  columns: Object.values(words.workers.columns),
  key: (/** @type {WorkerStatus} */ { experiment, pid }) => experiment ?? String(pid),
  cells: cellsOfWorker,
});
const servers = createLiveTable({
  columns: Object.values(words.servers.columns),
  key: (/** @type {OwnerStatus} */ { owner }) => owner,
  cells: cellsOfServer,
});
let told = "";
let failing = false;

startSections();
void look();

function startSections() {
  const { workers: jobs, servers: others } = words;
  fill(place("workers"), el("h2", {}, jobs.title), empty(jobs.none), scrolling(jobs.title, workers.table));
  const help = el("p", { class: "help" }, others.help);
  fill(place("servers"), el("h2", {}, others.title), help, empty(others.none), scrolling(others.title, servers.table));
}

/** @param {string} text */
function empty(text) {
  return el("p", { class: "none" }, text);
}

/**
 * @param {string} title
 * @param {HTMLTableElement} table
 */
function scrolling(title, table) {
  return el("div", { class: "status-table", role: "group", tabindex: "0", "aria-label": title }, table);
}

/** Ask, show, and ask again after a while; a page that nobody sees asks when it is seen again. */
async function look() {
  try {
    show(await getStatus());
    status("ready");
    if (failing) notice(null);
    failing = false;
  } catch (error) {
    notice(sentenceOf(error));
    failing = true;
  }
  soon(EVERY, () => {
    if (!document.hidden) void look();
    else document.addEventListener("visibilitychange", () => void look(), { once: true });
  });
}

/** @param {ServerStatus} now */
function show(now) {
  place("about").textContent = now.server;
  fill(place("figures"), ...[queueOf(now), storeOf(now), viewersOf(now), loopOf(now)].map(cardOf));
  showErrors(now.errors);
  workers.show(now.workers);
  servers.show(now.servers);
  for (const id of ["errors", "workers", "servers"]) place(id).hidden = false;
  place("main").removeAttribute("aria-busy");
}

/** @param {ServerStatus} now @returns {Figure} */
function queueOf({ queue }) {
  const all = queue.queued + queue.running + queue.paused;
  const { oldest, running, paused, full, simulations } = words.queue;
  return {
    title: words.queue.title,
    figure: count(queue.queued),
    unit: words.queue.unit(queue.queued),
    share: all / queue.most,
    rows: [
      [oldest, queue.oldest_wait === null ? words.none : duration(queue.oldest_wait)],
      [running, count(queue.running)],
      [paused, count(queue.paused)],
      [full, words.of(count(all), count(queue.most))],
      [simulations, count(queue.simulations_waiting)],
    ],
  };
}

/** @param {ServerStatus} now @returns {Figure} */
function storeOf({ store }) {
  const { store_bytes: most, store_bytes_per_client: each, free_bytes: floor } = store.bounds;
  const bytes = (/** @type {number | null | undefined} */ value) => (value == null ? words.none : size(value));
  return {
    title: words.store.title,
    figure: size(store.taken_bytes),
    unit: words.store.unit,
    share: most ? store.taken_bytes / most : undefined,
    trouble: store.unread_seconds > 1 ? words.store.unread(duration(store.unread_seconds)) : undefined,
    rows: [
      [words.store.experiments, count(store.experiments)],
      [words.store.file, size(store.file_bytes)],
      [words.store.free, bytes(store.free_bytes)],
      [words.store.floor, bytes(floor)],
      [words.store.each, bytes(each)],
    ],
  };
}

/** @param {ServerStatus} now @returns {Figure} */
function viewersOf({ viewers }) {
  const { behind, frames, sockets } = words.viewers;
  const seconds = number(Math.round(100 * viewers.behind_seconds) / 100);
  return {
    title: words.viewers.title,
    figure: count(viewers.count),
    unit: words.viewers.unit(viewers.count),
    share: viewers.sockets / viewers.most_sockets,
    rows: [
      [behind, frames(viewers.behind_frames, seconds)],
      [sockets, words.of(count(viewers.sockets), count(viewers.most_sockets))],
    ],
  };
}

/** @param {ServerStatus} now @returns {Figure} */
function loopOf({ event_loop_lag: lag, version, mode, uptime, python }) {
  return {
    title: words.loop.title,
    figure: `${number(1000 * lag, 2)} ms`,
    unit: words.loop.unit,
    rows: [
      [words.loop.version, version],
      [words.loop.mode, words.modes[mode] ?? mode],
      [words.loop.uptime, duration(uptime)],
      [words.loop.python, python],
    ],
  };
}

/** @param {Figure} figure */
function cardOf({ title, figure, unit, share, trouble, rows }) {
  const lines = rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return el(
    "section",
    { class: "card figure", "aria-label": title },
    el("h2", {}, title),
    el("p", { class: "large" }, el("strong", {}, figure), unit),
    share === undefined ? el("div", { class: "no-bar" }) : barOf(share),
    trouble && el("p", { class: "error" }, trouble),
    el("dl", {}, ...lines),
  );
}

/** @param {number} share */
function barOf(share) {
  const bar = el("div", { class: "share", "aria-hidden": "true", "data-full": share > FULL }, el("span"));
  bar.style.setProperty("--share", `${100 * Math.min(1, share)}%`);
  return bar;
}

/** Only where there is another one: what somebody reads or selects stays. @param {readonly LoggedEvent[]} errors */
function showErrors(errors) {
  const now = JSON.stringify(errors);
  if (now === told) return;
  told = now;
  const { title, help, none } = words.errors;
  const list = errors.length > 0 ? el("ol", { class: "log" }, ...errors.map(entryOf)) : el("p", {}, none);
  fill(place("errors"), el("h2", {}, title), errors.length > 0 && el("p", { class: "help" }, help), list);
}

/** @param {LoggedEvent} entry */
function entryOf(entry) {
  const { time, level, event, message, left_out: more } = /** @type {LoggedEvent & { left_out?: number }} */ (entry);
  const tone = level === "warning" ? "warn" : "bad";
  return el(
    "li",
    {},
    el("time", { datetime: time }, moment.format(new Date(time))),
    el("span", { class: "badge", "data-tone": tone }, words.errors.levels[level] ?? level),
    el("code", {}, event),
    el("p", {}, message, more ? ` (${words.errors.leftOut(more)})` : null),
  );
}

/** @param {WorkerStatus} worker */
function cellsOfWorker({ task, experiment, name, pid, cpu_seconds: cpu, memory_bytes: memory }) {
  const shown = name ?? experiment ?? "";
  const href = hrefOf(`?experiment=${encodeURIComponent(experiment ?? "")}`);
  return [
    task === "simulations" ? words.workers.simulations : el("a", { href }, shown),
    pid === null ? words.workers.starting : String(pid),
    cpu === null ? words.none : duration(cpu),
    memory === null ? words.none : size(memory),
  ];
}

/** @param {OwnerStatus} server */
function cellsOfServer({ owner, this: here, experiments, heartbeat_age: age }) {
  const badge = here && el("span", { class: "badge" }, words.servers.here);
  return [el("span", {}, owner, badge && " ", badge), count(experiments), words.servers.ago(duration(age))];
}
