/**
 * The page's address: its path names the view, `#` carries spec, view and step, `?experiment=` a stored experiment, `?run=`
 * one of its runs. What the browser's Back leads to: the view, experiment or set-up before, never a slider's last place.
 */

/** @import { Stores, ViewName } from "../types/page.js" */
/** @import { Shared } from "./link.js" */

import { decode, encode, USUAL } from "./link.js";
import { hrefOf, pathIn, publicHref } from "./site/root.js";
import { watchAll } from "./store.js";

const SETTLE = 200; // ms; browsers limit how often an address may change
const LEFT = "slalom.workbench"; // what the workbench was when it was left

/** The views of a set-up, by their paths in Slalom. @type {Readonly<Record<ViewName, string>>} */
export const VIEW_PATHS = { play: "", sweep: "sweep", map: "map", range: "range" };

/**
 * The view that a path names.
 * @param {string} pathname
 */
export function viewAt(pathname) {
  const found = Object.entries(VIEW_PATHS).find(([, path]) => path === pathIn(pathname));
  return /** @type {ViewName} */ (found?.[0] ?? "play");
}

/**
 * What the address asks for.
 *
 * @param {{search: string, hash: string}} location
 * @param {Shared} [usual] What is shown where it says nothing of it.
 * @returns {{shared: Shared, damaged: boolean, experiment: string | null, run: number | null, fork: boolean}}
 */
export function readAddress({ search, hash }, usual = USUAL) {
  const shared = decode(hash);
  const query = new URLSearchParams(search);
  const [id, run] = [query.get("experiment"), query.get("run")];
  return {
    shared: shared ?? usual,
    damaged: hash.length > 1 && !shared,
    experiment: id && /^[a-z0-9]{12,}$/.test(id) ? id : null,
    run: run && /^\d{1,3}$/.test(run) ? Number(run) : null,
    fork: query.get("fork") === "1",
  };
}

/**
 * What the address asks for; where it names no more than the workbench, what that was when this tab left it.
 * @param {Shared} [usual] What is shown where it says nothing of it.
 * @returns {ReturnType<typeof readAddress>}
 */
export function openAddress(usual = USUAL) {
  const { pathname, search, hash } = location;
  const left = search === "" && hash === "" && LESSON === null ? leftBehind() : null;
  if (left === null) return readAddress(location, usual);
  if (pathname === hrefOf(VIEW_PATHS.play)) history.replaceState(history.state, "", hrefOf(left.address));
  return { ...readAddress(location), shared: left.shared, damaged: false };
}

/** @returns {{ address: string, shared: Shared } | null} */
function leftBehind() {
  try {
    return JSON.parse(sessionStorage.getItem(LEFT) ?? "null");
  } catch {
    return null; // Storage can be forbidden; the workbench then begins anew.
  }
}

/** @param {Shared & { view: { hovered: null } }} shared */
function leave(shared) {
  try {
    sessionStorage.setItem(LEFT, JSON.stringify({ address: pathIn(location.pathname) + location.search, shared }));
  } catch {
    // Storage can be forbidden; the workbench then begins anew.
  }
}

/** How many set-ups have been opened in this tab: what the browser's history tells one from another by. */
let opened = Number(globalThis.history?.state?.opened ?? 0);

/**
 * Keep the fragment equal to what is shown, and react when the reader goes elsewhere.
 *
 * While the page plays, and at the end, the link has no step: whoever opens it sees it move, and come to that end. Where it
 * rests before, the link has that step.
 * A set-up that is too long for a link takes the fragment away: an old one would show something else.
 *
 * @param {Stores} stores
 * @param {Pick<Shared, "hide" | "lock">} rules
 * @param {(other: boolean) => void} changed The address was changed, by hand or by "back"; `other`: to that of another
 *   set-up. Without it, only the view is another.
 */
