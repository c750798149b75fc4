/** The kinds of file that can be saved, and who makes each. */

/** @import { Stores } from "../types/page.js" */
/** @import { Look, Task } from "./video/film.js" */
/** @import { Shown } from "./picture.js" */

import { writeProgram } from "../server/api.js";
import { writeDraft } from "../server/lessons.js";
import { hrefOf } from "../state/site/root.js";
import { isNetwork } from "../state/spec.js";
import { saving } from "../words/export.js";
import { csvOf, npzOf, resultOf } from "./columns.js";
import { replayOf } from "./replay.js";
import { pngOf, SIZE, svgOf } from "./stills.js";
import { withSurface, withWideSurface } from "./surface.js";
import { webmOf, whyNoWebm } from "./video/encoder.js";
import { gifOf } from "./video/film.js";

/** @typedef {Look & Task & { stores: Stores, shown: Shown }} Wish */

/**
 * @typedef {object} KindOfFile
 * @property {(wish: Wish) => Promise<Blob | string> | Blob | string} make The file, or the address it is at.
 * @property {(stores: Stores) => string} [missing] Why it cannot be made here; "" where it can.
 */

/** @type {Record<keyof typeof saving.kinds, KindOfFile>} */
export const KINDS = {
  png: { make: async ({ shown, title, signal }) => pngOf(await withSurface(shown, { title, ...SIZE }, signal), title) },
  svg: { make: async ({ shown, title, signal }) => svgOf(await withSurface(shown, { title, ...SIZE }, signal), title) },
  gif: { make: async (wish) => gifOf(await withSurface(wish.shown, wish, wish.signal), wish, wish) },
  webm: {
    make: async (wish) => webmOf(await withSurface(wish.shown, wish, wish.signal), wish, wish),
    missing: whyNoWebm,
  },
  html: { make: async ({ shown, title }) => replayOf(await withWideSurface(shown), title) },
  csv: { make: ({ stores, shown }) => traceOf(stores, "csv") ?? csvOf(shown.runs) },
  npz: { make: ({ stores, shown }) => traceOf(stores, "npz", "&spec=true") ?? npzOf(shown.runs, shown.spec) },
  json: { make: async (wish) => new Blob([JSON.stringify(await whole(wish))], { type: "application/json" }) },
  py: { make: programOf },
  safetensors: {
    make: ({ stores, shown }) => partOf(stores, `parameters?format=safetensors&run=${shown.view.selected}`) ?? "",
    missing: ({ experiment, spec }) => {
      if (!isNetwork(spec.get().problem)) return saving.noNetwork;
      return experiment.get() ? "" : saving.notStored;
    },
  },
  toml: { make: ({ shown, title, signal }) => writeDraft(title, shown.spec, signal) },
};

/**
 * Where a part of a stored experiment is; null for a preview, which is on the page alone.
 *
 * @param {Stores} stores
 * @param {string} part
 */
function partOf({ experiment }, part) {
  const id = experiment.get()?.id;
  return id ? hrefOf(`api/experiments/${encodeURIComponent(id)}/${part}`) : null;
}

/** The selected run as a program. @param {Wish} wish */
function programOf({ stores, shown: { spec, view }, signal }) {
  return partOf(stores, `script?run=${view.selected}`) ?? writeProgram(spec, view.selected, signal);
}

/**
 * Where a stored experiment's numbers are, all of them; null for a preview, which is on the page alone.
 *
 * @param {Stores} stores
 * @param {"csv" | "npz" | "json"} format
 * @param {string} [more] Of the query.
 */
function traceOf(stores, format, more = "") {
  return partOf(stores, `trace?format=${format}${more}`);
}

/** @param {Wish} wish */
async function whole({ stores, shown, title, signal }) {
  const mine = { ...resultOf(shown.spec, shown.runs), name: title };
  const stored = stores.experiment.get();
  const url = traceOf(stores, "json");
  if (!stored || !url) return mine;
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(saving.noTrace(answer.status));
  const { runs } = await answer.json();
  return { slalom: 1, name: title, spec: stored.spec, runs, outcomes: stored.outcomes ?? mine.outcomes };
}
