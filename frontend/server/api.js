/** The server's REST interface: every answer is data or an ApiError with the server's own words. What only asks waits for a server that is away; what changes something is Unreachable then. */

/** @import { Catalogue, Choice, Dataset, DatasetListed, ExperimentRecord, Landscape, Origin, Spec, RunSpec, ServerProblem, Sweep, TableReading } from "../types/page.js" */

import { decodeLandscape } from "../state/run-data.js";
import { hrefOf } from "../state/site/root.js";
import { language } from "../words/numerals.js";
import { words } from "../words/workbench.js";
import { doubt, isOfServer, PATIENCE, persist, reached, Unreachable } from "./connection.js";

/** What the server refused, and why. */
export class ApiError extends Error {
  /** @param {ServerProblem} problem */
  constructor(problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }
}

/** Whether nothing is stored (any more) under the id that was asked for. @param {unknown} error */
export const isGone = (error) => error instanceof ApiError && error.problem.status === 404;

/** Whether the same may be had a little later. @param {unknown} error */
export const isBusy = (error) => error instanceof ApiError && [429, 503].includes(error.problem.status ?? 0);

/** Whether what was refused may be taken if it is sent again as it is. @param {unknown} error */
export const mayPass = (error) => isBusy(error) || error instanceof Unreachable;

/**
 * What went wrong, in a sentence: the server's own, that it did not answer, or that the page has a fault.
 * @param {unknown} error
 */
export function sentenceOf(error) {
  if (error instanceof Unreachable) return words.notices.unreachable;
  if (!(error instanceof Error)) return String(error);
  const fault = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  return fault ? words.notices.fault(error.message) : error.message;
}

/** The address at which a page has its browser ask for an answer before its script runs. @param {string} url */
export const inLanguage = (url) => `${url}?lang=${language}`;

/** @returns {Promise<Catalogue>} */
export const getCatalogue = () => getJson(inLanguage("api/catalogue"));

/**
 * @param {string} id
 * @returns {Promise<ExperimentRecord>}
 */
export const getExperiment = (id) => getJson(`api/experiments/${encodeURIComponent(id)}`);

/**
 * What came of a sweep's values so far.
 *
 * @param {string} id
 * @param {number | null} target The loss to reach; null: the server chooses.
 * @param {AbortSignal} signal
 * @returns {Promise<Sweep>}
 */
export const getSweep = (id, target, signal) =>
  getJson(`api/experiments/${encodeURIComponent(id)}/sweep${target === null ? "" : `?target=${target}`}`, { signal });

/**
 * A page of experiments, newest first.
 *
 * @param {{ after?: string | null, limit?: number, search?: string, owner?: string }} wish `owner`: "me" or "shared" for only those.
 * @returns {Promise<{ items: ExperimentRecord[], next: string | null }>}
 */
export function listExperiments({ after, limit = 24, search, owner }) {
  const query = new URLSearchParams({
    limit: String(limit),
    ...(after ? { after } : {}),
    ...(search ? { search } : {}),
    ...(owner ? { owner } : {}),
  });
  return getJson(`api/experiments?${query}`, { cache: "no-cache" }); // What there is now, also after "back".
}

/**
 * What a map's axes and colours mean.
 *
 * @param {string} id
 * @returns {Promise<import("../views/map/cells.js").About>}
 */
export const getMapAbout = (id) => getJson(`api/experiments/${encodeURIComponent(id)}/map?format=about`);

/**
 * The run of a cell of a map, computed again with every entry.
 *
 * @param {string} id
 * @param {number} x
 * @param {number} y
 * @returns {Promise<import("../views/map/player.js").Answer>}
 */
export const getCell = (id, x, y) => getJson(`api/experiments/${encodeURIComponent(id)}/cell?x=${x}&y=${y}`);

/**
 * Some runs of an experiment, to be drawn small.
 * @param {string} id
 * @returns {Promise<import("../types/wire.js").Thumbnail>}
 */
export const getThumbnail = (id) => getJson(`api/experiments/${encodeURIComponent(id)}/thumbnail`);

/**
 * @param {string} id
 * @param {string} name
 * @returns {Promise<ExperimentRecord>}
 */
export async function renameExperiment(id, name) {
  return (await post(`api/experiments/${encodeURIComponent(id)}`, { name }, undefined, "PATCH")).json();
}

