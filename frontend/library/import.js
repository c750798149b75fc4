/** Exported experiments brought back: what a file holds, and files that are chosen or dropped. */

import { library } from "../words/library.js";

const VERSION = 1;
const MAGIC = "slalom recording 1\n";
const LARGEST = 16_000_000; // bytes, as the server takes them unless it is told otherwise

/** What is wrong with a file, in one sentence. */
export class BadFile extends Error {
  name = "BadFile";
}

/** @typedef {{ spec: Record<string, unknown>, name: string, traced: boolean }} Exported `traced`: with its numbers. */

/**
 * The experiment that a file holds: `{"slalom": 1, "spec": {...}}`, with runs where it was exported with its numbers; the
 * server's record of one; or a bare spec.
 *
 * @param {string} text
 * @param {string} file What it is called, for the sentence when it is none.
 * @returns {Exported} Raises BadFile.
 */
export function experimentIn(text, file) {
  const content = parsed(text, file);
  if (!isPlain(content)) throw new BadFile(library.bad.spec(file));
  const { slalom = VERSION, name } = content;
  if (typeof slalom === "number" && slalom > VERSION) throw new BadFile(library.bad.newer(file));
  const spec = "spec" in content ? content.spec : content;
  if (slalom !== VERSION || !isPlain(spec) || !isPlain(spec.problem)) throw new BadFile(library.bad.spec(file));
  const traced = spec !== content && Array.isArray(content.runs);
  return { spec, name: typeof name === "string" ? name.trim().slice(0, 80) : "", traced };
}

/** Whether a file is an archive of arrays. @param {Blob} file */
export async function isArchive(file) {
  return (await file.slice(0, 2).text()) === "PK";
}

/** Whether a file is what slalom.watch has written. @param {Blob} file */
export async function isRecording(file) {
  return (await file.slice(0, MAGIC.length).text()) === MAGIC;
}

/**
 * @param {string} text
 * @param {string} file
 * @returns {unknown}
 */
function parsed(text, file) {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadFile(library.bad.json(file));
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isPlain(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Take files from a button and from anywhere on the page.
 *
 * @param {HTMLButtonElement} button
 * @param {HTMLInputElement} box
 * @param {(file: File) => void} take
 * @param {(sentence: string) => void} refuse
 */
export function startImport(button, box, take, refuse) {
  /** @param {Iterable<File>} files */
  function read(files) {
    for (const file of files) {
      if (file.size > LARGEST) refuse(library.bad.large(file.name));
      else take(file);
    }
  }

  button.addEventListener("click", () => box.click());
  box.addEventListener("change", () => {
    read([...(box.files ?? [])]);
    box.value = "";
  });
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    read([...event.dataTransfer.files]);
  });
}
