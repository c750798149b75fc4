/** The sentences of a recorded loop's page. */

export const recorded = {
  missing:
    "This address names no recorded loop. Record one in Python with slalom.watch(model, optimizer), or open one from the Library.",
  about: (/** @type {string} */ model, /** @type {string} */ parameters, /** @type {string} */ entries) =>
    `${model}, ${parameters} parameters, ${entries} entries recorded`,
  outcome: "What came of it",
  events: "What happened",
  more: (/** @type {number} */ n) => `and ${n} more`,
  download: "Download",
  /** What every chart shows, by column. @type {Record<string, string>} */
  charts: {
    loss: "Loss",
    lr: "Learning rate",
    share: "Learning rate / stability limit",
    grad_norm: "Gradient norm before clipping",
    clipped_norm: "Gradient norm as the rule saw it",
    grad_noise: "Gradient noise",
    sharpness: "Sharpness",
    step_norm: "Length of an update",
    weight_norm: "Length of the parameters",
    effective_step: "Effective step",
    moment2: "Root of the mean square gradient",
    scale: "Scale of the loss",
  },
  update: (/** @type {string} */ layer) => `Update / weights: ${layer}`,
  step: "update",
  at: (/** @type {string} */ step) => `at update ${step}: `,
  /** What a chart is called for who cannot see it. */
  chart: (/** @type {string} */ title, /** @type {string} */ low, /** @type {string} */ high) =>
    `${title}, from ${low} to ${high}`,
};
