/** Giving the server data of one's own: drop a file, choose one, or paste its lines; what it made of it is said at once. */

/** @import { Dataset, DatasetListed, TableReading } from "../types/page.js" */

import * as server from "../server/api.js";
import { el, fill, newId } from "../ui/dom.js";
import { showError } from "../ui/form.js";
import { icon } from "../ui/icons.js";
import { training } from "../words/training.js";
import { faultsOf } from "./reading.js";
import { createReadingTable } from "./reading-table.js";

const SETTLE = 600; // ms after typing before the text is sent
const CHOSEN = 300; // ms after a choice before it is sent: arrow keys go through several

/**
 * @param {Dataset["kind"]} kind
 * @param {(dataset: Dataset) => void} taken
 * @param {(dataset: Dataset) => void} reread Called with the same file read otherwise.
 * @param {typeof server} [api] Replaced in tests.
 * @param {() => void} [learnt] Called when more is known of the data that are shown.
 */
export function createUpload(kind, taken, reread, api = server, learnt = () => {}) {
  const id = newId();
  const file = el("input", { type: "file", accept: ".csv,.tsv,.txt,.data,text/*", hidden: true });
  const choose = el("button", { type: "button", onclick: () => file.click() }, icon("upload"), training.upload.choose);
  const text = el("textarea", { id, rows: 3, spellcheck: "false", placeholder: training.upload[kind] });
  text.setAttribute("aria-label", training.upload.box);
  text.setAttribute("aria-describedby", `${id}e ${id}s`);
  const earlier = el("select", { "aria-label": training.upload.earlier });
  const error = el("p", { class: "error", id: `${id}e`, role: "alert", hidden: true });
  const about = el("p", { class: "about", id: `${id}s`, role: "status" });
  const again = el("button", { type: "button", hidden: true }, icon("restart"), training.upload.again);
  const row = el("div", { class: "row" }, choose, earlier, file);
  const table = createReadingTable((reading) => void read(reading));
  const parts = [text, row, about, error, again, table.element];
  const element = el("div", { class: "upload", "data-loc": "problem.data.id" }, ...parts);
  /** @type {Map<string, Dataset | DatasetListed>} */
  const known = new Map();
  let turn = 0;
  let shown = "";

  /**
   * @param {Blob | string} body
   * @param {string} name
   */
  async function give(body, name) {
    turn += 1;
    const mine = turn;
    clear();
    about.textContent = training.upload.sending;
    try {
      const dataset = await api.giveDataset(body, name, kind);
      if (mine !== turn) return;
      tell(dataset);
      taken(dataset);
    } catch (problem) {
      if (mine !== turn) return;
      about.textContent = "";
      showError(element, server.sentenceOf(problem));
      offerAgain(problem, () => give(body, name));
    }
  }

  /** Nothing is refused any more. */
  function clear() {
    showError(element, null);
    again.hidden = true;
  }

  /**
   * What a busy server or none at all refused can be sent once more, as it is.
   *
   * @param {unknown} problem
   * @param {() => Promise<void>} act
   */
  function offerAgain(problem, act) {
    again.hidden = !server.mayPass(problem);
    again.onclick = () => void act();
  }

  /** @param {TableReading} reading */
  async function read(reading) {
    turn += 1;
    const mine = turn;
    await new Promise((resolve) => setTimeout(resolve, CHOSEN));
    if (mine !== turn) return;
    again.hidden = true;
    table.wait(true);
    try {
      const dataset = await api.readDataset(shown, reading);
      if (mine !== turn) return;
      tell(dataset);
      reread(dataset);
    } catch (problem) {
      if (mine !== turn) return;
      const said = problem instanceof server.ApiError ? faultsOf(problem.problem) : null;
      table.refuse(said?.columns ?? new Map(), said?.rest ?? [server.sentenceOf(problem)]);
      offerAgain(problem, () => read(reading));
    } finally {
      if (mine === turn) table.wait(false);
    }
  }

  /** @param {Dataset} dataset */
  function tell(dataset) {
    shown = dataset.id;
    known.set(dataset.id, dataset);
    fill(about, dataset.about);
    table.show(dataset.table, dataset.source ?? dataset.id);
    offer();
    learnt();
  }

  function offer() {
    const mine = [...known.values()].filter((one) => one.kind === kind).sort(newestFirst);
    const first = el("option", { value: "", hidden: true }, training.upload.earlier);
    const options = filesOf(mine, shown).map(([label, id]) => el("option", { value: id }, label));
    fill(earlier, first, ...options);
    earlier.hidden = mine.length === 0;
    earlier.value = shown;
  }

  /**
   * What is known of a data set; how its table is read is not in the list.
   *
   * @param {string} id
   * @returns {Promise<Dataset>}
   */
  async function find(id) {
    const one = known.get(id);
    return one && "table" in one ? one : await api.getDataset(id);
  }

  /**
   * Show a data set that was given before.
   *
   * @param {string} id
   * @param {(dataset: Dataset) => void} [then]
   */
  async function open(id, then) {
    turn += 1; // What is still on its way was for other data.
    const mine = turn;
    clear();
    try {
      const dataset = await find(id);
      if (mine !== turn) return;
      tell(dataset);
      then?.(dataset);
    } catch (problem) {
      if (mine !== turn) return;
      showError(element, server.isGone(problem) ? training.upload.missing : server.sentenceOf(problem));
      offerAgain(problem, () => open(id, then));
    }
  }

  earlier.addEventListener("change", () => void open(earlier.value, taken));
  listenToText(text, (typed) => void give(typed, training.upload.pasted));
  listenToFiles(element, file, (given) => void give(given, given.name));
  offer();
  void api
    .getDatasets()
    .then((all) => {
      for (const one of all) if (!known.has(one.id)) known.set(one.id, one);
      offer();
    })
    .catch(() => {}); // Without the list of earlier data, new data can still be given.

  return {
    element,
    give,
    /** What the server said of the data that are shown; null until it has. */
    known: () => known.get(shown) ?? null,
    /** Show what is trained on. @param {string | null} chosen */
    show(chosen) {
      if ((chosen ?? "") === shown) return;
      shown = chosen ?? "";
      about.textContent = known.get(shown)?.about ?? "";
      earlier.value = shown;
      if (chosen) return void open(chosen);
      turn += 1;
      table.show(null);
    },
  };
}

