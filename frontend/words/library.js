/** The library's sentences. */

export const library = {
  empty: "Nothing saved yet",
  emptyMore:
    "What you save with “Run as experiment” appears here, and so do sweeps, maps and range tests. Search, compare, continue and share them.",
  toWorkbench: "Open the workbench",
  toSweep: "Sweep a setting",
  toMap: "Compute a map",
  nothingFound: (/** @type {string} */ search) => `No experiments match “${search}”.`,
  failed: "The experiments could not be read.",
  again: "Try again",
  more: "Show more",
  select: (/** @type {string} */ name) => `Select “${name}”`,
  open: (/** @type {string} */ name) => `Open “${name}”`,
  rename: (/** @type {string} */ name) => `Rename “${name}”`,
  newName: "Name",
  remove: (/** @type {string} */ name) => `Delete “${name}”`,
  removed: (/** @type {string} */ name) => `“${name}” was deleted.`,
  share: (/** @type {string} */ name) => `Share “${name}” with everybody`,
  shared: "shared",
  anothers: "another’s",
  data: {
    title: "Data sets",
    help: "Tables and lists of names that were uploaded in the workbench. What is shared, everybody may train on.",
    about: (/** @type {string} */ kind, /** @type {string} */ n) =>
      kind === "names" ? `list of names · ${n} rows` : `table · ${n} rows`,
  },
  /** Where only some are looked for. @type {Record<string, string>} */
  noneOf: { me: "You have kept no experiments yet.", shared: "No experiments are shared yet." },
  undo: "Undo",
  fork: (/** @type {string} */ label) => `Fork ${label}`,
  kinds: { comparison: "comparison", sweep: "sweep", range_test: "range test", map: "map", recorded: "recorded loop" },
  /** On the newest of several that came about as a network was tuned. */
  earlier: (/** @type {number} */ n) => `Show ${n} earlier ${n === 1 ? "try" : "tries"}`,
  runs: (/** @type {number} */ n) => (n === 1 ? "1 run" : `${n} runs`),
  steps: (/** @type {string} */ n) => `${n} steps`,
  tally: (/** @type {number} */ n, /** @type {string} */ word) => `${n} ${word}`,
  chosen: (/** @type {number} */ n) => `${n} selected`,
  compare: "Compare",
  clear: "Clear",
  reasons: {
    few: "Select another one to compare them.",
    kind: "Sweeps, maps, range tests and repeated seeds cannot be compared yet.",
    fork: "A fork goes on from a step of another run, so it can only be opened alone.",
    running: "Compare them when all have ended.",
    device: "Their networks are computed on different devices.",
    many: (/** @type {number} */ n, /** @type {number} */ most) =>
      `Together they have ${n} runs; the workbench shows up to ${most}.`,
  },
  /** Why two cannot be joined. @type {Record<"problem" | "steps" | "seed" | "dtype", (one: string, other: string) => string>} */
  differ: {
    problem: (one, other) =>
      one === other
        ? `Both have a ${one}, but not with the same settings.`
        : `Their problems differ: ${one}, ${other}.`,
    steps: (one, other) => `They have different numbers of steps: ${one}, ${other}.`,
    seed: (one, other) => `They have different seeds: ${one}, ${other}.`,
    dtype: (one, other) => `Their arithmetic differs: ${one}, ${other}.`,
  },
  /** What stands beside the kind of one that was not computed here. */
  fromFile: "imported",
  thinned: "thinned out",
  imported: (/** @type {string} */ name) => `“${name}” was imported.`,
  bad: {
    json: (/** @type {string} */ file) => `${file} is not JSON. Choose a file that Slalom has exported.`,
    newer: (/** @type {string} */ file) => `${file} was written by a newer Slalom. Update this one to read it.`,
    spec: (/** @type {string} */ file) =>
      `${file} holds no experiment: it has no “spec” with a problem in it. Choose a file that Slalom has exported.`,
    large: (/** @type {string} */ file) => `${file} is larger than 16 MB. Export fewer steps or runs, or as NPZ.`,
    refused: (/** @type {string} */ file, /** @type {string} */ why) => `${file} was refused. ${why}`,
  },
};
