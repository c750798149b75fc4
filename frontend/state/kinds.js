/** What the page must know of kinds before the catalogue is there. Written by `make types`. Do not edit. */

/** @import { KindFacts } from "../types/page.js" */

/** Problems that are trained on examples: the data that they have by default. @type {KindFacts["NETWORKS"]} */
export const NETWORKS = {
  network: { data: "moons" },
  character: { data: "names" },
};

/** Rules: what they need, what their rate means, and their memory. @type {KindFacts["OPTIMIZERS"]} */
export const OPTIMIZERS = {
  sgd: { hessian: false, scale_free: false, memory: "momentum" },
  adam: { hessian: false, scale_free: false, memory: "beta1" },
  adamw: { hessian: false, scale_free: false, memory: "beta1" },
  rmsprop: { hessian: false, scale_free: false, memory: "momentum" },
  adagrad: { hessian: false, scale_free: false, memory: null },
  adadelta: { hessian: false, scale_free: true, memory: null },
  adamax: { hessian: false, scale_free: false, memory: "beta1" },
  nadam: { hessian: false, scale_free: false, memory: "beta1" },
  radam: { hessian: false, scale_free: false, memory: "beta1" },
  rprop: { hessian: false, scale_free: false, memory: null },
  sign_sgd: { hessian: false, scale_free: false, memory: "momentum" },
  lion: { hessian: false, scale_free: false, memory: "beta1" },
  asgd: { hessian: false, scale_free: false, memory: null },
  adafactor: { hessian: false, scale_free: false, memory: null },
  muon: { hessian: false, scale_free: false, memory: "momentum" },
  lbfgs: { hessian: false, scale_free: true, memory: null },
  newton: { hessian: true, scale_free: true, memory: null },
  torch: { hessian: false, scale_free: false, memory: null },
};

/** Data: what is predicted, its view, how many classes, by which field; null and data: the file decides. @type {KindFacts["DATASETS"]} */
export const DATASETS = {
  moons: { task: "classes", view: "boundary", classes: 2, counted: null },
  circles: { task: "classes", view: "boundary", classes: 2, counted: null },
  spirals: { task: "classes", view: "boundary", classes: 3, counted: "arms" },
  xor: { task: "classes", view: "boundary", classes: 2, counted: null },
  blobs: { task: "classes", view: "boundary", classes: 3, counted: "blobs" },
  chebyshev: { task: "numbers", view: "curve", classes: null, counted: null },
  digits: { task: "classes", view: "guesses", classes: 10, counted: null },
  csv: { task: null, view: "data", classes: null, counted: null },
  names: { task: "classes", view: "samples", classes: null, counted: null },
};

/** Losses: what must be predicted, and how many classes there must be; null: any. @type {KindFacts["LOSSES"]} */
export const LOSSES = {
  softmax: { task: "classes", classes: null },
  logistic: { task: "classes", classes: 2 },
  mse: { task: null, classes: null },
};

/** Views of networks: a tab, arrays that grow, options, what they are for. @satisfies {KindFacts["VIEWS"]} */
export const VIEWS = {
  plane: { tab: "Plane", grows: null, options: ["directions"], task: null, log_loss: false },
  samples: { tab: null, grows: ["embedding"], options: [], task: null, log_loss: false },
  boundary: { tab: null, grows: ["class", "sure"], options: [], task: "classes", log_loss: false },
  curve: { tab: null, grows: ["y"], options: [], task: "numbers", log_loss: false },
  actual: { tab: null, grows: ["predicted", "check_predicted", "rms"], options: [], task: "numbers", log_loss: false },
  guesses: { tab: null, grows: ["guess", "sure", "confusion"], options: [], task: "classes", log_loss: false },
  surprise: {
    tab: "Surprise",
    grows: ["p", "surprise", "mean", "train_loss"],
    options: [],
    task: "classes",
    log_loss: true,
  },
  inside: {
    tab: "Inside",
    grows: ["weight", "m", "v", "step", "p_value", "p_m", "p_v", "p_step"],
    options: ["parameter"],
    task: null,
    log_loss: false,
  },
};
