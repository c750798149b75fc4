/** The sentences about saving: the dialog, the picture's title, and the replay in one file. */

import { withMarks } from "./numerals.js";
import { count } from "./plot.js";

export const saving = {
  title: "Export",
  name: "Title",
  nameHelp: "Title of the picture and the file name.",
  groups: {
    picture: "Picture",
    film: "Animation",
    replay: "Replay",
    data: "Data",
    program: "PyTorch",
    lesson: "Lesson",
  },
  kinds: {
    png: ["PNG", "The picture at this step, large enough for a slide."],
    svg: ["SVG", "The same as curves and text, for print and editing."],
    gif: ["GIF", "The steps as a moving picture that plays anywhere."],
    webm: ["WebM", "The same as a video, smoother and sharper."],
    html: ["HTML", "One file that replays with its controls, without a server or a network."],
    csv: ["CSV", "One row per run and step, for a spreadsheet."],
    npz: ["NPZ", "The columns as arrays, for NumPy."],
    json: ["JSON", "Set-up, results and outcomes; the Library can read it again."],
    py: ["Program", "The selected run as a plain PyTorch program that prints the same losses."],
    safetensors: ["Parameters", "The selected network's last parameters, a state_dict for that program."],
    toml: ["Draft", "A lesson about these runs to start from: what came of them, and a place for every sentence."],
  },
  size: "Size",
  sizes: /** @type {const} */ ([
    ["small", "640 × 400"],
    ["medium", "960 × 600"],
    ["large", "1280 × 800"],
  ]),
  speed: "Speed",
  nothing: "There is nothing to save yet: wait for the first result.",
  working: (/** @type {string} */ kind, /** @type {number} */ share) => `${kind}: ${Math.round(100 * share)} %`,
  cancel: "Cancel",
  cancelled: "Cancelled; nothing was saved.",
  saved: (/** @type {string} */ name, /** @type {number} */ bytes) => `Saved ${name} (${sizeOf(bytes)}).`,
  fetching: (/** @type {string} */ name) => `The browser is saving ${name}.`,
  failed: (/** @type {string} */ why) => `Nothing was saved. ${why}`,
  notStored: "Run it as an experiment first: the server keeps its parameters then.",
  noNetwork: "Only a network has parameters to save; a path is in the data.",
  noRecorder: "This browser cannot record WebM. The GIF shows the same.",
  noTrace: (/** @type {number} */ status) => `The server answered ${status} when asked for the experiment's numbers.`,
  noModule: (/** @type {string} */ name) => `The server did not answer with ${name}, which the replay needs.`,
  noPen: "This browser gives no 2d canvas; the picture cannot be drawn.",
  noPng: "The browser could not write the PNG.",
  network: "A network on",
  ofRun: (/** @type {string} */ picture, /** @type {string} */ label) => `${picture}: ${label}`,
  stepOf: (/** @type {number} */ step, /** @type {number} */ last) => `step ${count(step)} of ${count(last)}`,
  outcome: (/** @type {string} */ word, /** @type {number | null} */ step) =>
    step === null ? word : `${word} at step ${count(step)}`,
  more: (/** @type {number} */ n) => `and ${n} more`,
  outcomes: "Outcomes",
  tooOld: "This browser is too old for this file: it cannot unpack compressed data. Open it in a newer one.",
  replayOf: (/** @type {string} */ title) => `${title}: replay`,
};

/** @param {number} bytes */
function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${withMarks((bytes / 1e6).toFixed(1))} MB`;
}
