/** Checking a hall before its class begins: connection, clock, bandwidth, copying, and how many phones there may be. */

/** @import { Grade } from "../room/selfcheck.js" */

import { gradeRate, gradeTrip, middleOf, phonesOf, secondsToLoad } from "../room/selfcheck.js";
import { getJson } from "../server/api.js";
import { address } from "../server/preview.js";
import { hrefOf } from "../state/site/root.js";
import { createStore } from "../state/store.js";
import { el, fill, find } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { startTheme } from "../ui/theme.js";
import { selfcheck as words } from "../words/room/desk.js";

const SOCKET = "api/preview";
const FILE = "bundle/workbench/main.js"; // what is loaded to measure the bandwidth
const [TRIPS, FRAMES, FILES, PATIENCE] = [7, 30, 6, 6000]; // questions; frames; files; ms
const list = find(document, "#checks", HTMLElement);
const again = find(document, "#again", HTMLButtonElement);
const TONES = /** @type {const} */ ({ good: "good", poor: "warn", bad: "bad" });

startTheme(createStore({ theme: /** @type {"light" | "dark"} */ ("light") }), () => {});
fill(find(document, "#lead", HTMLElement), words.lead);
again.addEventListener("click", () => void check());
void check();

async function check() {
  again.disabled = true;
  list.setAttribute("aria-busy", "true");
  fill(list, el("li", {}, words.checking));
  const shown = /** @type {HTMLElement[]} */ ([await socket()]);
  const { rows, ms } = await trips();
  const [speed, rate] = await bandwidth(ms);
  shown.push(...rows);
  shown.push(speed, clipboard(), await phones(rate));
  fill(list, ...shown);
  list.removeAttribute("aria-busy");
  again.disabled = false;
}

/**
 * @param {string} name
 * @param {Grade} grade
 * @param {string} said
 */
function row(name, grade, said) {
  const badge = el("span", { class: "badge", "data-tone": TONES[grade] });
  badge.append(icon(grade === "good" ? "check" : grade === "bad" ? "close" : "clock"), words[grade]);
  return el("li", { class: "card", "data-grade": grade }, el("h2", {}, name), badge, el("p", {}, said));
}

/** Whether a WebSocket opens, and how fast. */
async function socket() {
  const begin = performance.now();
  const opened = await new Promise((done) => {
    const made = new WebSocket(address(SOCKET));
    made.onopen = () => {
      done(true);
      made.close();
    };
    made.onerror = () => done(false);
    setTimeout(() => done(false), PATIENCE);
  });
  const ms = performance.now() - begin;
  if (!opened) return row(words.socket.name, "bad", words.socket.bad);
  return row(words.socket.name, gradeTrip(ms / 2), words.socket.good(ms));
}

/** How long an answer takes, and whether the clocks agree. */
async function trips() {
  const times = [];
  let apart = 0;
  for (let i = 0; i < TRIPS; i++) {
    const begin = performance.now();
    const answer = await fetch(hrefOf("healthz"), { cache: "no-store" });
    times.push(performance.now() - begin);
    const said = Date.parse(answer.headers.get("date") ?? "");
    if (Number.isFinite(said)) apart = Math.max(0, Math.abs(Date.now() - said) - 1000) / 1000;
  }
  const ms = middleOf(times);
  const hz = await frames();
  const clock = `${words.clock.good(apart)} ${words.clock.steady(hz)}`;
  const rows = [
    row(words.trip.name, gradeTrip(ms), words.trip.good(ms)),
    row(words.clock.name, hz >= 24 ? "good" : "poor", clock),
  ];
  return { rows, ms };
}

/** Frames a second. */
async function frames() {
  const begin = performance.now();
  for (let i = 0; i < FRAMES; i++) {
    await new Promise((done) => {
      requestAnimationFrame(done);
      setTimeout(done, PATIENCE / FRAMES);
    });
  }
  return (1000 * FRAMES) / (performance.now() - begin);
}

/**
 * Several files at once, less the time of one question.
 *
 * @param {number} trip ms
 * @returns {Promise<[HTMLElement, number]>}
 */
async function bandwidth(trip) {
  const { name, good, bad } = words.speed;
  try {
    const begin = performance.now();
    const files = Array.from({ length: FILES }, () => fetch(hrefOf(FILE), { cache: "no-store" }));
    const sizes = await Promise.all(files.map(async (file) => (await (await file).arrayBuffer()).byteLength));
    const ms = Math.max(1, performance.now() - begin - trip);
    const seen = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"));
    const packed = Math.max(0, ...seen.filter((one) => one.name.endsWith(FILE)).map((one) => one.encodedBodySize));
    const bytes = packed > 0 ? FILES * packed : sizes.reduce((sum, size) => sum + size, 0);
    const rate = (8 * bytes) / 1000 / ms;
    return [row(name, gradeRate(rate), good(rate, secondsToLoad(rate))), rate];
  } catch {
    return [row(name, "bad", bad), 0];
  }
}

function clipboard() {
  const { name, api, fallback, bad } = words.clipboard;
  if (globalThis.isSecureContext && navigator.clipboard) return row(name, "good", api);
  return document.queryCommandSupported?.("copy") ? row(name, "good", fallback) : row(name, "poor", bad);
}

/** @param {number} rate Mbit/s. */
async function phones(rate) {
  const limits = await getJson("api/limits");
  const limit = (/** @type {string} */ name) => Number(limits[name]?.value ?? Number.POSITIVE_INFINITY);
  const { phones: n, by } = phonesOf({ room: limit("room_size"), sockets: limit("sockets"), rate });
  return row(words.phones.name, n >= 30 ? "good" : n > 0 ? "poor" : "bad", words.phones.good(n, words.phones[by]));
}
