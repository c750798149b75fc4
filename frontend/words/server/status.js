/** The words of the page that says what a server does. */

export const statusWords = {
  of: (/** @type {string} */ value, /** @type {string} */ most) => `${value} of ${most}`,
  none: "–",
  queue: {
    title: "Queue",
    unit: (/** @type {number} */ n) => (n === 1 ? "experiment waits" : "experiments wait"),
    oldest: "Longest wait",
    running: "Running",
    paused: "Paused",
    full: "Queued or running",
    simulations: "Simulations waiting",
  },
  store: {
    title: "Store",
    unit: "taken or set aside",
    experiments: "Experiments",
    file: "Database",
    free: "Free on its disk",
    floor: "To stay free",
    each: "For each visitor",
    unread: (/** @type {string} */ seconds) => `The store has not been read for ${seconds}: no stream goes on.`,
  },
  viewers: {
    title: "Viewers",
    unit: (/** @type {number} */ n) => (n === 1 ? "watches a stream" : "watch streams"),
    behind: "Furthest behind",
    frames: (/** @type {number} */ n, /** @type {string} */ seconds) =>
      n === 1 ? `1 frame, ${seconds} s` : `${n} frames, ${seconds} s`,
    sockets: "Open WebSockets",
  },
  loop: {
    title: "Event loop",
    unit: "late at most",
    version: "Version",
    mode: "Mode",
    uptime: "Running for",
    python: "Python",
  },
  workers: {
    title: "Processes",
    none: "No process is ready yet.",
    columns: { task: "Task", pid: "Process", cpu: "CPU time", memory: "Memory" },
    simulations: "Simulations and previews",
    starting: "starting",
  },
  servers: {
    title: "Servers on this store",
    help: "Those that have experiments which have not ended.",
    none: "No experiment waits or runs.",
    columns: { owner: "Server", experiments: "Experiments", heartbeat: "Last sign of life" },
    here: "this one",
    ago: (/** @type {string} */ time) => `${time} ago`,
  },
  errors: {
    title: "Warnings and errors",
    help: "The last 50 of this server; all of them are in its log.",
    none: "Nothing has gone wrong since the server was started.",
    leftOut: (/** @type {number} */ n) => (n === 1 ? "1 alike was left out" : `${n} alike were left out`),
    levels: /** @type {Record<string, string>} */ ({ warning: "warning", error: "error", critical: "error" }),
  },
  modes: /** @type {Record<string, string>} */ ({ local: "local", class: "class", public: "public" }),
};