/**
 * @param {DatasetListed} a
 * @param {DatasetListed} b
 */
const newestFirst = (a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0);

/**
 * What was given before, by its name; of a file that was read in several ways, the reading that is shown or else the
 * newest.
 *
 * @param {readonly DatasetListed[]} datasets Newest first.
 * @param {string} shown
 * @returns {[label: string, id: string][]}
 */
export function filesOf(datasets, shown) {
  /** @type {Map<string, [string, string]>} */
  const files = new Map();
  for (const { id, name, source } of datasets) {
    const file = source ?? id;
    if (!files.has(file) || id === shown) files.set(file, [name || file, id]);
  }
  return [...files.values()];
}

/**
 * Text counts once it was pasted, or once typing has come to rest.
 *
 * @param {HTMLTextAreaElement} box
 * @param {(text: string) => void} give
 */
function listenToText(box, give) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let given = "";
  const send = () => {
    if (box.value.trim() === "" || box.value === given) return;
    given = box.value;
    give(given);
  };
  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    const pasted = event instanceof InputEvent && event.inputType === "insertFromPaste";
    timer = setTimeout(send, pasted ? 0 : SETTLE);
  });
}

/**
 * @param {HTMLElement} place
 * @param {HTMLInputElement} input
 * @param {(file: File) => void} give
 */
function listenToFiles(place, input, give) {
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    input.value = "";
    if (file) give(file);
  });
  place.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    place.toggleAttribute("data-over", true);
  });
  place.addEventListener("dragleave", () => place.toggleAttribute("data-over", false));
  place.addEventListener("drop", (event) => {
    place.toggleAttribute("data-over", false);
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    give(file);
  });
}

/**
 * A file dropped anywhere on the page is data too, and never replaces the page.
 *
 * @param {(dataset: Dataset) => void} taken
 * @param {(error: unknown, again: () => void) => void} failed `again` sends the same file once more.
 */
export function takeDroppedFiles(taken, failed) {
  const root = document.documentElement;
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    root.toggleAttribute("data-drop", true);
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) root.toggleAttribute("data-drop", false);
  });
  addEventListener("drop", (event) => {
    root.toggleAttribute("data-drop", false);
    const [file] = event.dataTransfer?.files ?? [];
    if (!file || event.defaultPrevented) return;
    event.preventDefault();
    const give = () => void server.giveDataset(file, file.name, null).then(taken, (error) => failed(error, give));
    give();
  });
}
