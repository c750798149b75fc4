/** What the settings of problems, data, optimizers and schedules are called. */

import { language } from "./numerals.js";

/** By the names that the server has for them; of others the underscores are blanks. @type {Record<string, string>} */
const LABELS = {
  // Problems and data
  hidden: "hidden layers",
  init: "initial values",
  init_scale: "scaled by",
  init_seed: "seed of the initial values",
  n: "points",
  context: "letters of context",
  embedding: "embedding size",
  validation: "kept for validation",
  scaling: "scaling of the inputs",
  batch_size: "batch size",
  l1: "L1 penalty",
  dtype: "precision",
  kappa: "κ",
  tilt: "tilt",
  amplitude: "amplitude",
  domain: "domain",
  eigenvalues: "eigenvalues",
  text: "text",
  data: "data",
  activation: "activation",
  negative_slope: "negative slope",
  loss: "loss",
  arms: "arms",
  blobs: "blobs",
  degree: "degree",
  target: "target",
  seed: "seed",
  noise: "noise",
  // Optimizers
  momentum: "momentum",
  dampening: "dampening",
  weight_decay: "weight decay",
  decoupled_weight_decay: "decoupled weight decay",
  momentum_decay: "momentum decay",
  damping: "damping",
  maximize: "maximize",
  alpha: "α",
  beta: "β",
  beta1: "β₁",
  beta2: "β₂",
  beta2_decay: "decay of β₂",
  eps: "ε",
  eps1: "ε₁",
  eps2: "ε₂",
  rho: "ρ",
  lambd: "λ",
  lr_decay: "decay of lr",
  d: "clipping threshold",
  t0: "start of averaging",
  eta1: "factor after a turn",
  eta2: "factor without a turn",
  step_size1: "smallest step",
  step_size2: "largest step",
  nesterov: "Nesterov",
  amsgrad: "AMSGrad",
  centered: "centred",
  initial_accumulator_value: "initial accumulator",
  history_size: "pairs remembered",
  line_search_fn: "line search",
  max_iter: "iterations a step",
  max_eval: "evaluations a step",
  tolerance_change: "tolerance of changes",
  tolerance_grad: "tolerance of gradients",
  adjust_lr_fn: "lr of other shapes",
  ns_steps: "Newton–Schulz steps",
  ns_coefficient1: "Newton–Schulz a",
  ns_coefficient2: "Newton–Schulz b",
  ns_coefficient3: "Newton–Schulz c",
  path: "import path",
  options: "options",
  adamw_lr: "AdamW’s lr",
  adamw_beta1: "AdamW’s β₁",
  adamw_beta2: "AdamW’s β₂",
  adamw_eps: "AdamW’s ε",
  adamw_weight_decay: "AdamW’s weight decay",
  // Schedules
  gamma: "γ",
  decay: "decay",
  start_factor: "start factor",
  end_factor: "end factor",
  power: "power",
  total_steps: "total steps",
  mode: "mode",
  parts: "parts",
  threshold: "threshold",
  start: "start",
  warmup: "warm-up",
  warmup_share: "share of the warm-up",
  decay_share: "share of the decay",
  total_iters: "total steps",
  step_size: "steps between drops",
  milestones: "steps of the drops",
  factor: "factor",
  T_max: "steps to the lowest lr",
  T_0: "steps of the first period",
  T_mult: "growth of a period",
  eta_min: "lowest lr",
  min_lr: "lowest lr",
  base_lr: "lowest lr",
  max_lr: "highest lr",
  pct_start: "share of the rise",
  anneal_strategy: "way down",
  div_factor: "highest over first lr",
  final_div_factor: "first over last lr",
  three_phase: "three phases",
  step_size_up: "steps up",
  step_size_down: "steps down",
  every: "steps between looks",
  patience: "looks without progress",
  cooldown: "looks to rest",
  threshold_mode: "kind of threshold",
  lr_lambda: "factor f",
  // What varies
  steps: "steps",
  seeds: "seeds",
  lr_from: "from",
  lr_to: "to",
};

/** Words that are signs, and stay small at the beginning of a label. */
const SIGN = /^(lr|\p{L}[\d₀-₉]*)(?=\s|$)/u;

/**
 * What a setting is called in a sentence.
 * @param {string} name
 */
export const nameOfField = (name) => LABELS[name] ?? name.replaceAll("_", " ");

/** Languages whose nouns begin with a capital wherever they stand. */
const CAPITAL_NOUNS = new Set(["de", "lb"]);

/**
 * Words that begin with a capital as they stand within a sentence, or at an axis.
 * @param {string} words
 */
export const inSentence = (words) =>
  CAPITAL_NOUNS.has(language) ? words : words.charAt(0).toLowerCase() + words.slice(1);

/**
 * Words as they stand before a control: in sentence case, unless they begin with a sign.
 * @param {string} words
 */
export function asLabel(words) {
  return SIGN.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1);
}
