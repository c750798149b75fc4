// Shapes of the wire, written by `make types` from the server's models. Do not edit.

/** A number that may be infinite or NaN, as JSON carries it. */
export type Extended = number | "inf" | "-inf" | "nan";

/** A kink: the slope is -1 or 1 everywhere except at the minimum itself. */
export interface AbsoluteValue {
  kind?: "absolute_value";
}

/** A rippled plain around a sharp funnel, whose tip, at the origin, is a kink. */
export interface Ackley {
  kind?: "ackley";
}

/** Steps measured in past steps, so that the learning rate has no unit and 1 is a natural choice. */
export interface Adadelta {
  kind?: "adadelta";
  /** Learning rate η, a pure number. */
  lr?: number;
  /** Memory of squared gradients and squared steps, ρ. */
  rho?: number;
  /** Sets the size of the first steps, ε. */
  eps?: number;
  /** Pull towards zero, as a part of the gradient. */
  weight_decay?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** Adam without a mean, whose mean squares of a matrix are kept as those of its rows and of its columns. */
export interface Adafactor {
  kind?: "adafactor";
  /** Largest learning rate η: a step as a share of the size of a tensor. */
  lr?: number;
  /** Power c of t that is the share of a new squared gradient: at first all, later little. */
  beta2_decay?: number;
  /** Keeps the divisions finite; the rounding of the arithmetic if not given, ε₁. */
  eps1?: number | null;
  /** Size that a tensor counts as having at least, ε₂. */
  eps2?: number;
  /** Root mean square of an update, before the rate, above which it is shortened. */
  d?: number;
  /** Pull w towards zero, beside the gradient. */
  weight_decay?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** Steps that shrink where gradients have been large: made for rare features. */
export interface Adagrad {
  kind?: "adagrad";
  /** Learning rate η. */
  lr?: number;
  /** How fast the learning rate falls, γ. */
  lr_decay?: number;
  /** Pull towards zero, as a part of the gradient. */
  weight_decay?: number;
  /** What the sum of squares starts from. */
  initial_accumulator_value?: number;
  /** Keeps the division finite where all gradients were zero, ε. */
  eps?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** A separate step length for every coordinate: about η, whatever the size of the gradient. */
export interface Adam {
  kind?: "adam";
  /** Learning rate η: about the distance each coordinate moves in a step. */
  lr?: number;
  /** Memory of the mean gradient, β₁. */
  beta1?: number;
  /** Memory of the mean squared gradient, β₂. */
  beta2?: number;
  /** Keeps the division finite where the gradient is zero, ε. */
  eps?: number;
  /** Pull towards zero. */
  weight_decay?: number;
  /** Divide by the largest mean squared gradient so far, so that steps never grow again. */
  amsgrad?: boolean;
  /** Let weight decay shrink the parameters themselves, as AdamW does. */
  decoupled_weight_decay?: boolean;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** Adam that divides by the largest recent gradient instead of the mean square. */
export interface Adamax {
  kind?: "adamax";
  /** Learning rate η: about the distance each coordinate moves in a step. */
  lr?: number;
  /** Memory of the mean gradient, β₁. */
  beta1?: number;
  /** Memory of the mean squared gradient, β₂. */
  beta2?: number;
  /** Keeps the division finite where the gradient is zero, ε. */
  eps?: number;
  /** Pull towards zero. */
  weight_decay?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** Adam whose weight decay shrinks the parameters themselves, so that it is not divided by √v̂. */
export interface Adamw {
  kind?: "adamw";
  /** Learning rate η: about the distance each coordinate moves in a step. */
  lr?: number;
  /** Memory of the mean gradient, β₁. */
  beta1?: number;
  /** Memory of the mean squared gradient, β₂. */
  beta2?: number;
  /** Keeps the division finite where the gradient is zero, ε. */
  eps?: number;
  /** Pull w towards zero, beside the gradient. */
  weight_decay?: number;
  /** Divide by the largest mean squared gradient so far, so that steps never grow again. */
  amsgrad?: boolean;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** A change that can be made at a click. */
export interface Advice {
  /** Dotted path from the experiment, as in ``vary``: ``run.optimizer.lr``, ``run.noise``, ``steps``. */
  field: string;
  /** What to put there. */
  value: Extended | boolean | number;
  /** What comes of it; None where it only may help. */
  promise?: "stable" | "converges" | "faster" | "lower" | "leaves" | null;
}

/** Gradient descent with a rate that falls slowly, and an average of the points it comes through. */
export interface Asgd {
  kind?: "asgd";
  /** Learning rate η of the first update. */
  lr?: number;
  /** Pull towards zero, and how fast the rate falls, λ. */
  lambd?: number;
  /** Power with which the rate falls, α. */
  alpha?: number;
  /** Update from which on points are averaged, t₀. */
  t0?: number;
  /** Pull w towards zero, as a part of the gradient. */
  weight_decay?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** A lesson as a class is told it before it has seen the runs: what is asked, and of which set-ups. */
export interface AskedLesson {
  slug: string;
  title: string;
  question: string;
  terms: string[];
  prediction: AskedPrediction;
  presets: ShownPreset[];
}

/** A poll as it is told. */
export interface AskedPoll {
  id: string;
  kind: "choice" | "number" | "sketch";
  question: string;
  /** Of a choice. */
  options: string[] | null;
  /** How it is asked, as it was sent. */
  shape: Record<string, unknown> | null;
  round: number;
  state: "open" | "closed" | "revealed";
  /** Of every round that had votes; null until it is revealed, except to the teacher. */
  results: PollResult[] | null;
  /** One's own in the present round. */
  vote?: number | number[] | null;
}

/** What a lesson lets its readers predict, without the answer. */
export interface AskedPrediction {
  kind: "choice" | "number" | "sketch";
  text: string;
  /** Of a choice. */
  answers?: string[] | null;
  /** Of a number: the lower end of its scale. */
  low?: number | null;
  high?: number | null;
  /** Of a sketch: the run whose curve is drawn. */
  run?: number | null;
  column?: "loss" | "p0" | "p1" | null;
}

/** What a submitted run did. */
export interface Attempted {
  reached: boolean;
  /** The first entry at which the goal was reached. */
  steps: number | null;
  /** The lowest. */
  loss: Extended;
  /** Steps of the best that one submitted so far. */
  best: number | null;
  rank: number | null;
}

/** A flat plain with sharp cliffs at its corners: the slopes span many powers of ten. */
export interface Beale {
  kind?: "beale";
}

/** Round clouds on a circle: the task that even a network without hidden layers can do, if they do not overlap. */
export interface Blobs {
  kind?: "blobs";
  /** Points to train on, equally many in every blob up to one. */
  n?: number;
  /** Standard deviation of every cloud, in both coordinates. */
  noise?: number;
  /** Drives the points and their noise. */
  seed?: number;
  /** Inputs as they are, or with mean 0 and standard deviation 1. */
  scaling?: "raw" | "standard";
  /** Clouds, one class each; their centres lie evenly on the circle of radius 1. */
  blobs?: number;
}

/** The best that somebody submitted. */
export interface BoardRow {
  id: string;
  /** Null where it is hidden. */
  rank: number | null;
  steps: number;
  /** The settings in words. */
  optimizer: string;
  nickname: string | null;
  mine: boolean;
  hidden: boolean;
}

/** A slanted bowl: the valley runs diagonally, so each coordinate alone tells little. */
export interface Booth {
  kind?: "booth";
}

/** A long valley, κ times steeper across than along: the picture of a badly scaled problem. */
export interface Bowl {
  kind?: "bowl";
  /** The condition number κ: curvature across the valley, where it is 1 along it. */
  kappa?: number;
}

/** Several schedules at once: the learning rate is multiplied by the share of it that each would leave. */
export interface Chained {
  kind?: "chained";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** The schedules. */
  parts?: (Constant | Step | Multistep | Exponential | InverseTime | Linear | Polynomial | Cosine | WarmupStableDecay | Multiplicative)[];
}

/** A challenge and its board. */
export interface ChallengeBoard {
  id: string;
  created: string;
  title: string;
  problem: Parabola | Quartic | DoubleWell | TiltedDoubleWell | AbsoluteValue | SineBowl | Bowl | Rosenbrock | Himmelblau | Beale | Booth | Matyas | ThreeHumpCamel | SixHumpCamel | StyblinskiTang | GoldsteinPrice | Rastrigin | Ackley | Griewank | Levy | Saddle | MonkeySaddle | PlateauSurface | FormulaSurface | Quadratic | Regression | Network | Character;
  /** Updates of a run, at most. */
  steps: number;
  goal: Goal;
  measure: "steps";
  /** The kinds of rules that may be submitted; null for all. */
  optimizers: string[] | null;
  rows: BoardRow[];
}

/** The challenges of a room. */
export interface ChallengeList {
  items: ChallengeBoard[];
  presets: PresetTitle[];
}

/** A network that writes names: from the last few letters it predicts the next one. */
export interface Character {
  kind?: "character";
  /** The names it learns from. */
  data?: Names;
  /** How many letters it sees. */
  context?: number;
  /** How many numbers stand for a letter. */
  embedding?: number;
  /** Units of every hidden layer, first to last; an empty list makes a linear model. */
  hidden?: number[];
  /** What every hidden unit does with its sum; gelu is z Φ(z), Φ the normal distribution, gelu_tanh its approximation by tanh. */
  activation?: "tanh" | "relu" | "sigmoid" | "gelu" | "gelu_tanh" | "leaky_relu" | "sin" | "none";
  /** Slope of leaky_relu below 0; the others have none. */
  negative_slope?: number;
  /** How initial parameters are drawn: PyTorch's default, standard normal, or to keep the signal's size (xavier and kaiming, with the gain of the hidden layers for the output too, and biases of 0). Gains are those of torch.nn.init.calculate_gain; it names none for gelu, which has that of relu, and sin, which has 1. */
  init?: "torch" | "naive" | "xavier" | "kaiming";
  /** Every initial parameter is multiplied by this. */
  init_scale?: number;
  /** Draws the initial parameters, as torch.manual_seed does; the seed of the run, which also orders its mini-batches, if not given. "Program" in Export, and docs/reference.md, say how exactly. */
  init_seed?: number | null;
}

/** Points on the Chebyshev polynomial T_d(x) = cos(d·arccos x), evenly spaced on [-1, 1]: a curve to fit. */
export interface Chebyshev {
  kind?: "chebyshev";
  /** Points to train on; the validation points lie halfway between them. */
  n?: number;
  /** Standard deviation of the noise on the targets. */
  noise?: number;
  /** Drives the points and their noise. */
  seed?: number;
  /** Inputs as they are, or with mean 0 and standard deviation 1. */
  scaling?: "raw" | "standard";
  /** Degree of the polynomial: how often it turns, plus one. */
  degree?: number;
}

/** A circle inside a circle of twice its radius: the class is how far from the middle a point lies. */
export interface Circles {
  kind?: "circles";
  /** Points to train on, half of them on each circle. */
  n?: number;
  /** Standard deviation of the noise on both coordinates; the radii are 1 and 0.5. */
  noise?: number;
  /** Drives the points and their noise. */
  seed?: number;
  /** Inputs as they are, or with mean 0 and standard deviation 1. */
  scaling?: "raw" | "standard";
}

/** Something that is so in the result of a preset: a value, a bound, or an order of values. */
export interface Claim {
  /** Which value it is about. */
  value?: string | null;
  /** Another value, by which it is divided first. */
  over?: string | null;
  /** What it is: a number to ``within``, or a word. */
  equals?: Extended | null;
  /** The same by arithmetic, such as ``(1 - 0.1 * 2)^40``: the numbers that the texts reason with stand in it. */
  theory?: string | null;
  /** How far a number may be off, as a share of it. */
  within?: number;
  above?: number | null;
  below?: number | null;
  /** Whether there is no such value: it never exploded, or never came so low. */
  absent?: boolean;
  /** Values each of which is larger than the one before; one that is absent is larger than all. */
  ascending?: string[];
}

/** Runs on one problem, side by side: the same seed, the same noise, the same clock. */
export interface Comparison {
  /** What is minimised. */
  problem: Parabola | Quartic | DoubleWell | TiltedDoubleWell | AbsoluteValue | SineBowl | Bowl | Rosenbrock | Himmelblau | Beale | Booth | Matyas | ThreeHumpCamel | SixHumpCamel | StyblinskiTang | GoldsteinPrice | Rastrigin | Ackley | Griewank | Levy | Saddle | MonkeySaddle | PlateauSurface | FormulaSurface | Quadratic | Regression | Network | Character;
  /** Drives initial parameters, batch order and noise; shared by the runs. */
  seed?: number;
  /** Arithmetic of the run; float32 for networks, if not given. */
  dtype?: "float32" | "float64";
  /** Where a network is computed: on the graphics card where there is one and the work is worth it, or as asked. */
  device?: "auto" | "cpu" | "cuda";
  kind?: "comparison";
  /** The descents to compare. */
  runs: Run[];
  /** Updates of every run; a run ends earlier at its first non-finite entry. */
  steps?: number;
  /** Repeat every run with this many seeds: seed, seed + 1, and so on. */
  seeds?: number;
  /** Fields that take many values: every run is repeated with each, of several fields with every combination. */
  vary?: Vary[];
}

/** The same learning rate throughout, or a share of it for the first updates. */
export interface Constant {
  kind?: "constant";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Share of the learning rate used at first. */
  factor?: number;
  /** Updates until the full learning rate is used. */
  total_iters?: number;
}

/** Fall along half a cosine; after T_max updates the rate climbs again. */
export interface Cosine {
  kind?: "cosine";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Updates from the highest rate to the lowest; the rest of the run if not given. */
  T_max?: number | null;
  /** The lowest rate. */
  eta_min?: number;
}

/** Fall along half a cosine, jump back to the full rate, and again, each time over T_mult as many updates. */
export interface CosineRestarts {
  kind?: "cosine_restarts";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Updates until the first restart; the rest of the run if not given. */
  T_0?: number | null;
  /** How many times longer every next cycle is. */
  T_mult?: number;
  /** The rate that every cycle falls to. */
  eta_min?: number;
}

/** A vote as it is counted. */
export interface CountedVote {
  round: number;
  value: number | number[];
}

/** A table of your own: one row for every example, and one column for everything that is known of it. */
export interface Csv {
  kind?: "csv";
  /** Your table, as it was called when you uploaded it. */
  id?: string | null;
  /** What the predicted column holds; decided from the column itself if not given. */
  target?: "classes" | "numbers" | null;
  /** Share of the rows that are kept to check with; 0.2 if not given, and 0 of fewer than 10 rows. */
  validation?: number | null;
  /** Drives which rows those are. */
  seed?: number;
  /** Numbers as they are, or every column, and a target of numbers too, with mean 0 and standard deviation 1. */
  scaling?: "raw" | "standard";
}

/** Climb and fall in triangles, for as long as the run lasts. Momentum stays as it is: PyTorch's CyclicLR cycles it unless it is told ``cycle_momentum=False``. */
export interface Cyclic {
  kind?: "cyclic";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** The lowest rate; a tenth of the optimizer's learning rate if not given. */
  base_lr?: number | null;
  /** The highest rate; the optimizer's learning rate if not given. */
  max_lr?: number | null;
  /** Updates spent climbing; null for half of the run. */
  step_size_up?: number | null;
  /** Updates spent falling; as many as climbing if not given. */
  step_size_down?: number | null;
  /** How the height changes from cycle to cycle. */
  mode?: "triangular" | "triangular2" | "exp_range";
  /** Factor of the height per update in mode exp_range, γ. */
  gamma?: number;
}

/** One uploaded file of data, and how it is read. */
export interface Dataset {
  id: string;
  kind: "csv" | "names";
  name: string;
  rows: number;
  columns: number;
  /** What is predicted. */
  task: "classes" | "numbers";
  /** What the classes are called; empty for numbers. */
  classes: string[];
  /** What the inputs are called; empty for names. */
  features: string[];
  /** What was found in it, and what was decided. */
  about: string;
  /** UTC, ISO 8601. */
  created: string;
  /** The data set whose file this is another reading of. */
  source: string | null;
  /** Whether whoever asks uploaded it; in local mode everything is. */
  mine: boolean;
  /** Whether everybody who may come in may use it. */
  shared: boolean;
  /** Whether whoever asks may share and remove it. */
  may_change: boolean;
  /** A table as it is understood; null for names, and for tables that were uploaded before this was kept. */
  table: TableUnderstood | null;
}

/** One uploaded file of data, in few words. */
export interface DatasetListed {
  id: string;
  kind: "csv" | "names";
  name: string;
  rows: number;
  columns: number;
  /** What is predicted. */
  task: "classes" | "numbers";
  /** What the classes are called; empty for numbers. */
  classes: string[];
  /** What the inputs are called; empty for names. */
  features: string[];
  /** What was found in it, and what was decided. */
  about: string;
  /** UTC, ISO 8601. */
  created: string;
  /** The data set whose file this is another reading of. */
  source: string | null;
  /** Whether whoever asks uploaded it; in local mode everything is. */
  mine: boolean;
  /** Whether everybody who may come in may use it. */
  shared: boolean;
  /** Whether whoever asks may share and remove it. */
  may_change: boolean;
}

/** Every uploaded file of data, newest first. */
export interface Datasets {
  items: DatasetListed[];
}

/** Handwritten digits of 43 people, 8 by 8 pixels: small enough to train on in seconds, real enough to be hard. */
export interface Digits {
  kind?: "digits";
  /** Share of the pictures that are kept to check with. */
  validation?: number;
  /** Drives which pictures those are. */
  seed?: number;
  /** Pixels as they are, 0 to 16, or each with mean 0 and standard deviation 1. */
  scaling?: "raw" | "standard";
}

/** Two equally deep valleys with a hill between them; which one is found depends on start and step. */
export interface DoubleWell {
  kind?: "double_well";
}

/** An average that forgets: the parameters of about the last 1/(1 - β) updates count, β its decay. */
export interface Ema {
  kind?: "ema";
  /** Entry from which on parameters are averaged; until then the average is the parameters themselves. */
  start?: number;
  /** What is kept of the average in every update, β. */
  decay?: number;
}

/** A link that shows a lesson or an experiment within another page. */
export interface EmbedLink {
  /** What the frame shows. */
  url: string;
  /** The frame, to be put into the other page. */
  html: string;
  /** How long the link lasts. */
  days: number;
}

/** The numbers behind an outcome; None where undefined. */
export interface Evidence {
  /** Largest Hessian eigenvalue λ, weight decay included, at ``exploded``, else at the last finite entry. */
  sharpness?: Extended | null;
  /** Largest stable learning rate of this rule there: None without theory, inf where λ <= 0. */
  limit?: Extended | null;
  /** The learning rate there. */
  lr?: Extended | null;
  /** ρ²: the factor of the loss per update that the rule's spectral radius predicts. */
  predicted_growth?: Extended | null;
  /** Median of loss[k+1]/loss[k] over the last 10 finite ratios, skipping the first. */
  measured_growth?: Extended | null;
  /** A learning rate that would have held: limit / 2. */
  safe_lr?: Extended | null;
}

/** One stored experiment. */
export interface Experiment {
  id: string;
  status: "queued" | "running" | "paused" | "done" | "cancelled" | "failed" | "interrupted";
  kind: string;
  name: string;
  /** UTC, ISO 8601. */
  created: string;
  spec: Comparison | RangeTest | Map | RecordedLoop;
  steps_done: number;
  error: string | null;
  /** Null while it is computed, and in a list where there are more than 32: ask for the experiment. */
  outcomes: Outcome[] | null;
  /** The runs that are computed, at most 32, where values or seeds make them others than listed; null in a list. */
  lanes?: VariedRun[] | null;
  /** How many runs came to which kind of outcome; null while it is computed. */
  outcome_counts?: Record<string, unknown> | null;
  /** What it takes in the store. */
  bytes?: number;
  /** How many entries are left where the trace was thinned out; null where every one is kept. */
  thinned?: Thinned | null;
  /** What it was forked from: the experiment, the run and the step. */
  parent?: Record<string, unknown> | null;
  /** Whose numbers it has, where they were not computed for it. */
  source?: Source | null;
  /** Whether, in a list, values of the spec are left out: ask for the experiment. */
  abridged?: boolean;
  /** Whether whoever asks made it; in local mode everything is. */
  mine?: boolean;
  /** Whether everybody who may come in may read, compare and fork it. */
  shared?: boolean;
  /** Whether whoever asks may rename, share, stop and delete it. */
  may_change?: boolean;
}

/** Shrink by the same factor at every update: lr γᵗ. */
export interface Exponential {
  kind?: "exponential";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Factor of every update, γ; what leads to a hundredth of the learning rate at the end if not given. */
  gamma?: number | null;
}

/** A function you type yourself. */
export interface FormulaSurface {
  kind?: "formula";
  /** What is minimised. It has as many variables as the highest one used; it is kept in plain text, as 3*x**2. */
  text?: string;
  /** From where to where to draw, for every variable; if not given, where minima, saddles and flat parts are. */
  domain?: [number, number][] | null;
}

/** The header of a binary frame; the body is columns x runs x n numbers. */
export interface FrameHeader {
  seq: number;
  /** The frame covers the stored chunks first..seq. */
  first: number;
  step: number;
  /** Entry i is the state after step + i·stride updates; 0 means that a column ``step`` is present. */
  stride: number;
  n: number;
  runs: number[];
  columns: string[];
  dtype: "<f4" | "<f8";
  /** Of a preview: which message it answers. */
  request?: number | null;
}

/** Every term of the lessons. */
export interface Glossary {
  items: GlossaryEntry[];
}

/** One term of the lessons. */
export interface GlossaryEntry {
  /** Its name in English, in every language. */
  id?: string;
  name: string;
  definition: string;
  /** Empty where it has none. */
  formula: string;
  /** The formula as MathML. */
  mathml?: string;
  /** The lessons that name it, in order. */
  lessons?: string[];
  /** A small set-up whose run shows it. */
  example?: Comparison | null;
}

/** What is to be reached. */
export interface Goal {
  /** A run has reached it at its first entry whose loss is no larger. */
  loss: number;
}

/** Four valleys in a landscape whose heights span six powers of ten. */
export interface GoldsteinPrice {
  kind?: "goldstein_price";
}

/** Whether the answer to a question does what was asked. */
export interface Grade {
  passed: boolean;
  /** What the run did, in a sentence or two with its numbers, and what was asked. */
  said: string;
  /** The first run of the question's set-up. */
  run: GradedRun;
}

/** What came of the run that an answer was graded by. */
export interface GradedRun {
  outcome: Outcome;
}

/** A very wide bowl under waves: locally all valleys look alike, and only the average points home. */
export interface Griewank {
  kind?: "griewank";
}

/** Four equally deep valleys: start and step decide which one is found. */
export interface Himmelblau {
  kind?: "himmelblau";
}

/** Shrink as one over time, the classical choice for noisy gradients: lr / (1 + decay t). */
export interface InverseTime {
  kind?: "inverse_time";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** How fast the rate falls; what leads to a hundredth of the learning rate at the end if not given. */
  decay?: number | null;
}

/** Multiply the learning rate by a formula of your own: lr · f(t). */
export interface Lambda {
  kind?: "lambda";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** The factor f, a formula of t, the update, which counts from 0, and n, how many there are, both after warmup. */
  lr_lambda?: string;
}

/** Newton's method without a Hessian: the curvature is learnt from how the gradient changed along the last steps. */
export interface Lbfgs {
  kind?: "lbfgs";
  /** Share η of the full step; with a line search the length that is tried first. */
  lr?: number;
  /** Iterations of a step, at most. */
  max_iter?: number;
  /** Gradients of a step, at most; 5/4 of max_iter if not given. */
  max_eval?: number | null;
  /** Largest component of a gradient that counts as 0. */
  tolerance_grad?: number;
  /** Change of loss or parameters that counts as none. */
  tolerance_change?: number;
  /** Steps that are remembered. */
  history_size?: number;
  /** Search along every direction for a step that lowers the loss enough and leaves little slope. */
  line_search_fn?: "strong_wolfe" | null;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** A lesson: predict, run, notice, explain. */
export interface Lesson {
  slug: string;
  title: string;
  question: string;
  prediction: MultipleChoice | NumberPrediction | SketchPrediction;
  presets: Preset[];
  /** What can be seen, one tap. */
  notice: MultipleChoice;
  why: string;
  /** What to change in the runs, by numbers that can be dragged. */
  explore?: string | null;
  takeaway: string;
  summary: Summary;
  terms: string[];
  picture: Picture;
  mnemonic: string;
  dialogue: Spoken[];
  quiz: (MultipleChoice | SettingQuestion)[];
  /** Where to go on: names of lessons. */
  go_on?: string[];
}

/** One lesson in a few words. */
export interface LessonListed {
  /** Its name in addresses. */
  slug: string;
  title: string;
  question: string;
  /** Names of the glossary. */
  terms: string[];
}

/** What the runs of a lesson gave. */
export interface LessonValues {
  /** By what stands in braces in the lesson's texts; null where a run has no such value. */
  values: Record<string, unknown>;
}

/** Every lesson, in order. */
export interface Lessons {
  items: LessonListed[];
}

/** Waves in both directions, of different lengths, on a flat valley. */
export interface Levy {
  kind?: "levy";
}

/** Go in a straight line from one share of the learning rate to another, and stay there. */
export interface Linear {
  kind?: "linear";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Share of the learning rate at first. */
  start_factor?: number;
  /** Share of the learning rate after total_iters updates. */
  end_factor?: number;
  /** Updates on the way; null for the rest of the run. */
  total_iters?: number | null;
}

/** Sign descent with two memories: one to decide, a longer one to remember. */
export interface Lion {
  kind?: "lion";
  /** Learning rate η: the distance every coordinate moves. */
  lr?: number;
  /** Share of the memory in the decision, β₁. */
  beta1?: number;
  /** Memory of the mean gradient, β₂. */
  beta2?: number;
  /** Pull w towards zero, beside the gradient. */
  weight_decay?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** A warning or an error of this server's log; it may say more about itself. */
export interface LoggedEvent {
  /** UTC, ISO 8601. */
  time: string;
  level: string;
  event: string;
  message: string;
}

/** Many runs that differ in two fields: a cell says how its run ended, and how fast. */
export interface Map {
  /** What is minimised. */
  problem: Parabola | Quartic | DoubleWell | TiltedDoubleWell | AbsoluteValue | SineBowl | Bowl | Rosenbrock | Himmelblau | Beale | Booth | Matyas | ThreeHumpCamel | SixHumpCamel | StyblinskiTang | GoldsteinPrice | Rastrigin | Ackley | Griewank | Levy | Saddle | MonkeySaddle | PlateauSurface | FormulaSurface | Quadratic | Regression | Network | Character;
  /** Drives initial parameters, batch order and noise; shared by the runs. */
  seed?: number;
  /** Arithmetic of the run; float32 for networks, if not given. */
  dtype?: "float32" | "float64";
  /** Where a network is computed: on the graphics card where there is one and the work is worth it, or as asked. */
  device?: "auto" | "cpu" | "cuda";
  kind?: "map";
  /** The descent that every cell makes. */
  run?: Run;
  /** The two fields: across, then upwards. */
  vary: Vary[];
  /** Updates of every run. */
  steps?: number;
}

/** A nearly flat diagonal valley: quick down the sides, slow along the floor. */
export interface Matyas {
  kind?: "matyas";
}

/** Three valleys and three ridges meet in one level point, and there is no bottom. */
export interface MonkeySaddle {
  kind?: "monkey_saddle";
}

/** Two half circles that reach into each other: no straight line separates them, a small network does. */
export interface Moons {
  kind?: "moons";
  /** Points to train on, half of them in each moon. */
  n?: number;
  /** Standard deviation of the noise on both coordinates; from 0.3 on the moons overlap. */
  noise?: number;
  /** Drives the points and their noise. */
  seed?: number;
  /** Inputs as they are, or with mean 0 and standard deviation 1. */
  scaling?: "raw" | "standard";
}

/** A prediction, or a quiz question, with answers to choose from. */
export interface MultipleChoice {
  kind: "choice";
  text: string;
  answers: string[];
  /** Which of the answers is right, from 0. */
  right: number;
  /** What every answer, right or wrong, has to do with what the runs did. */
  because?: string[];
}

/** Multiply the learning rate by a factor of your own at every update: lr · f(1) f(2) ... f(t). */
export interface Multiplicative {
  kind?: "multiplicative";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** The factor f, a number or a formula of t, the update, and n, how many there are, both after warmup. */
  lr_lambda?: string;
}

/** Drop by the same factor at chosen updates: lr γ^(number of milestones <= t). */
export interface Multistep {
  kind?: "multistep";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Updates at which the rate drops, one drop for each mention; half and three quarters of the run if not given. */
  milestones?: number[] | null;
  /** Factor of every drop, γ. */
  gamma?: number;
}

/** Momentum whose every direction is made equally long: the steps of weight matrices are orthogonal matrices, about. */
export interface Muon {
  kind?: "muon";
  /** Learning rate η of matrices; where it is 0, vectors stand still, too. */
  lr?: number;
  /** Pull w of matrices towards zero, beside the gradient. */
  weight_decay?: number;
  /** Memory of the mean gradient of matrices, μ. */
  momentum?: number;
  /** Look ahead: mix the gradient with the new mean. */
  nesterov?: boolean;
  /** Coefficient a of the iteration that makes a matrix orthogonal (Newton-Schulz). */
  ns_coefficient1?: number;
  /** Coefficient b of it. */
  ns_coefficient2?: number;
  /** Coefficient c of it. */
  ns_coefficient3?: number;
  /** Length that a matrix is divided by at least. */
  eps?: number;
  /** How often it is repeated. */
  ns_steps?: number;
  /** What the rate of a matrix is multiplied by: s (original), or 0.2 √(longer side), for steps as long as AdamW's. */
  adjust_lr_fn?: "original" | "match_rms_adamw" | null;
  /** Learning rate of vectors: biases follow AdamW. */
  adamw_lr?: number;
  /** Memory of the mean gradient of vectors, β₁. */
  adamw_beta1?: number;
  /** Memory of the mean squared gradient of vectors, β₂. */
  adamw_beta2?: number;
  /** Keeps AdamW's division finite, ε. */
  adamw_eps?: number;
  /** Pull of vectors towards zero, beside the gradient. */
  adamw_weight_decay?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** Adam with Nesterov's look ahead, and a momentum that warms up. */
export interface Nadam {
  kind?: "nadam";
  /** Learning rate η: about the distance each coordinate moves in a step. */
  lr?: number;
  /** Memory of the mean gradient, β₁. */
  beta1?: number;
  /** Memory of the mean squared gradient, β₂. */
  beta2?: number;
  /** Keeps the division finite where the gradient is zero, ε. */
  eps?: number;
  /** Pull towards zero. */
  weight_decay?: number;
  /** How fast the momentum warms up, ψ. */
  momentum_decay?: number;
  /** Let weight decay shrink the parameters themselves, as AdamW does. */
  decoupled_weight_decay?: boolean;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** First names, letter by letter: a model learns which letter comes next, and then makes up names. */
export interface Names {
  kind?: "names";
  /** Your own list, as it was called when you uploaded it; the shipped names if not given. */
  id?: string | null;
  /** Share of the names that are kept to check with. */
  validation?: number;
  /** Drives which names those are. */
  seed?: number;
}

/** A network of layers: it learns to tell classes apart, or to predict numbers. */
export interface Network {
  kind?: "network";
  /** The examples it learns from. */
  data?: Moons | Circles | Spirals | Xor | Blobs | Chebyshev | Digits | Csv;
  /** Units of every hidden layer, first to last; an empty list makes a linear model. */
  hidden?: number[];
  /** What every hidden unit does with its sum; gelu is z Φ(z), Φ the normal distribution, gelu_tanh its approximation by tanh. */
  activation?: "tanh" | "relu" | "sigmoid" | "gelu" | "gelu_tanh" | "leaky_relu" | "sin" | "none";
  /** Slope of leaky_relu below 0; the others have none. */
  negative_slope?: number;
  /** What is minimised: cross-entropy of a softmax (classes), of one logistic output (two classes), or the mean squared error; what suits the data if not given. */
  loss?: "softmax" | "logistic" | "mse" | null;
  /** How initial parameters are drawn: PyTorch's default, standard normal, or to keep the signal's size (xavier and kaiming, with the gain of the hidden layers for the output too, and biases of 0). Gains are those of torch.nn.init.calculate_gain; it names none for gelu, which has that of relu, and sin, which has 1. */
  init?: "torch" | "naive" | "xavier" | "kaiming";
  /** Every initial parameter is multiplied by this. */
  init_scale?: number;
  /** Draws the initial parameters, as torch.manual_seed does; the seed of the run, which also orders its mini-batches, if not given. "Program" in Export, and docs/reference.md, say how exactly. */
  init_seed?: number | null;
}

/** Divides the gradient by the curvature, direction by direction: on a quadratic one step of lr 1 is enough. */
export interface Newton {
  kind?: "newton";
  /** Share η of the full step. */
  lr?: number;
  /** Number δ added to every curvature. */
  damping?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** What somebody is called. */
export interface Nickname {
  nickname: string | null;
}

/** The parameters are those of the last update. */
export interface NoAveraging {
  kind?: "none";
}

/** One observation about a run, in its own numbers. */
export interface Note {
  kind: "diverged" | "undefined" | "too_small" | "slow" | "zigzag" | "saddle" | "minimum" | "plateau" | "noise_floor" | "edge" | "ringing" | "burst" | "converged" | "oscillating" | "chance" | "learning" | "growing" | "exploded" | "averaged" | "unfinished";
  /** What was seen and what follows, in a few words. */
  sentence: string;
  /** How the numbers hang together: ``ηλ = 0.0105 × 200 = 2.1 > 2``. */
  formula?: string;
  /** The numbers by name, the most telling ones first. */
  values?: Record<string, unknown>;
  /** What can be tried, best first. */
  advice?: Advice[];
}

/** A prediction of a number, on a logarithmic scale. */
export interface NumberPrediction {
  kind: "number";
  text: string;
  low: number;
  high: number;
  /** Which value of the first preset it is about. */
  truth: string;
}

/** What is offered, oldest first. */
export interface OfferList {
  items: Offered[];
}

/** To the teacher: what is offered. */
export interface OfferState {
  type: "offers";
  offers: Offered[];
}

/** Something that a student would show. */
export interface Offered {
  id: string;
  name: string;
  /** The set-up, as a share link carries it. */
  state: string | null;
  experiment: string | null;
  created: string;
  nickname: string | null;
}

/** Climb from a small rate to a large one, then fall far below where it began; at the end the rate stays. Momentum stays as it is: PyTorch's OneCycleLR cycles it unless it is told ``cycle_momentum=False``. */
export interface OneCycle {
  kind?: "one_cycle";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** The largest rate; the optimizer's learning rate if not given. */
  max_lr?: number | null;
  /** Updates of the whole cycle; the rest of the run if not given. */
  total_steps?: number | null;
  /** Share of the cycle spent climbing (a fraction, whatever its name says). */
  pct_start?: number;
  /** Along half a cosine or a straight line. */
  anneal_strategy?: "cos" | "linear";
  /** Largest rate divided by first rate. */
  div_factor?: number;
  /** First rate divided by last rate. */
  final_div_factor?: number;
  /** Come back to the first rate as evenly as it was left, and only then fall to the last one. */
  three_phase?: boolean;
}

/** A rule that is not in the catalogue: any subclass of ``torch.optim.Optimizer``. No stability limit is known. */
export interface OtherRule {
  kind?: "other";
  /** Learning rate η: the length of a step, in units of what the rule makes of the gradient. */
  lr?: number;
  /** The name of its class. */
  name?: string;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** What happened to one run, when, and why (docs/outcomes.md). */
export interface Outcome {
  kind: "converged" | "diverged" | "oscillating" | "stalled" | "unfinished" | "growing";
  /** When: min(exploded, nonfinite) if diverged, the first entry from which it held if converged. */
  step?: number | null;
  /** First k with loss[k] > loss[k-1]. */
  first_rise?: number | null;
  /** Second k of the first adjacent pair more than 1000 times above the start. */
  exploded?: number | null;
  /** First k with a non-finite loss or parameter. */
  nonfinite?: number | null;
  /** The reason, in a sentence with this run's own numbers. */
  because?: string;
  evidence?: Evidence;
  /** What else is worth knowing, the main observation first: sentences, numbers, formulas and advice. */
  notes?: Note[];
}

/** The loss of one run with few entries: its ends and extremes. */
export interface Outline {
  /** Which run, counted as the frames count them. */
  run: number;
  step: number[];
  loss: Extended[];
}

/** A server that has experiments on the store which have not ended. */
export interface OwnerStatus {
  /** ``host:pid:start``. */
  owner: string;
  /** Whether it is the one that answers. */
  this: boolean;
  experiments: number;
  /** Seconds since the last sign of life of one of them; clocks of other machines may differ. */
  heartbeat_age: number;
}

/** Some experiments, newest first. */
export interface Page {
  items: Experiment[];
  /** Give it as ``after`` to see the next ones; null at the end. */
  next: string | null;
}

/** The simplest valley: the same curvature, 2, everywhere. */
export interface Parabola {
  kind?: "parabola";
}

/** A picture from life, and where it breaks down. */
export interface Picture {
  text: string;
  breaks: string;
}

/** Where something is wrong, and what. */
export interface Place {
  loc: (string | number)[];
  msg: string;
}

/** Lower the learning rate when the loss has not been better for a while: lower, or for who climbs higher. */
export interface Plateau {
  kind?: "plateau";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Whether a lower loss is better, or a higher one. */
  mode?: "min" | "max";
  /** What the rate is multiplied by. */
  factor?: number;
  /** Readings without progress that are put up with. */
  patience?: number;
  /** By how much a loss must differ from the best to count as better. */
  threshold?: number;
  /** Whether the threshold is a share of the best loss or a number. */
  threshold_mode?: "rel" | "abs";
  /** Readings ignored after a drop. */
  cooldown?: number;
  /** The rate never falls below this. */
  min_lr?: number;
  /** A drop smaller than this is not made. */
  eps?: number;
  /** Updates between two readings. */
  every?: number;
}

/** A crater in a plain: where a tanh is saturated the slope all but vanishes, and descent crawls. */
export interface PlateauSurface {
  kind?: "plateau";
}

/** What was answered in one round. */
export interface PollResult {
  round: number;
  /** How many voted. */
  count: number;
  /** Of a choice: votes for every option; of a number: votes between successive edges. */
  counts?: number[];
  edges?: number[];
  /** Of a number; of a sketch, of every point. */
  median?: number | number[] | null;
  /** Of a sketch: the lower quartile of every point. */
  low?: number[] | null;
  /** Of a sketch: the upper quartile of every point. */
  high?: number[] | null;
}

/** To the teacher: how the poll on the stage stands. */
export interface PollState {
  type: "poll";
  id: string;
  round: number;
  count: number;
  histogram: PollResult;
}

/** Fall to zero along a power of the time that is left: lr (1 - min(t, n)/n)^power, n total_iters. */
export interface Polynomial {
  kind?: "polynomial";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Updates until zero; null for the rest of the run. */
  total_iters?: number | null;
  /** 1 falls in a straight line, more falls faster at first. */
  power?: number;
}

/** Whose run is seen. */
export interface Presented {
  /** None where the student has none. */
  nickname?: string | null;
}

/** Runs that a lesson shows, and what they do. */
export interface Preset {
  name: string;
  /** What is compared, and with what. */
  text: string;
  spec: Comparison;
  claims: Claim[];
}

/** A challenge that is known by name. */
export interface PresetTitle {
  name: string;
  title: string;
}

/** All frames of a preview were sent. */
export interface PreviewDone {
  type: "done";
  request: number;
  outcomes: Outcome[];
  events: RunEvent[];
}

/** Why a message of the preview is not answered. The socket stays open. */
export interface PreviewProblem {
  type: "problem";
  title: string;
  /** What an HTTP answer would have. */
  status: number;
  detail: string;
  errors: Place[];
  /** Null where the message could not be read. */
  request: number | null;
}

/** A newer message came before this one was answered. */
export interface PreviewSuperseded {
  type: "superseded";
  request: number;
}

/** All processes are busy. */
export interface PreviewWaiting {
  type: "waiting";
  /** Which message it answers. */
  request: number;
  /** The place in line: 1 is next. */
  place: number;
}

/** Why a request was refused: what happened, with the values, then what to do. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors: Place[];
}

/** ½ Σ λᵢ xᵢ²: a bowl in as many dimensions as you give eigenvalues. */
export interface Quadratic {
  kind?: "quadratic";
  /** The curvatures λᵢ, one for every dimension: the eigenvalues of the Hessian. */
  eigenvalues?: number[];
}

/** A valley with steep walls and a flat floor. */
export interface Quartic {
  kind?: "quartic";
}

/** What waits to be computed, of all servers on the store. */
export interface QueueStatus {
  queued: number;
  running: number;
  paused: number;
  /** How many may be queued, running or paused. */
  most: number;
  /** Seconds that the first of those that are queued has waited; null where none is. */
  oldest_wait: number | null;
  /** Simulations and previews that wait for a process of this server. */
  simulations_waiting: number;
}

/** Adam that waits until its mean squared gradient can be trusted, instead of a warm-up. */
export interface Radam {
  kind?: "radam";
  /** Learning rate η: about the distance each coordinate moves in a step. */
  lr?: number;
  /** Memory of the mean gradient, β₁. */
  beta1?: number;
  /** Memory of the mean squared gradient, β₂. */
  beta2?: number;
  /** Keeps the division finite where the gradient is zero, ε. */
  eps?: number;
  /** Pull towards zero. */
  weight_decay?: number;
  /** Let weight decay shrink the parameters themselves, as AdamW does. */
  decoupled_weight_decay?: boolean;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** Climb from the learning rate to a larger one by equal ratios, to see where training breaks. */
export interface Ramp {
  kind?: "climb";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Learning rate of the last update. */
  to?: number;
}

/** The smoothed loss over the seeds, at some of the rates; of every column an equal number. */
export interface RangeBand {
  lr: Extended[];
  median: Extended[];
  /** The first quartile. */
  low: Extended[];
  /** The third quartile. */
  high: Extended[];
  min: Extended[];
  max: Extended[];
}

/** Where the loss blew up, the median over seeds. */
export interface RangeBlowUp {
  lr: number;
  step: number;
  /** How many of them blew up. */
  seeds: number;
  because: string;
  nonfinite: RangePlace | null;
}

/** The rate to use, and why; null where none trains. */
export interface RangeChoice {
  lr: number | null;
  rule: string | null;
  because: string;
}

/** What a range test found. */
export interface RangeFindings {
  n: number;
  seeds: number;
  band: RangeBand;
  rules: RangeRule[];
  blow_up: RangeBlowUp | null;
  limit: RangeLimit | null;
  range: RangeWidth;
  recommended: RangeChoice;
}

/** The largest stable rate, where the Hessian is known. */
export interface RangeLimit {
  value: number;
  constant: boolean;
  because: string;
}

/** A rate, and the update that used it. */
export interface RangePlace {
  lr: number;
  step: number;
}

/** What became of a rate that was held constant for some updates. */
export interface RangeProof {
  lr: number;
  steps: number;
  /** The loss at the beginning, the median over seeds. */
  start: Extended;
  /** The loss at the end, the median over seeds. */
  final: Extended;
  finals: Extended[];
  outcomes: string[];
  because: string;
  /** Whether nothing diverged or grew, and every seed's loss fell by a tenth of what the best rate takes off it. */
  trains: boolean;
  /** What it took off the loss, as a share of what the best rate for a seed did: the median; null if nothing fell. */
  share?: number | null;
  /** Updates until the loss is, and stays, at the lowest final loss of all rates; null where it is not there. */
  arrives?: number | null;
}

/** One published rule and what it suggests: the median over seeds, the ends, and every seed's. */
export interface RangeRule {
  name: string;
  title: string;
  what: string;
  source: string;
  lr: number | null;
  low: number | null;
  high: number | null;
  per_seed: (number | null)[];
  verification: RangeProof | null;
}

/** One run whose learning rate climbs by equal ratios: update k uses 10**linspace(log10 a, log10 b, steps)[k]. */
export interface RangeTest {
  /** What is minimised. */
  problem: Parabola | Quartic | DoubleWell | TiltedDoubleWell | AbsoluteValue | SineBowl | Bowl | Rosenbrock | Himmelblau | Beale | Booth | Matyas | ThreeHumpCamel | SixHumpCamel | StyblinskiTang | GoldsteinPrice | Rastrigin | Ackley | Griewank | Levy | Saddle | MonkeySaddle | PlateauSurface | FormulaSurface | Quadratic | Regression | Network | Character;
  /** Drives initial parameters, batch order and noise; shared by the runs. */
  seed?: number;
  /** Arithmetic of the run; float32 for networks, if not given. */
  dtype?: "float32" | "float64";
  /** Where a network is computed: on the graphics card where there is one and the work is worth it, or as asked. */
  device?: "auto" | "cpu" | "cuda";
  kind?: "range_test";
  /** The descent whose learning rate is looked for. */
  run?: Run;
  /** The learning rate of the first update, a. */
  lr_from?: number;
  /** The learning rate of the last update, b. */
  lr_to?: number;
  /** Updates, and learning rates; a run ends earlier at its first non-finite entry. */
  steps?: number;
  /** Repeat the run with this many seeds: seed, seed + 1, and so on. */
  seeds?: number;
}

/** What the range misses on either side; nothing where it is wide enough. */
export interface RangeWidth {
  because: string[];
}

/** A bowl full of dimples: a grid of local minima about one unit apart. */
export interface Rastrigin {
  kind?: "rastrigin";
  /** Depth of the dimples; 0 leaves a plain bowl. */
  amplitude?: number;
}

/** A training loop that ran elsewhere, as ``slalom.watch`` recorded it. */
export interface RecordedLoop {
  /** The model that was trained. */
  problem?: RecordedModel;
  /** Of no meaning here: the program drew its own numbers. */
  seed?: number;
  /** Of what is recorded. */
  dtype?: "float32" | "float64";
  /** Where a network is computed: on the graphics card where there is one and the work is worth it, or as asked. */
  device?: "auto" | "cpu" | "cuda";
  kind?: "recorded";
  /** The loop, or loops with the same model side by side. */
  runs: RecordedRun[];
  /** Updates that are expected; once it has ended, those that were made. */
  steps?: number;
}

/** The loss of somebody's own model on somebody's own data. */
export interface RecordedModel {
  kind?: "recorded";
  /** The class of the model. */
  name?: string;
  /** How many numbers are trained. */
  parameters?: number;
  /** The layers whose norms are recorded: ``weight0`` and ``update0`` are columns of the first, and so on. */
  layers?: string[];
  /** Parameter groups: ``lr`` is the rate of the first, ``lr1`` of the second, and so on. */
  rates?: number;
  /** How many parameters, evenly drawn, the path, the noise and the lengths of updates are measured on. */
  sampled?: number;
  /** Whether entries between those of a log were filled in along straight lines. */
  smoothed?: boolean;
}

/** The run of a loop: its rule as far as the catalogue has it. */
export interface RecordedRun {
  /** The update rule and its settings. */
  optimizer?: Sgd | Adam | Adamw | Rmsprop | Adagrad | Adadelta | Adamax | Nadam | Radam | Rprop | SignSgd | Lion | Asgd | Adafactor | Muon | Lbfgs | Newton | TorchClass | OtherRule;
  /** How the learning rate changes from step to step. */
  schedule?: Constant | Step | Multistep | Exponential | InverseTime | Linear | Polynomial | Cosine | WarmupStableDecay | Multiplicative | CosineRestarts | OneCycle | Cyclic | Lambda | Ramp | Sequential | Chained | Plateau;
  /** Of a network: a learning rate for every layer, first to last, in place of the optimizer's. */
  layer_lr?: number[] | null;
  /** Where the run begins; the problem's own start if not given. Of a network all its parameters, at most 10,000, in the order of nn.Module.parameters(), weights (out, in) before their biases, instead of those that are drawn. */
  start?: number[] | null;
  /** What is averaged of the parameters beside the run: the loss of the average is recorded, and no update sees it. */
  averaging?: NoAveraging | Swa | Ema;
  /** Scale the gradient down to this Euclidean norm where it is longer. */
  clip_norm?: number | null;
  /** Cut every component of the gradient to plus or minus this value. */
  clip_value?: number | null;
  /** Of a network: weight of a penalty l1 Σ|p| over all parameters, which the updates make smaller as well. Like weight decay it is not a part of any loss that is shown. */
  l1?: number | null;
  /** Standard deviation of the noise added to every component of the gradient. */
  noise?: number | null;
  /** Examples in a mini-batch; all of them if not given. */
  batch_size?: number | null;
  /** Mini-batches of a shuffled deck, every example once an epoch, or each drawn anew from all. */
  batches?: "shuffled" | "drawn";
  /** What to call this run. */
  label?: string;
}

/** A straight line through points: w·x + b, judged by the mean squared error. */
export interface Regression {
  kind?: "regression";
  /** Built-in data set, where x and y are not given. */
  data?: "thermometer" | null;
  /** Inputs, as many as outputs. */
  x?: number[] | null;
  /** Outputs. */
  y?: number[] | null;
  /** Inputs as they are, divided by 10, or with mean 0 and standard deviation 1. */
  scaling?: "raw" | "tenth" | "standard";
}

/** Divides by a running size of the gradient, so that steep and flat directions move alike. */
export interface Rmsprop {
  kind?: "rmsprop";
  /** Learning rate η. */
  lr?: number;
  /** Memory of the squared gradient, α. */
  alpha?: number;
  /** Keeps the division finite where the gradient is zero, ε. */
  eps?: number;
  /** Pull towards zero, as a part of the gradient. */
  weight_decay?: number;
  /** Share μ of the last step that is kept. */
  momentum?: number;
  /** Divide by the deviation of the gradient from its mean instead of its size. */
  centered?: boolean;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** Who is in the room. */
export interface RoomState {
  type: "room";
  members: number;
  /** Students with an open socket. */
  connected: number;
  /** Whether newcomers may come in. */
  open: boolean;
  ended: boolean;
}

/** The room of a class, as somebody sees it. */
export interface RoomView {
  /** What whoever asks is here. */
  role: "owner" | "teacher" | "student" | "guest" | "stranger";
  /** What the server calls it; null where there is none. */
  room: string | null;
  /** Whether newcomers may come in. */
  open: boolean;
  ended: boolean;
  /** How many students are in it; 0 for who is not. */
  members: number;
  /** Where students join; null for who is not in it. */
  address: string | null;
  /** What newcomers type; null for all but its teacher. */
  code: string | null;
}

/** A curved valley whose floor is easy to find and slow to follow. */
export interface Rosenbrock {
  kind?: "rosenbrock";
  /** Where the minimum lies: at (a, a²). */
  a?: number;
  /** How steep the walls of the valley are. */
  b?: number;
}

/** A step length of its own for every coordinate, longer while the sign holds, shorter when it flips. */
export interface Rprop {
  kind?: "rprop";
  /** Length of the first step in every coordinate. */
  lr?: number;
  /** Factor of a length when the sign flips, η₁. */
  eta1?: number;
  /** Factor of a length while the sign holds, η₂. */
  eta2?: number;
  /** Shortest length, Δ₁. */
  step_size1?: number;
  /** Longest length, Δ₂. */
  step_size2?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** One descent: which rule, how its learning rate changes, and where it starts. */
export interface Run {
  /** The update rule and its settings. */
  optimizer?: Sgd | Adam | Adamw | Rmsprop | Adagrad | Adadelta | Adamax | Nadam | Radam | Rprop | SignSgd | Lion | Asgd | Adafactor | Muon | Lbfgs | Newton | TorchClass;
  /** How the learning rate changes from step to step. */
  schedule?: Constant | Step | Multistep | Exponential | InverseTime | Linear | Polynomial | Cosine | WarmupStableDecay | Multiplicative | CosineRestarts | OneCycle | Cyclic | Lambda | Ramp | Sequential | Chained | Plateau;
  /** Of a network: a learning rate for every layer, first to last, in place of the optimizer's. */
  layer_lr?: number[] | null;
  /** Where the run begins; the problem's own start if not given. Of a network all its parameters, at most 10,000, in the order of nn.Module.parameters(), weights (out, in) before their biases, instead of those that are drawn. */
  start?: number[] | null;
  /** What is averaged of the parameters beside the run: the loss of the average is recorded, and no update sees it. */
  averaging?: NoAveraging | Swa | Ema;
  /** Scale the gradient down to this Euclidean norm where it is longer. */
  clip_norm?: number | null;
  /** Cut every component of the gradient to plus or minus this value. */
  clip_value?: number | null;
  /** Of a network: weight of a penalty l1 Σ|p| over all parameters, which the updates make smaller as well. Like weight decay it is not a part of any loss that is shown. */
  l1?: number | null;
  /** Standard deviation of the noise added to every component of the gradient. */
  noise?: number | null;
  /** Examples in a mini-batch; all of them if not given. */
  batch_size?: number | null;
  /** Mini-batches of a shuffled deck, every example once an epoch, or each drawn anew from all. */
  batches?: "shuffled" | "drawn";
  /** What to call this run. */
  label?: string;
}

/** Something worth telling that happened in a run. */
export interface RunEvent {
  /** Which run, counted as the frames count them. */
  run: number;
  kind: string;
  step: number;
  sentence: string;
  /** Of a plane the explained share; of a timing the seconds per update of one run. */
  value?: Extended | null;
}

/** Every entry of one run: entry k is the state after k updates. */
export interface RunTrace {
  label: string;
  /** Position in the spec's list of runs. */
  index: number;
  /** The varied value, null where nothing varies. */
  value: unknown;
  seed: number;
  loss: Extended[];
  /** The rate that update k -> k+1 uses. */
  lr: Extended[];
  grad_norm: Extended[];
  step_norm: Extended[];
  /** The largest eigenvalue of the Hessian. */
  sharpness: Extended[];
  /** The largest learning rate at which this rule is stable there. */
  limit: Extended[];
  params?: Extended[][];
  /** Of networks: the loss over all training examples, of large data over some; like all that follows, where measured, else the last value. */
  train_loss?: Extended[];
  /** The loss over validation examples. */
  val_loss?: Extended[];
  /** The share of training examples whose class is right; nan where the targets are numbers. */
  train_accuracy?: Extended[];
  /** The share of validation examples whose class is right. */
  val_accuracy?: Extended[];
  /** The first coordinate in the plane in which the runs are drawn. */
  plane_x?: Extended[];
  /** The second coordinate. */
  plane_y?: Extended[];
  /** The distance from that plane. */
  off_plane?: Extended[];
  /** Of the angle between the gradient of the batch and that of all examples. */
  cosine?: Extended[];
  /** The full gradient's norm over that of the batch's deviation from it; inf where the batch is everything. */
  snr?: Extended[];
  /** Which entries these are; given only with ?every=m. */
  step?: number[];
  /** What came of it; null while it is computed. */
  outcome: Outcome | null;
}

/** A pass between two valleys: flat is not finished. */
export interface Saddle {
  kind?: "saddle";
}

/** One schedule after the other: at every milestone the next one begins, and counts its updates from 0. */
export interface Sequential {
  kind?: "sequential";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** The schedules, first to last. */
  parts?: (Constant | Step | Multistep | Exponential | InverseTime | Linear | Polynomial | Cosine | WarmupStableDecay | Multiplicative | CosineRestarts | OneCycle | Cyclic | Lambda | Ramp)[];
  /** Updates at which the second part begins, the third, and so on; equal parts if not given. */
  milestones?: number[] | null;
}

/** What one server does at the moment, for who runs it. */
export interface ServerStatus {
  version: string;
  python: string;
  mode: "local" | "class" | "public";
  /** ``host:pid:start``. */
  server: string;
  /** Seconds since the start. */
  uptime: number;
  /** Seconds that the event loop came late at most, within the last minute. */
  event_loop_lag: number;
  queue: QueueStatus;
  workers: WorkerStatus[];
  store: StoreStatus;
  viewers: ViewerStatus;
  servers: OwnerStatus[];
  /** The last warnings and errors, the latest first. */
  errors: LoggedEvent[];
}

/** A quiz question whose answer is a setting, or several: it is run, and what comes of it decides. */
export interface SettingQuestion {
  kind: "setting";
  text: string;
  /** The set-up to begin with, which does not fulfil the task. */
  spec: Comparison;
  /** What is to be found, such as ``runs.0.optimizer.lr``. */
  fields: string[];
  /** What must hold of the run with the answer. */
  passes: Claim[];
  /** An answer that passes: a value for every field. */
  example: Record<string, unknown>;
}

/** Gradient descent, and with momentum a ball that keeps rolling. */
export interface Sgd {
  kind?: "sgd";
  /** Learning rate η: the length of a step, in units of what the rule makes of the gradient. */
  lr?: number;
  /** Share μ of the last velocity that is kept. */
  momentum?: number;
  /** Share d of a new gradient that is left out of the velocity. */
  dampening?: number;
  /** Pull w towards zero, as a part of the gradient. */
  weight_decay?: number;
  /** Look ahead: step along the gradient plus the new velocity. Needs momentum, and no dampening. */
  nesterov?: boolean;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** Runs that a lesson shows, without what they do. */
export interface ShownPreset {
  name: string;
  text: string;
  spec: Comparison;
}

/** Every coordinate moves by exactly the learning rate, up or down. */
export interface SignSgd {
  kind?: "sign_sgd";
  /** Learning rate η: the distance every coordinate moves. */
  lr?: number;
  /** Memory of the mean gradient, μ. */
  momentum?: number;
  /** Pull w towards zero, as a part of the gradient. */
  weight_decay?: number;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** The trace of every run that was computed. */
export interface Simulation {
  runs: RunTrace[];
  /** What was found, of a range test. */
  range_test?: RangeFindings | null;
}

/** A wide bowl with ripples: from the right side, small steps stop in the wrong dip. */
export interface SineBowl {
  kind?: "sine_bowl";
}

/** Six valleys, of which two, at ±(0.0898, -0.7127), are the deepest: -1.0316. */
export interface SixHumpCamel {
  kind?: "six_hump_camel";
}

/** A prediction of a curve: five points of it are drawn. */
export interface SketchPrediction {
  kind: "sketch";
  text: string;
  run: number;
  /** Of which run and what, over the steps. */
  column?: "loss" | "p0" | "p1";
}

/** Whose numbers an experiment has. */
export interface Source {
  /** The experiments whose stored runs it shows side by side. */
  joined?: string[];
  /** The file that they came from, or came from once: they were not computed here. */
  imported?: string | null;
}

/** Arms wound around each other: easy to see, and hard for a small network. */
export interface Spirals {
  kind?: "spirals";
  /** Points to train on; every arm has n/arms of them, rounded down. */
  n?: number;
  /** Standard deviation of the noise on the angle, in radians. */
  noise?: number;
  /** Drives the points and their noise. */
  seed?: number;
  /** Inputs as they are, or with mean 0 and standard deviation 1. */
  scaling?: "raw" | "standard";
  /** Spirals, one class each. */
  arms?: number;
}

/** A line of a dialogue. */
export interface Spoken {
  who: "student" | "teacher";
  says: string;
}

/** Which step is shown: the entry that every picture stands at, and whether it goes on. */
export interface StageCursor {
  step?: number;
  playing?: boolean;
  speed?: number;
}

/** All that a class sees together. */
export interface StageDocument {
  /** Grows with every change. */
  revision?: number;
  view?: StageView;
  cursor?: StageCursor;
  /** The parts of pictures that are seen, where they are not the usual ones. */
  axes?: Record<string, unknown> | null;
  /** What is pointed at. */
  highlight?: string | null;
  /** What is asked, and once it is revealed, what was answered. */
  poll?: Record<string, unknown> | null;
  challenge?: string | null;
  presented?: Presented | null;
}

/** Why a message was refused, and the stage as it is. */
export interface StageProblem {
  type: "problem";
  title: string;
  /** What an HTTP answer would have. */
  status: number;
  detail: string;
  errors: Place[];
  stage: StageDocument;
}

/** All that a class sees together: the first message, and again after every change. */
export interface StageState {
  type: "stage";
  stage: StageDocument;
  /** Whether it is to be acknowledged. */
  ack?: boolean;
}

/** To the teacher: how many have drawn the newest revision. */
export interface StageSync {
  type: "sync";
  students: number;
  following: number;
  /** Those who follow and have not acknowledged. */
  behind: number;
  slowest_ms: number;
}

/** The page that is seen, and in which state. */
export interface StageView {
  page?: "workbench" | "lesson" | "challenge";
  /** The lesson, by its name. */
  lesson?: string | null;
  /** The part of the page. */
  part?: string | null;
  /** The set-up. */
  state?: string | null;
  /** The stored experiment that is shown. */
  experiment?: string | null;
  /** How the page shows it: its runs are played, or a sweep, a map or a range test is seen. */
  shows?: "play" | "sweep" | "map" | "range";
}

/** Drop by the same factor at regular intervals: lr γ^⌊t / step_size⌋. */
export interface Step {
  kind?: "step";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Updates between drops; a third of the run if not given. */
  step_size?: number | null;
  /** Factor of every drop, γ. */
  gamma?: number;
}

/** The limits that hold; null is none. */
export interface StoreBounds {
  /** Of everything together. */
  store_bytes: number | null;
  /** Of what one visitor stored. */
  store_bytes_per_client: number | null;
  /** What the disk of a SQLite store keeps free. */
  free_bytes: number | null;
}

/** How much is stored, and how much may be. */
export interface StoreStatus {
  kind: "sqlite" | "postgresql";
  /** How many there are, those that were deleted within the hour included. */
  experiments: number;
  /** Bytes that experiments and uploaded files take or may yet take. */
  taken_bytes: number;
  /** Bytes of the database itself. */
  file_bytes: number;
  /** Bytes that the disk of a SQLite store has left; null for others. */
  free_bytes: number | null;
  bounds: StoreBounds;
  /** Seconds since the store could be read for streams; 0 where all is well. */
  unread_seconds: number;
}

/** The last message of a stream: the experiment has ended, and all of it was sent. */
export interface StreamDone {
  type: "done";
  status: "queued" | "running" | "paused" | "done" | "cancelled" | "failed" | "interrupted";
  error: string | null;
  outcomes: Outcome[] | null;
}

/** What happened in the frame before it. */
export interface StreamEvent {
  /** Which run, counted as the frames count them. */
  run: number;
  kind: string;
  step: number;
  sentence: string;
  /** Of a plane the explained share; of a timing the seconds per update of one run. */
  value?: Extended | null;
  type: "event";
}

/** The first message of a stream: what is followed. */
export interface StreamHello {
  type: "hello";
  id: string;
  status: "queued" | "running" | "paused" | "done" | "cancelled" | "failed" | "interrupted";
  /** The last frame that the viewer has: what follows it is sent. */
  after: number;
  spec: Comparison | RangeTest | Map | RecordedLoop;
}

/** Four valleys, one in each corner; the deepest is -78.332 at x = y = -2.9035. */
export interface StyblinskiTang {
  kind?: "styblinski_tang";
}

/** What a lesson teaches, at three depths; the reader chooses. */
export interface Summary {
  basic: string;
  medium: string;
  detailed: string;
}

/** The mean of all parameters from an entry on: stochastic weight averaging. */
export interface Swa {
  kind?: "swa";
  /** Entry from which on parameters are averaged; until then the average is the parameters themselves. */
  start?: number;
}

/** What came of every value of a sweep, so far. */
export interface Sweep {
  id: string;
  status: "queued" | "running" | "paused" | "done" | "cancelled" | "failed" | "interrupted";
  steps_done: number;
  /** What varies: a dotted path; null where nothing does, or several fields do. */
  field: string | null;
  /** All that vary; a value is then a list, with one of each. */
  fields: string[];
  /** The loss to reach; null before the first entry. */
  target: number | null;
  /** Why this one. */
  target_because: string;
  /** The stability limit of every listed run, null where it is unknown or not the same for all values. */
  limits: (number | null)[];
  runs: SweepRun[];
  values: SweepValue[];
  /** Null where every value diverges, or nothing is known yet. */
  best: SweepBest | null;
}

/** The value that reaches the target first with every seed, else the one that ends lowest; none that diverges. */
export interface SweepBest {
  index: number;
  value: unknown;
  runs: number[];
  final: Extended;
  to_target: number | null;
  /** Which value is best, by how much, and where others fail, in words. */
  because: string;
}

/** One run of a sweep: a listed run with one value and one seed. */
export interface SweepRun {
  /** Which run, counted as the frames count them. */
  run: number;
  /** Position in the spec's list of runs. */
  index: number;
  /** The varied value, null where nothing varies. */
  value: unknown;
  seed: number;
  /** The loss at entry 0; null before there is one. */
  start: Extended | null;
  /** The loss at the last entry so far; of networks over the training examples, where it was measured last. */
  final: Extended | null;
  /** Entries so far. */
  entries: number;
  /** The first step at which the loss is at most the target; null where it is not. */
  to_target: number | null;
  /** What came of it; null while it is computed. */
  outcome: Outcome | null;
}

/** What the seeds of one value of a sweep have in common; losses that are not numbers count as infinite. */
export interface SweepValue {
  /** Position in the spec's list of runs. */
  index: number;
  /** The varied value, null where nothing varies. */
  value: unknown;
  /** Its runs, one for every seed. */
  runs: number[];
  /** The median of the final losses. */
  final: Extended | null;
  final_low: Extended | null;
  final_high: Extended | null;
  /** The median of the steps to the target; null where half of the runs or more do not reach it. */
  to_target: number | null;
  /** The fewest steps; null where no run reaches the target. */
  to_target_low: number | null;
  /** The most steps; null where not every run reaches the target. */
  to_target_high: number | null;
  /** Runs that reach the target. */
  reached: number;
  /** Runs that have diverged. */
  diverged: number;
}

/** One column of an uploaded table, and what is made of it. */
export interface TableColumn {
  name: string;
  kind: "number" | "class" | "one-hot" | "date" | "ignore";
  /** Why, in a sentence. */
  because: string;
  /** Whether it is what somebody chose, and would be something else otherwise. */
  chosen: boolean;
  /** What can be made of it. */
  kinds: ("number" | "class" | "one-hot" | "date" | "ignore")[];
  /** Different values. */
  different: number;
  /** Cells without a value. */
  missing: number;
  on_missing: "drop" | "mean" | "most frequent" | "own class";
  /** What can become of missing values. */
  on_missing_choices: ("drop" | "mean" | "most frequent" | "own class")[];
  decimal: string;
  thousands: string;
  /** Of year, month and day in dates; empty in other columns. */
  order: string;
}

/** A table as it is understood: how it is written, and what is made of every column. */
export interface TableUnderstood {
  encoding: string;
  separator: string;
  decimal: string;
  thousands: string;
  /** Whether the first row names the columns. */
  header: boolean;
  /** How the file is written, in sentences. */
  understood: string[];
  /** What of the file is no row of the table. */
  skipped: string[];
  /** What may be otherwise than expected, in sentences. */
  warnings: string[];
  /** Name of the column that is predicted. */
  target: string;
  /** Every column, in the order of the file. */
  columns: TableColumn[];
  /** The first rows, as they are written. */
  rows: string[][];
}

/** What is left of a trace of which about one of sixteen entries was kept, and every extreme, end and event. */
export interface Thinned {
  /** Of the longest run. */
  entries: number;
  /** How many it had. */
  of: number;
}

/** Three valleys in a row; the middle one, at the origin, is the deepest. */
export interface ThreeHumpCamel {
  kind?: "three_hump_camel";
}

/** Some runs of an experiment, to be drawn small; none where it has no losses. */
export interface Thumbnail {
  runs: Outline[];
}

/** Two valleys of which one is deeper: a small step stays in the near one, a lucky large one jumps over. */
export interface TiltedDoubleWell {
  kind?: "tilted_double_well";
  /** Slope that is added everywhere; the deeper valley is on the left where it is positive. */
  tilt?: number;
}

/** Any optimizer of an installed package, by its import path: torch.optim.AdamW, pytorch_optimizer.SOAP. */
export interface TorchClass {
  kind?: "torch";
  /** Learning rate η, in whatever unit the class has it. */
  lr?: number;
  /** Where the class is: its package or module, and its name. */
  path?: string;
  /** What else it is constructed with, by its names; what is left out takes its defaults. */
  options?: Record<string, unknown>;
  /** Whether it asks for losses and gradients within a step, as torch.optim.LBFGS does: on the same mini-batch and with the same noise. */
  closure?: boolean;
  /** Climb: the gradient enters with the opposite sign, and the run is judged as a descent of minus the loss. */
  maximize?: boolean;
}

/** One update of a run; vectors have one number per parameter. */
export interface Update {
  /** It leads from this entry to the next. */
  step: number;
  loss: Extended;
  lr: Extended;
  point: Extended[];
  /** Of the problem, at the point. */
  gradient: Extended[];
  /** The gradient after noise and clipping, before weight decay. */
  seen: Extended[];
  /** The next point. */
  after: Extended[];
  /** What the rule remembers after the update, by the names of its class: velocity, m, v, power1, ... */
  state: Record<string, unknown>;
  /** What the step is made of, in the order of the rule's formula. */
  terms: UpdateTerm[];
  /** The arithmetic of the first two coordinates. */
  lines: string[];
  parts: UpdateParts;
}

/** A step as a sum, from the point on. */
export interface UpdateParts {
  /** What is due to the gradient of this update. */
  gradient: Extended[];
  /** What was remembered; null where there is nothing, or where the two do not add up. */
  momentum: Extended[] | null;
  step: Extended[];
}

/** A quantity that a step is made of. */
export interface UpdateTerm {
  name: string;
  /** How it is made, with the numbers of this update. */
  formula: string;
  value: Extended[];
  /** Which of the update's parts it is the direction of. */
  part: "gradient" | "momentum" | "step" | null;
}

/** Successive updates of one run. */
export interface Updates {
  steps: Update[];
}

/** A listed run with one value and one seed. */
export interface VariedRun {
  /** Position in the spec's list of runs. */
  index: number;
  /** The run with its value filled in. */
  run: Run;
  /** What tells it from the others of the same listed run, where their settings do not: ``kappa 5, seed 3``. */
  label: string;
}

/** One field that takes many values, so that one run becomes many. */
export interface Vary {
  /** Dotted path from the experiment, such as ``run.optimizer.lr``, ``run.start.0``, ``run.schedule`` or ``seed``. */
  field: string;
  /** The values themselves. */
  values?: unknown[] | null;
  /** The first value. */
  from?: number | null;
  /** The last value. */
  to?: number | null;
  /** Equal differences, or equal ratios. */
  scale?: "linear" | "log";
  /** How many values. */
  n?: number | null;
}

/** Who watches streams of this server. */
export interface ViewerStatus {
  count: number;
  /** Frames that the slowest of them has yet to be sent. */
  behind_frames: number;
  /** How long ago the first of those frames was read, as far as that is remembered. */
  behind_seconds: number;
  /** Open WebSockets. */
  sockets: number;
  /** How many may be open. */
  most_sockets: number;
}

/** Climb, stay, and fall in a straight line at the end. */
export interface WarmupStableDecay {
  kind?: "warmup_stable_decay";
  /** Updates spent climbing evenly to the full learning rate; then the schedule starts. */
  warmup?: number;
  /** Share of the run spent climbing, after ``warmup``. */
  warmup_share?: number;
  /** Share of the run spent falling. */
  decay_share?: number;
  /** Share of the learning rate at the end. */
  end_factor?: number;
}

/** A process of this server that computes, or waits to. */
export interface WorkerStatus {
  /** An experiment of the store, or what is answered at once. */
  task: "experiment" | "simulations";
  experiment: string | null;
  /** What the experiment is called. */
  name: string | null;
  /** null as long as the process is not ready, and where it is on another machine. */
  pid: number | null;
  /** CPU time that it and the processes it forked have used; null where the system does not tell. */
  cpu_seconds: number | null;
  /** Memory that they hold; what they share counts for each. */
  memory_bytes: number | null;
}

/** Four squares like a chessboard's: the class says whether the signs of the coordinates differ. */
export interface Xor {
  kind?: "xor";
  /** Points to train on, spread over the square from -1 to 1. */
  n?: number;
  /** Standard deviation of the noise on both coordinates; the class is decided before it. */
  noise?: number;
  /** Drives the points and their noise. */
  seed?: number;
  /** Inputs as they are, or with mean 0 and standard deviation 1. */
  scaling?: "raw" | "standard";
}
