/** What the page must know of kinds before the catalogue is there. Written by `make types`. Do not edit. */

/** @import { KindFacts } from "../types/page.js" */

/** Problems that are trained on examples: the data that they have by default. @type {KindFacts["NETWORKS"]} */
export const NETWORKS = {
  network: { data: "moons" },
  character: { data: "names" },
};

/** Update rules: whether they need the Hessian, and find their own length. @type {KindFacts["OPTIMIZERS"]} */
export const OPTIMIZERS = {
  sgd: { hessian: false, scale_free: false },
  adam: { hessian: false, scale_free: false },
  adamw: { hessian: false, scale_free: false },
  rmsprop: { hessian: false, scale_free: false },
  adagrad: { hessian: false, scale_free: false },
  adadelta: { hessian: false, scale_free: true },
  adamax: { hessian: false, scale_free: false },
  nadam: { hessian: false, scale_free: false },
  radam: { hessian: false, scale_free: false },
  rprop: { hessian: false, scale_free: false },
  sign_sgd: { hessian: false, scale_free: false },
  lion: { hessian: false, scale_free: false },
  newton: { hessian: true, scale_free: true },
};

/** Data: what is predicted, and the view that shows it; null and data: the file decides. @type {KindFacts["DATASETS"]} */
export const DATASETS = {
  moons: { task: "classes", view: "boundary" },
  circles: { task: "classes", view: "boundary" },
  spirals: { task: "classes", view: "boundary" },
  xor: { task: "classes", view: "boundary" },
  blobs: { task: "classes", view: "boundary" },
  chebyshev: { task: "numbers", view: "curve" },
  digits: { task: "classes", view: "guesses" },
  csv: { task: null, view: "data" },
  names: { task: "classes", view: "samples" },
};