/**
 * Let everybody who may come in read an experiment, or not.
 *
 * @param {string} id
 * @param {boolean} shared
 * @returns {Promise<ExperimentRecord>}
 */
export async function shareExperiment(id, shared) {
  return (await post(`api/experiments/${encodeURIComponent(id)}`, { shared }, undefined, "PATCH")).json();
}

/** Who somebody is on this server. @returns {Promise<import("../types/wire.js").RoomView>} */
export const getRoom = () => getJson("api/room");

/**
 * @param {Spec | Record<string, unknown>} spec
 * @param {boolean} [listed] One that is not goes after an hour, unless it is restored.
 * @returns {Promise<ExperimentRecord>}
 */
export async function createExperiment(spec, listed = true) {
  return (await post(`api/experiments${listed ? "" : "?listed=false"}`, spec)).json();
}

/**
 * A run of a spec as a PyTorch program.
 *
 * @param {Spec} spec
 * @param {number} run
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function writeProgram(spec, run, signal) {
  return (await post(`api/script?run=${run}`, spec, signal)).blob();
}

/**
 * What a range test found; refused before its end.
 *
 * @param {string} id
 * @returns {Promise<import("../types/wire.js").RangeFindings>}
 */
export const getRange = (id) => getJson(`api/experiments/${encodeURIComponent(id)}/range`);

/**
 * Change what an experiment is doing.
 *
 * @param {string} id
 * @param {"cancel" | "pause" | "resume" | "restore"} what
 * @returns {Promise<ExperimentRecord>}
 */
export async function tellExperiment(id, what) {
  return (await post(`api/experiments/${encodeURIComponent(id)}/${what}`, {})).json();
}

