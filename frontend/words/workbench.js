/** Every sentence of the page, and how numbers, runs and outcomes are put into words. */

/** @import { ExperimentRecord, Extended, NoteKind, Outcome } from "../types/page.js" */

import { explanation } from "./explanation.js";
import { count, number } from "./plot.js";

export { count, labelsOf, number, plot } from "./plot.js";

export const projecting = {
  leave: "End the presentation",
  leaveByKey: "End the presentation (Esc)",
  /** In place of a loss that is not finite. */
  gone: "diverged",
};

export const words = {
  loss: "loss",
  notices: {
    damagedLink:
      "This link is damaged, so Slalom opened its first example. Ask for the link again to see what was meant.",
    unreachable: "The server cannot be reached. What is on the screen stays; try again when it is back.",
    fault: (/** @type {string} */ what) =>
      `Something went wrong on this page (${what}). Reload it; what is stored on the server is not touched.`,
    noServer: "The server cannot be reached.",
    answered: (/** @type {number} */ status) => `The server answered ${status}.`,
    linkTooLong: "This set-up is too long for a link. Run it as an experiment, which has a short one, or remove runs.",
    copied: "Link copied.",
    copyByHand: "Press Ctrl+C to copy the link.",
    noSuchExperiment: "That experiment is not on this server. It may have been deleted.",
  },
  locked: "This link is locked: only playback can be changed.",
  tabs: { plot: "Plot", controls: "Controls", why: "Why" },
  close: "Close",
  share: "Link to this page",
  themes: { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" },
  status: {
    loading: "Loading",
    ready: "Ready",
    queued: "Queued",
    computing: "Computing",
    reconnecting: "Reconnecting",
    live: "Live",
    paused: "Paused",
    busy: "Busy",
  },
  /** A busy server, and the place in its line. */
  busy: (/** @type {number} */ place) => `Busy, you are ${ordinal(place)}`,
  /** The groups of the problem menu. */
  problem: "Problem",
  editFormula: "Edit this formula",
  formulaNumber: (/** @type {string | null} */ name, /** @type {number} */ value) =>
    `${name ?? "Number"} ${number(value)}. Drag it, or change it with the arrow keys.`,
  /** Before the field of one's own formula. */
  formulaIs: "f =",
  formulaHint: "As on paper: 3x² − 2xy, |x|, sin² x, e^(−x), √x, ½x, f(w, b) = … Variables: x, y, z or x1 to x8.",
  start: "Start",
  startHint: "Drag the ring in the picture, or type.",
  steps: "Steps",
  advanced: "Seed and arithmetic",
  seedHelp: "Drives the noise; the same seed gives the same numbers.",
  dtypeHelp: "float32 has about 7 digits and ends at 3.4e38.",
  runs: "Runs",
  addRun: "Add run",
  learningRate: "lr",
  rule: "Optimizer",
  schedule: "Schedule",
  averaging: "Average of the parameters",
  part: (/** @type {number} */ i) => `Part ${i + 1}`,
  addPart: "Add part",
  removePart: (/** @type {number} */ i) => `Remove part ${i + 1}`,
  settings: "More settings",
  allSettings: "Settings",
  duplicate: "Duplicate",
  remove: "Remove",
  /** The name of a button that every run has, for who does not see beside which it stands. */
  ofRun: (/** @type {string} */ name, /** @type {number} */ i) => `${name}, run ${i + 1}`,
  sgd: "Gradient descent",
  variants: /** @type {const} */ ([
    ["sgd:momentum", "Momentum"],
    ["sgd:nesterov", "Nesterov"],
  ]),
  clipNormHelp: "Shortens a gradient that is longer than this.",
  clipValueHelp: "Cuts every component of the gradient to this size.",
  noiseHelp: "Standard deviation of what is added to every component of the gradient.",
  label: "Name",
  labelHelp: "Shown in the legends instead of the learning rate.",
  shareOfLimit: (/** @type {number} */ share) => `${number(share)} × limit`,
  zigzag: "zigzag",
  explainRun: (/** @type {number} */ i) => `Explain run ${i + 1}`,
  run: (/** @type {number} */ i) => `Run ${i + 1}`,
  notNumber: "Give a number, such as 0.1.",
  notNumbers: "Give numbers separated by commas, such as 1, 2.5.",
  notOptions: "Give options separated by commas, such as weight_decay=0.1, betas=(0.9, 0.99).",
  outside: (/** @type {string} */ value, /** @type {string} */ range) => `${value} is outside: ${range}.`,
  bounds: {
    above: (/** @type {string} */ value) => `above ${value}`,
    atLeast: (/** @type {string} */ value) => `at least ${value}`,
    below: (/** @type {string} */ value) => `below ${value}`,
    atMost: (/** @type {string} */ value) => `at most ${value}`,
  },
  /** In a field or a menu that may be left empty. */
  none: "none",
  notWhole: "Give a whole number, such as 100.",
  tooManyNumbers: (/** @type {number} */ given, /** @type {number} */ most) =>
    `These are ${given} numbers; there are at most ${most}.`,
  play: "Play",
  pause: "Pause",
  stepBack: "One step back",
  stepForward: "One step forward",
  scrub: "Step",
  speed: "Speed",
  catchUp: "Catch up",
  stepOf: (/** @type {number} */ step, /** @type {number} */ last) => `step ${count(step)} / ${count(last)}`,
  times: (/** @type {number} */ speed) => `${speed} ×`,
  events: "Events",
  moreEvents: (/** @type {number} */ n) => `and ${count(n)} more`,
  pauses: "Pause at events",
  live: "LIVE",
  offScale: (/** @type {string} */ run, /** @type {number} */ k) => `${run}: off scale at step ${count(k)}`,
  update: {
    title: "This step",
    head: (/** @type {string} */ run, /** @type {string} */ from, /** @type {string} */ to) =>
      `This step: ${run}, ${from}${to && ` → ${to}`}`,
    recorded: { loss: "loss", grad_norm: "gradient", lr: "lr", step_norm: "last step", sharpness: "curvature" },
  },
  explanation,
  table: "Numbers",
  tableOf: (/** @type {string} */ panel) => `${panel}: numbers up to this step`,
  toggleLog: "Logarithmic axis",
  log: "log",
  follow: "Follow",
  followHelp: "Keep the moving points in view",
  fullScreen: "Full screen",
  export: "Export",
  exportHelp: "Save the picture, the animation or the numbers",
  experiment: {
    run: "Run as experiment",
    help: "Save to the Library and share it live.",
    cancel: "Stop",
    leave: "Close",
    names: {
      queued: "is queued",
      running: "is running",
      paused: "is paused",
      done: "has finished",
      cancelled: "was stopped",
      failed: "has failed",
      interrupted: "was interrupted",
    },
    /** What can be done about a state. */
    next: /** @type {Partial<Record<ExperimentRecord["status"], string>>} */ ({
      queued: "It begins as soon as a worker is free.",
      cancelled: "What it had computed stays. Close it and run it again to have all of it.",
      failed: "Close it, and change what the sentence names.",
      interrupted: "What it had computed stays. Close it and run it again to have all of it.",
    }),
    title: (/** @type {string} */ name, /** @type {string} */ status) => `“${name}” ${status}.`,
  },
  tooManyOnPage: (/** @type {number} */ most) => `The page shows up to ${most} runs. The API takes up to 32.`,
  budget: (/** @type {number} */ asked, /** @type {number} */ most) =>
    `${count(asked)} run-steps are more than the ${count(most)} that are computed while you wait. Run it as an experiment, or take fewer steps.`,
  work: (/** @type {number} */ asked, /** @type {number} */ most) =>
    `This is ${Math.ceil((10 * asked) / most) / 10} times the work that is done while you wait. Run it as an experiment, or take fewer steps.`,
  numbers: "Too long for an instant preview. Run it as an experiment, or take fewer steps.",
};

/** @param {number} n */
function ordinal(n) {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${count(n)}${(!teen && ["th", "st", "nd", "rd"][n % 10]) || "th"}`;
}

/**
 * The first paragraph of a help text, as one line.
 * @param {string} help
 */
export function firstParagraph(help) {
  return help.split("\n\n")[0]?.replaceAll(/\s+/g, " ") ?? "";
}

/**
 * Read a number as JSON carries it: "inf" is Infinity, null is NaN.
 * @param {Extended | null | undefined} value
 */
export function toNumber(value) {
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  return typeof value === "number" ? value : NaN;
}

/**
 * How far along the stability limit a learning rate is, as a number; NaN without theory.
 * @param {Outcome | null} outcome
 */
export function shareOfLimit(outcome) {
  if (!outcome) return NaN;
  const limit = toNumber(outcome.evidence.limit);
  return limit > 0 ? toNumber(outcome.evidence.lr) / limit : NaN;
}

/**
 * Whether the server has observed something of a run.
 *
 * @param {Outcome} outcome
 * @param {NoteKind} kind
 */
export function isNoted({ notes = [] }, kind) {
  return notes.some((note) => note.kind === kind);
}

/** @typedef {{word: string, tone: "good" | "bad" | "warn" | "slow", icon: "check" | "triangle" | "rise" | "zigzag" | "wave" | "flat" | "clock"}} Verdict */

/** @type {Record<Outcome["kind"], Verdict>} */
const VERDICTS = {
  converged: { word: "converged", tone: "good", icon: "check" },
  diverged: { word: "diverged", tone: "bad", icon: "triangle" },
  growing: { word: "growing", tone: "warn", icon: "rise" },
  oscillating: { word: "oscillating", tone: "warn", icon: "wave" },
  stalled: { word: "stalled", tone: "slow", icon: "flat" },
  unfinished: { word: "unfinished", tone: "slow", icon: "clock" },
};

/** @type {Verdict} A network is seldom at its minimum when its steps are over. */
const TRAINED = { word: "trained", tone: "slow", icon: "check" };

/** @type {Verdict} A classifier that stalled where it knows nothing. */
const CHANCE = { word: "stuck at chance", tone: "slow", icon: "flat" };

/** @type {Verdict} A run that is on its way from side to side. */
const ZIGZAG = { word: "zigzag", tone: "warn", icon: "zigzag" };

/**
 * The badge of a run: its outcome, or what was observed of it where that says more.
 *
 * @param {Outcome} outcome
 * @param {boolean} [network]
 * @returns {Verdict}
 */
export function verdict(outcome, network = false) {
  if (network && outcome.kind === "unfinished") return TRAINED;
  if (outcome.kind === "stalled" && isNoted(outcome, "chance")) return CHANCE;
  if (outcome.kind === "unfinished" && isNoted(outcome, "zigzag")) return ZIGZAG;
  return VERDICTS[outcome.kind] ?? VERDICTS.unfinished;
}

/** @type {Record<Outcome["kind"], string>} */
const QUESTIONS = {
  converged: "Why did it converge?",
  diverged: "Why did it diverge?",
  growing: "Why does it grow?",
  oscillating: "Why does it oscillate?",
  stalled: "Why did it stall?",
  unfinished: "Why is it not there yet?",
};

/**
 * @param {Outcome | null} outcome
 * @param {boolean} [network]
 */
export function question(outcome, network = false) {
  if (network && outcome?.kind === "unfinished") return "How far did it get?";
  return outcome ? QUESTIONS[outcome.kind] : "Why?";
}

/**
 * The line that a screen reader hears while a run plays: "Step 12 of 40, loss 3.2, rising".
 *
 * @param {number} step
 * @param {number} last
 * @param {number} loss
 * @param {number} before
 */
export function announcement(step, last, loss, before) {
  const trend = Number.isNaN(before) || loss === before ? "" : loss > before ? ", rising" : ", falling";
  const value = Number.isFinite(loss) ? number(loss) : "not finite";
  return `Step ${count(step)} of ${count(last)}, loss ${value}${trend}`;
}

/**
 * One sentence on an experiment's state, for the card.
 * @param {ExperimentRecord} record
 */
export function experimentSentence({ name, id, status, error }) {
  const { names, next, title } = words.experiment;
  return [title(name || id, names[status] ?? status), error, next[status]].filter(Boolean).join(" ");
}
