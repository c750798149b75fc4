/** The page's address: `#` carries spec, view and step, `?experiment=` a stored experiment, `?run=` one of its runs. */

/** @import { Stores } from "../types/page.js" */
/** @import { Shared } from "./link.js" */

import { decode, encode, USUAL } from "./link.js";
import { watchAll } from "./store.js";

const SETTLE = 200; // ms; browsers limit how often an address may change

/**
 * What the address asks for.
 *
 * @param {{search: string, hash: string}} location
 * @returns {{shared: Shared, damaged: boolean, experiment: string | null, run: number | null, fork: boolean}}
 */
export function readAddress({ search, hash }) {
  const shared = decode(hash);
  const query = new URLSearchParams(search);
  const [id, run] = [query.get("experiment"), query.get("run")];
  return {
    shared: shared ?? USUAL,
    damaged: hash.length > 1 && !shared,
    experiment: id && /^[a-z0-9]{12,}$/.test(id) ? id : null,
    run: run && /^\d{1,3}$/.test(run) ? Number(run) : null,
    fork: query.get("fork") === "1",
  };
}

/**
 * Keep the fragment equal to what is shown, and react when the reader changes it.
 *
 * While the page plays, and at the end, the link has no step: whoever opens it sees it move, and come to that end. Where it
 * rests before, the link has that step.
 * A set-up that is too long for a link takes the fragment away: an old one would show something else.
 *
 * @param {Stores} stores
 * @param {Pick<Shared, "hide" | "lock">} rules
 * @param {() => void} changed The fragment was changed by hand or by "back".
 */
export function startAddress({ spec, view, clock }, { hide, lock }, changed) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let written = location.hash;

  function fragment() {
    const { step, last, playing, live } = clock.get();
    const tab = /** @type {Shared["tab"]} */ (document.documentElement.dataset.tab);
    const rest = playing || live || step >= last ? {} : { step: Math.floor(step + 1e-9) };
    return encode({ spec: spec.get(), view: view.get(), ...rest, tab, hide, lock });
  }

  function write() {
    const now = fragment();
    const hash = now === null ? "" : `#${now}`;
    if (hash === written || location.hash !== written) return; // Of what the reader has changed it hears in a moment.
    history.replaceState(null, "", `${location.pathname}${location.search}${hash}`);
    written = location.hash;
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(write, SETTLE);
  };
  watchAll({ spec, view, clock }, later, ({ spec, view, clock: { step, playing, live } }) => {
    return { spec, view, rest: playing || live ? null : step };
  });
  addEventListener("hashchange", () => {
    if (location.hash === written) return;
    written = location.hash;
    changed();
  });

  return {
    later,
    /** A link to what is shown; null where it is too long and there is no experiment to name instead. */
    link() {
      const now = fragment();
      const stored = new URLSearchParams(location.search).has("experiment");
      if (now === null && !stored) return null;
      return `${location.origin}${location.pathname}${location.search}${now === null ? "" : `#${now}`}`;
    },
  };
}

/**
 * Put an experiment's id into the address, or take it out.
 * @param {string | null} id
 */
export function showExperiment(id) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("experiment", id);
  else url.searchParams.delete("experiment");
  for (const name of ["run", "fork"]) url.searchParams.delete(name);
  history.replaceState(null, "", url);
}

/**
 * Put an experiment's id into the address as a step of the reader's, to go back from.
 *
 * @param {string} id
 * @param {readonly string[]} trail The experiments that this one is a part of, and itself.
 */
export function pushExperiment(id, trail) {
  const url = new URL(location.href);
  url.searchParams.set("experiment", id);
  history.pushState({ trail }, "", url);
}

/** The experiments that lead to the one in the address, and itself. @param {string} id */
export function trailTo(id) {
  const trail = history.state?.trail;
  return /** @type {string[]} */ (Array.isArray(trail) ? trail : [id]);
}

/** Whether this page is for a room. */
export const PROJECTOR = isProjector(globalThis.location?.search ?? "");

/** @param {string} search */
export function isProjector(search) {
  return new URLSearchParams(search).get("projector") === "1";
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
  return url.href;
}