export function startAddress({ spec, view, clock }, { hide, lock }, changed) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let written = location.hash;

  /** @returns {Shared} */
  function shared() {
    const { step, last, playing, live } = clock.get();
    const tab = /** @type {Shared["tab"]} */ (document.documentElement.dataset.tab);
    const rest = playing || live || step >= last ? {} : { step: Math.floor(step + 1e-9) };
    return { spec: spec.get(), view: view.get(), ...rest, tab, hide, lock };
  }

  function write() {
    const now = encode(shared());
    const hash = now === null ? "" : `#${now}`;
    if (hash === written || location.hash !== written) return; // Of what the reader has changed it hears in a moment.
    history.replaceState(history.state, "", `${location.pathname}${location.search}${hash}`);
    written = location.hash;
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(write, SETTLE);
  };
  watchAll({ spec, view, clock }, later, ({ spec, view, clock: { step, playing, live } }) => {
    return { spec, view, rest: playing || live ? null : step };
  });
  /** Name the set-up of an entry of the browser's history. @param {string} hash */
  function stamp(hash) {
    history.replaceState({ ...history.state, opened }, "", `${location.pathname}${location.search}${hash}`);
    written = hash;
  }

  stamp(written);
  addEventListener("popstate", ({ state }) => {
    const { hash } = location;
    if (state === null && document.getElementById(hash.slice(1))) return stamp(written); // A way within the page.
    const other = state?.opened !== opened;
    if (other) opened = state?.opened ?? opened + 1;
    stamp(other ? hash : written);
    changed(other);
  });
  addEventListener(
    "pagehide",
    () => PROJECTOR || LESSON || leave({ ...shared(), view: { ...view.get(), hovered: null } }),
  );

  return {
    later,
    now: write,
    /** What is gone to next has a set-up of its own: "back" from there leads to the one that is shown now. */
    part() {
      write();
      opened += 1;
    },
    /** A link to what is shown; null where it is too long and there is no experiment to name instead. */
    link() {
      const now = encode(shared());
      const stored = new URLSearchParams(location.search).has("experiment");
      if (now === null && !stored) return null;
      return publicHref(`${location.pathname}${location.search}${now === null ? "" : `#${now}`}`);
    },
  };
}

/**
 * The address of this page with another experiment, or with none; a lesson's names none.
 * @param {string | null} id
 */
function addressWith(id) {
  const url = new URL(location.href);
  if (id && LESSON === null) url.searchParams.set("experiment", id);
  else url.searchParams.delete("experiment");
  for (const name of ["run", "fork"]) url.searchParams.delete(name);
  return url;
}

/**
 * Put an experiment's id into the address, or take it out.
 * @param {string | null} id
 */
export function showExperiment(id) {
  history.replaceState(history.state, "", addressWith(id));
}

/** Take an experiment's id out of the address, where it is there. @param {string} id */
export function forgetExperiment(id) {
  if (new URL(location.href).searchParams.get("experiment") === id) showExperiment(null);
}

/**
 * Put an experiment's id into the address as a step of the reader's, to go back from.
 *
 * @param {string | null} id
 * @param {readonly string[]} trail The experiments that this one is a part of, and itself.
 */
export function pushExperiment(id, trail) {
  history.pushState({ opened, trail }, "", addressWith(id));
}

/**
 * Go to another view of the set-up, as a step to go back from.
 *
 * @param {ViewName} name
 * @param {string | null} id The experiment that it shows.
 * @param {readonly string[]} trail The experiments that this one is a part of, and itself.
 */
export function pushView(name, id, trail) {
  history.pushState({ opened, trail }, "", addressOf(name, id));
}

/**
 * Name another view of the set-up in place of the one that is shown.
 *
 * @param {ViewName} name
 * @param {string | null} id The experiment that it shows.
 */
export function replaceView(name, id) {
  history.replaceState(history.state, "", addressOf(name, id));
}

/**
 * @param {ViewName} name
 * @param {string | null} id
 */
function addressOf(name, id) {
  const url = addressWith(id);
  if (LESSON === null && !ROOM_PAGE) url.pathname = hrefOf(VIEW_PATHS[name]);
  return url;
}

/** The experiments that lead to the one in the address, and itself. @param {string} id */
export function trailTo(id) {
  const trail = history.state?.trail;
  return /** @type {string[]} */ (Array.isArray(trail) && trail.includes(id) ? trail : [id]);
}

/** The lesson that stands beside the stage; null on the workbench. */
export const LESSON = lessonAt(globalThis.location?.pathname ?? "");

/** The lesson that a path names. @param {string} pathname */
export function lessonAt(pathname) {
  return /^lessons\/([a-z0-9-]+)$/.exec(pathIn(pathname))?.[1] ?? null;
}

/** Whether this page is the desk or the projector, which stays what it is. */
const ROOM_PAGE = globalThis.document?.documentElement.dataset.roomPage !== undefined;

/** The projector's own page: it shows what is on the stage of the class. */
const HALL = "projector";

/** Whether this page is for a room. */
export const PROJECTOR = isProjector(globalThis.location?.search ?? "", globalThis.location?.pathname);

/**
 * @param {string} search
 * @param {string} [pathname]
 */
export function isProjector(search, pathname = "") {
  return pathIn(pathname) === HALL || new URLSearchParams(search).get("projector") === "1";
}

/**
 * The same page for a room, or for a desk again.
 *
 * @param {string} href
 * @param {boolean} on
 */
export function presentAddress(href, on) {
  const url = new URL(href);
  if (on) url.searchParams.set("projector", "1");
  else url.searchParams.delete("projector");
  if (!on && pathIn(url.pathname) === HALL) url.pathname = hrefOf(VIEW_PATHS.play);
  return url.href;
}