/** Cancel an experiment and hide it; within the hour the server can restore it. @param {string} id */
export async function deleteExperiment(id) {
  await ask(`api/experiments/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** Remove an experiment for good; also while the page is being left. @param {string} id */
export async function discardExperiment(id) {
  await ask(`api/experiments/${encodeURIComponent(id)}?purge=true`, { method: "DELETE", keepalive: true });
}

/**
 * Go on from an entry of a run.
 *
 * @param {Origin} origin
 * @param {RunSpec[]} runs
 * @param {number} steps
 * @returns {Promise<ExperimentRecord>}
 */
export async function forkExperiment({ id, run, step }, runs, steps) {
  return (await post(`api/experiments/${encodeURIComponent(id)}/fork`, { run, step, runs, steps })).json();
}

/**
 * The stored runs of several experiments as one.
 *
 * @param {readonly string[]} experiments Their ids.
 * @returns {Promise<ExperimentRecord>}
 */
export async function compareExperiments(experiments) {
  return (await post("api/experiments/compare", { experiments })).json();
}

/**
 * Keep the runs of an exported file as they are.
 *
 * @param {File} file
 * @param {"application/json" | "application/octet-stream"} type
 * @returns {Promise<ExperimentRecord>}
 */
export async function importTrace(file, type) {
  const query = new URLSearchParams({ name: file.name.slice(0, 80) });
  const answer = await ask(`api/experiments/import?${query}`, {
    method: "POST",
    headers: { "Content-Type": type },
    body: file,
  });
  return answer.json();
}

/** @returns {Promise<DatasetListed[]>} What has been given to the server. */
export async function getDatasets() {
  const answer = await getJson("api/datasets");
  return Array.isArray(answer) ? answer : (answer.items ?? []);
}

/** @param {string} id @returns {Promise<Dataset>} */
export const getDataset = (id) => getJson(`api/datasets/${encodeURIComponent(id)}`);

/**
 * Let everybody who may come in use a data set, or not.
 *
 * @param {string} id
 * @param {boolean} shared
 * @returns {Promise<Dataset>}
 */
export async function shareDataset(id, shared) {
  return (await post(`api/datasets/${encodeURIComponent(id)}`, { shared }, undefined, "PATCH")).json();
}

/**
 * Give the server a table or a list of names; it says what it made of it.
 *
 * @param {Blob | string} body
 * @param {string} name
 * @param {Dataset["kind"] | null} kind null: the server decides.
 * @returns {Promise<Dataset>}
 */
export async function giveDataset(body, name, kind) {
  const query = new URLSearchParams({ ...(name ? { name } : {}), ...(kind ? { kind } : {}) });
  const headers = { "Content-Type": kind === "csv" ? "text/csv" : "text/plain" };
  return (await ask(`api/datasets?${query}`, { method: "POST", headers, body })).json();
}

/**
 * Have a table read otherwise: another data set of the same file.
 *
 * @param {string} id
 * @param {TableReading} reading
 * @returns {Promise<Dataset>}
 */
export async function readDataset(id, reading) {
  return (await post(`api/datasets/${encodeURIComponent(id)}/readings`, reading)).json();
}

/**
 * Values of a problem on a grid, for contours or a curve.
 *
 * @param {Choice} problem
 * @param {number[]} shape [nx, ny]
 * @param {[number, number][] | null} domain The problem's own if null.
 * @param {AbortSignal} signal
 * @returns {Promise<Landscape>}
 */
export async function getLandscape(problem, shape, domain, signal) {
  const answer = await persist(() => post("api/landscape", { problem, domain, shape }, signal), signal);
  return decodeLandscape(await answer.arrayBuffer());
}

/**
 * A view of a network, as bytes.
 *
 * @param {string} url
 * @param {AbortSignal} signal
 */
export async function getBundle(url, signal) {
  return (await persist(() => ask(url, { signal }), signal)).arrayBuffer();
}

/**
 * A part of a long experiment, as a frame.
 *
 * @param {string} id
 * @param {{ first: number, last: number }} range
 * @param {AbortSignal} signal
 */
export const getDetail = (id, { first, last }, signal) =>
  getBundle(`api/experiments/${encodeURIComponent(id)}/detail?first=${first}&last=${last}`, signal);

/**
 * Updates of one run, with all that its rule remembers.
 *
 * @param {Spec} spec
 * @param {number} run
 * @param {number} first
 * @param {number} count
 * @returns {Promise<import("../types/wire.js").Update[]>}
 */
export async function getUpdates(spec, run, first, count) {
  const url = `api/simulate/steps?run=${run}&first=${first}&count=${count}`;
  return (await (await persist(() => post(url, spec))).json()).steps;
}

/** A picture of the gallery, as the text of an SVG. @param {string} preset */
export const getPicture = async (preset) => (await persist(() => ask(`gallery/${preset}.svg`, {}))).text();

/** @param {string} url @param {RequestInit} [options] */
export async function getJson(url, options = {}) {
  return (await persist(() => ask(url, options), options.signal ?? undefined)).json();
}

/**
 * @param {string} url
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 * @param {"POST" | "PATCH" | "PUT"} [method]
 */
export function post(url, body, signal, method = "POST") {
  const headers = { "Content-Type": "application/json" };
  return ask(url, {
    method,
    headers,
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/**
 * The answer to a request; rejects with an ApiError where it is a refusal, and as Unreachable where there is none.
 *
 * @param {string} url
 * @param {RequestInit} options
 */
export async function ask(url, options) {
  const slow = setTimeout(doubt, PATIENCE);
  let answer;
  try {
    answer = await fetch(hrefOf(url), { ...options, headers: { ...options.headers, "Accept-Language": language } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    doubt();
    throw new Unreachable(words.notices.noServer);
  } finally {
    clearTimeout(slow);
  }
  if (!isOfServer(answer)) {
    doubt();
    throw new Unreachable(words.notices.noServer, true);
  }
  reached();
  if (!answer.ok) throw new ApiError(await problemOf(answer));
  return answer;
}

/**
 * The problem document of a refusal; a refusal without one is put into the same shape.
 *
 * @param {Response} answer
 * @returns {Promise<ServerProblem>}
 */
async function problemOf(answer) {
  const detail = words.notices.answered(answer.status);
  try {
    return {
      title: answer.statusText,
      status: answer.status,
      detail,
      ...(await answer.json()),
    };
  } catch {
    return { title: answer.statusText, status: answer.status, detail };
  }
}

/**
 * The dotted path of the field that a message is about, without the tags that Pydantic adds:
 * ["body", "runs", 0, "optimizer", "sgd", "lr"] is "runs.0.optimizer.lr".
 *
 * @param {readonly (string | number)[]} loc
 * @param {unknown} spec
 */
export function fieldOf(loc, spec) {
  const path = [];
  let node = spec;
  for (const part of loc[0] === "body" ? loc.slice(1) : loc) {
    const known = typeof node === "object" && node !== null ? /** @type {Record<string, unknown>} */ (node) : {};
    if (part === known.kind && !(part in known)) continue;
    path.push(part);
    node = known[part];
  }
  return path.join(".");
}
