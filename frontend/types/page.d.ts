// Shapes shared by every module: the wire of docs/api, the stores of the page, and what a panel is.

import type * as PlotlyModule from "plotly.js";
import type * as Wire from "./wire.js";

// ---- the wire: wire.d.ts is written from the server's models, this is what the page makes of it ----

export type Extended = Wire.Extended;

/** One field that takes many values, so that one run becomes many. */
export type Vary = Wire.Vary;

/** What came of a sweep's values so far. */
export type Sweep = Wire.Sweep;
export type SweepValue = Wire.SweepValue;
export type SweepRun = Wire.SweepRun;

/** Anything chosen from the catalogue: its kind and its settings. */
export interface Choice {
  kind: string;
  [setting: string]: unknown;
}

/** One descent of a comparison; the fields left out have the server's defaults. */
export interface RunSpec extends Omit<Wire.Run, "optimizer" | "schedule" | "averaging" | "batch_size" | "batches"> {
  optimizer: Choice;
  schedule?: Choice;
  /** What is averaged of the parameters beside the run. */
  averaging?: Choice;
  /** Examples of an update; all of them where it is null or left out. Only networks have it. */
  batch_size?: number | null;
  /** Every example once an epoch (the default), or any example at any update. */
  batches?: "shuffled" | "drawn";
}

/** Where a network's arithmetic is done. */
export type DeviceChoice = "auto" | "cpu" | "cuda";

/** What is asked for: the spec of an experiment, sent as it is. */
export interface Spec {
  problem: Choice;
  runs: RunSpec[];
  steps: number;
  seed: number;
  dtype: "float32" | "float64";
  /** Left out: the server decides. */
  device?: DeviceChoice;
}

/** What pictures show of a set-up itself; how its runs go is in their columns. */
export interface DrawnSpec {
  problem: Choice;
  runs: readonly Pick<RunSpec, "start" | "batch_size" | "noise">[];
  steps: number;
}

export type Evidence = Required<Wire.Evidence>;

export type Advice = Wire.Advice;
export type NoteKind = Wire.Note["kind"];

/** What is said beside an outcome; its numbers by name. */
export interface Note extends Omit<Wire.Note, "values"> {
  values?: Record<string, Extended>;
}

/** Answers have every key; those stored by an older server have no notes. */
export interface Outcome extends Required<Omit<Wire.Outcome, "evidence" | "notes">> {
  evidence: Evidence;
  notes?: Note[];
}

/** application/problem+json: what happened, with the values, then what to do. */
export interface ServerProblem extends Pick<Wire.Problem, "title" | "status" | "detail"> {
  type?: string;
  errors?: { loc: (string | number)[]; msg: string; position?: number }[];
  limit?: number;
  value?: number;
  setting?: string;
}

export interface ExperimentRecord
  extends Pick<Wire.Experiment, "id" | "status" | "kind" | "name" | "created" | "steps_done" | "error"> {
  spec: Spec & { kind: string; seeds?: number; vary?: Vary[] };
  outcomes: Outcome[] | null;
  /** How many runs came to which kind of outcome; all that a list says of many. */
  outcome_counts?: Record<string, number> | null;
  /** The runs that are computed, where values or seeds make them others than those listed. */
  lanes?: Lane[] | null;
  /** Where a fork goes on from. */
  parent?: Origin | null;
  /** Whose numbers it has, where they were not computed for it. */
  source?: Partial<Wire.Source> | null;
  /** How many entries are left of how many, where the trace was thinned out. */
  thinned?: Wire.Thinned | null;
  /** Whose it is, and who may read it. */
  mine?: boolean;
  shared?: boolean;
  may_change?: boolean;
}

/** A run of an experiment that varies: which listed run it is of, and what tells it from the others of that. */
export type Lane = Omit<Wire.VariedRun, "run"> & { run: RunSpec };

/** An entry of a run of an experiment. */
export interface Origin {
  id: string;
  run: number;
  step: number;
}

/** Data that somebody has given the server, and what it made of it; in a list, without how a table is read. */
export type Dataset = Wire.Dataset;
export type DatasetListed = Wire.DatasetListed;

/** A file as a table: what it is written in, which columns it has, and its first rows. */
export type DataTable = Wire.TableUnderstood;
export type TableColumn = Wire.TableColumn;
export type ColumnKind = TableColumn["kind"];

/** How a table is to be read; what is left out, the server decides. */
export interface TableReading {
  target?: string;
  columns?: Record<string, { kind?: ColumnKind; on_missing?: string }>;
  header?: boolean;
  decimal?: string;
}

/** Something that happened to a run, as the stream tells it; `value` is what it measured. */
export interface RunEvent {
  run: number;
  kind: string;
  step: number;
  sentence: string;
  value: number | null;
}

/** The part of JSON Schema that Pydantic writes for settings. */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  discriminator?: { propertyName: string; mapping?: Record<string, string> };
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

/** What is known of kinds without asking, by kind. */
export interface KindFacts {
  NETWORKS: Record<string, { data: string }>;
  OPTIMIZERS: Record<string, { hessian: boolean; scale_free: boolean; memory: "momentum" | "beta1" | null }>;
  DATASETS: Record<
    string,
    {
      task: "classes" | "numbers" | null;
      view: ViewKind | "data";
      /** How many classes there are, and the field that says so where one does. */
      classes: number | null;
      counted: string | null;
    }
  >;
  LOSSES: Record<string, { task: "classes" | "numbers" | null; classes: number | null }>;
  VIEWS: Record<string, ViewFacts>;
}

export interface ViewFacts {
  /** The heading of its tab; null: it is one of those that "data" stands for. */
  tab: string | null;
  /** Its arrays that have one row per snapshot; null: newer snapshots change all of it. */
  grows: readonly string[] | null;
  /** What can be chosen of it: fields of the query, and of `Views`. */
  options: readonly ("directions" | "parameter")[];
  /** What must be predicted; null: anything. */
  task: "classes" | "numbers" | null;
  /** Whether the loss must be a cross-entropy. */
  log_loss: boolean;
}

/** How runs begin that show what a problem is like. */
export interface FirstRuns {
  /** Null for networks. */
  start: number[] | null;
  /** Of gradient descent: half of the largest stable rate, and a little above it. */
  rates: [half: number, above: number];
  /** The rate of rules that move every coordinate by about their rate. */
  stride: number;
}

export interface CatalogueEntry {
  kind: string;
  title: string;
  help: string;
  schema: Schema;
  defaults: Record<string, unknown>;
  source?: string;
  formula?: string | null;
  /** The left side of the formula, f(x, y) =, as the text of a <math> element. */
  signature?: string | null;
  /** And the right side. */
  mathml?: string | null;
  domain?: [number, number][] | null;
  start?: number[] | null;
  first_runs?: FirstRuns;
  minima?: { point: number[]; value: number }[];
  dimension?: number | null;
  variables?: string[];
  /** Of a problem: the heading of the menu under which it stands. */
  group?: string;
  /** Of data: under which terms it may be used. */
  licence?: string;
}

export interface Catalogue {
  problems: CatalogueEntry[];
  optimizers: CatalogueEntry[];
  schedules: CatalogueEntry[];
  averagings: CatalogueEntry[];
  datasets: CatalogueEntry[];
  map_pairs: MapPair[];
  /** What other packages add, or why they add nothing. */
  plugins: { group: string; name: string; package: string; kind: string | null; error: string | null }[];
}

/** One field of a map, and the part of it to begin with: null, along the problem's domain. */
export interface MapAxis {
  field: string;
  from: number | null;
  to: number | null;
  scale: "log" | "linear";
}

/** Two fields that are worth a map of problems and rules of some kinds. */
export interface MapPair {
  title: string;
  across: MapAxis;
  up: MapAxis;
  network: boolean;
  /** How many variables the problem must have; null: any number. */
  dimension: number | null;
  /** The values that settings of the rule may have; null: any. */
  optimizer: Record<string, unknown[]> | null;
}

// ---- the stores ----

export interface Store<T> {
  get(): T;
  update(change: (value: T) => T): void;
  watch(watcher: (value: T) => void): () => void;
}

/** What can be read and watched of a store. */
export type Watchable<T> = Pick<Store<T>, "get" | "watch">;

/** What stores hold, by the same names. */
export type Values<S> = { [Name in keyof S]: S[Name] extends Watchable<infer T> ? T : never };

/** What is known of one run: numbers; how it looks is asked for where it is drawn. */
export interface RunView {
  index: number;
  label: string;
  /** Entries received; every column is valid up to here. */
  n: number;
  /** loss lr grad_norm step_norm sharpness limit p0..; the capacity grows by doubling. */
  columns: Map<string, Float64Array>;
  outcome: Outcome | null;
  /** What it is a run on, where that is known: it is never drawn on the ground of another problem. */
  problem?: Choice;
}

export interface Landscape {
  kind: string;
  /** What was asked for. */
  problem?: Choice;
  title: string;
  help: string;
  dim: number;
  variables: string[];
  domain: [number, number][];
  shape: number[];
  start: number[];
  first_runs?: FirstRuns;
  minima: { point: number[]; value: number }[];
  best: number | null;
  /** Both sides of the formula, each the text of a <math> element. */
  signature?: string | null;
  mathml: string | null;
  text: string | null;
  /** The curvature of every direction, where the problem is a list of them. */
  eigenvalues?: number[] | null;
  z: Float32Array;
}

export interface Clock {
  /** Fractional while playing; Math.floor of it is "the step". */
  step: number;
  /** The last step there is to show. */
  last: number;
  playing: boolean;
  speed: number;
  live: boolean;
  /** Whether it follows a training from its first step on, slowly enough to be seen, until it is where that is. */
  paced?: boolean;
}

export interface View {
  selected: number;
  hovered: number | null;
  log: boolean;
  theme: "light" | "dark";
  follow: boolean;
  /** What the panels over steps have along x; other than steps only for networks. */
  axis: StepAxis;
  /** Which picture of a network is in the middle. */
  picture: PictureName;
  /** How a surface is drawn, where it has that look. */
  ground: SurfaceMode;
  /** Which two eigen-directions of a quadratic are shown; null: the flattest and the steepest. */
  pair: [across: number, up: number] | null;
  /** What a network's second panel shows. */
  fact: MetricName;
  /** Whether playing pauses at events. */
  pauses: boolean;
  /** What was predicted of the losses. */
  ghost?: Ghost | null;
  /** What a class has predicted of them. */
  crowd?: Crowd | null;
}

/** A prediction in the picture of the loss: a step, or a curve of a run as multiples of its first loss. */
export type Ghost = { step: number } | { run: number; line: [step: number, multiple: number][] };
/** The predictions of many: their median, and the band that holds the middle half of them. */
export type Crowd = Ghost & { band?: [step: number, low: number, high: number][] };

/** How a surface is drawn; of more than two dimensions, how its directions are. */
export type SurfaceMode = "contour" | "heat" | "solid" | "now" | "spectrum" | "pair";
/** A view with a tab of its own, or what shows most of the data. */
export type PictureName = ViewKind | "data";
export type MetricName = "limit" | "accuracy" | "ratio" | "noise" | "saturation";

/** Updates made, examples seen by then, or seconds (by the "timing" events; steps until they come). */
export type StepAxis = "steps" | "examples" | "seconds";

export interface Stores {
  spec: Store<Spec>;
  runs: Store<RunView[]>;
  landscape: Store<Landscape | null>;
  clock: Store<Clock>;
  view: Store<View>;
  /** What has been told of the experiment that is shown; empty for previews. */
  events: Store<RunEvent[]>;
  /** The stored experiment that is shown, null for a preview. Networks always have one once it was accepted. */
  experiment: Store<ExperimentRecord | null>;
  /** What the server has computed from the kept snapshots of the experiment that is shown. */
  views: Store<Views>;
  /** The update at the clock's step of the selected run, where it is known. */
  update: Store<Update | null>;
  /** The steps that a zoomed picture shows, of a run that is there as an overview. */
  closely: Store<{ first: number; last: number } | null>;
  /** Of which pictures only a part is seen, by the names of their panels. */
  axes: Store<Readonly<Record<string, Zoom>>>;
}

/** The part of a picture that is seen. */
export interface Zoom {
  /** Of which picture: it is the whole of another one that is seen. */
  home: string;
  x: Span;
  y: Span;
}

/** One update as the server tells it. */
export type Update = Wire.Update;

// ---- views: pictures of a network at its kept snapshots ----

export type ViewKind = keyof typeof import("../state/kinds.js").VIEWS;

/** What a body of the wire may hold. */
export type Numbers = Float64Array | Float32Array | Uint8Array | Uint16Array | Int32Array;

export interface BundleArray {
  shape: number[];
  data: Numbers;
}

/** One answer of /api/experiments/{id}/views/{kind}: a header, and arrays whose first axis is mostly the snapshots. */
export interface Bundle {
  kind: ViewKind;
  run: number;
  /** The step of every snapshot, ascending. */
  steps: number[];
  arrays: Record<string, BundleArray>;
  domain?: Span[];
  shares?: [number, number];
  revision?: number;
  directions?: Directions;
  classes?: string[];
  features?: string[];
  /** How far off always predicting the mean would be, on training and validation data. */
  rms_of_mean?: (number | null)[];
  /** Examples that were used, of how many. */
  sample?: number;
  of?: number;
  image?: [number, number] | null;
  names?: string[][];
  symbols?: string[] | string;
  axes_note?: string;
  examples?: { text: string; target: string }[];
  /** The loss of guessing evenly. */
  guess?: number;
  layers?: { name: string; size: number }[];
  tensors?: { name: string; start: number; shape: number[] }[];
  rule?: string;
  parameter?: number;
  parameter_name?: string;
}

/** The plane of the runs' own paths, or one of two random directions. */
export type Directions = "path" | "random";

export interface Views {
  /** The experiment that the bundles are of. */
  experiment: string | null;
  directions: Directions;
  /** Which parameter is looked at, from 0. */
  parameter: number;
  /** By key: kind, run and what else was asked. */
  bundles: Readonly<Record<string, Bundle>>;
  /** By key: why there is no bundle. `none`: there never is one for this data. */
  refused: Readonly<Record<string, { detail: string; none: boolean }>>;
}

declare global {
  /** Loaded by the deferred <script> of index.html; undefined until it has been evaluated. */
  const Plotly: typeof PlotlyModule;
  interface Window {
    Plotly?: typeof PlotlyModule;
  }
}

// ---- drawing ----

/** Consecutive entries of some runs, as a binary frame carries them. */
export interface Block {
  seq: number;
  /** The first stored chunk this frame covers; `seq` is the last. */
  first: number;
  step: number;
  /** Updates between entries; 0 where a column `step` says which entries these are. */
  stride: number;
  n: number;
  runs: number[];
  columns: string[];
  /** Which question of /api/preview this answers. */
  request: number | null;
  /** Columns x runs x n. */
  data: Numbers;
}

export type Span = [low: number, high: number];

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** On a log axis the range is in powers of ten. */
export interface Axis {
  range: Span;
  log: boolean;
  title: string;
  /** Of an axis over steps that counts something else: how much of it one update is. */
  perStep?: number;
  /** Pixels beyond its end that its title may take. */
  beyond?: number;
}

/** One pair of axes inside a panel. */
export interface Facet {
  box: Box;
  x: Axis;
  y: Axis;
  /** The run it is about, where there is one facet per run. */
  run: RunView | null;
}

/** One run as a line in a facet. */
export interface Series {
  run: RunView;
  /** Which line of the run this is, where it has several in a panel; its moving point is on the first, 0. */
  part?: number;
  /** What is written beside its moving point; the run's label where it is left out. */
  label?: string;
  facet: number;
  /** null: the entries' steps. */
  x: Float64Array | null;
  y: Float64Array;
  /** Subtracted from y before a log axis is applied. */
  shift: number;
  color: string;
  width: number;
  dash: number[];
  /** The shape of its moving point. */
  symbol: MarkerSymbol;
  /** Radius of the dot on every entry; 0 for none. */
  dots: number;
  /** x never decreases, so one pixel column can be drawn as its lowest and highest point. */
  monotone: boolean;
}

export type MarkerSymbol = "circle" | "square" | "triangle" | "diamond" | "cross";

/** Where a run's moving point is, in pixels. */
export interface Marker {
  series: Series;
  facet: Facet;
  /** The entry it has reached. */
  index: number;
  /** The last point whose coordinates are finite, and the point between it and the next. */
  from: [number, number];
  at: [number, number];
  inside: boolean;
  ended: boolean;
}

/** What a panel draws: the stores, read once, and the room there is. */
export interface Scene {
  runs: readonly RunView[];
  landscape: Landscape | null;
  /** The landscape over what is shown now, where it has arrived; else the landscape itself. */
  field: Landscape | null;
  spec: DrawnSpec;
  clock: Clock;
  view: View;
  views: Views;
  events: readonly RunEvent[];
  /** Left out where no arrows are drawn. */
  update?: Update | null;
  ink: InkColors;
  width: number;
  height: number;
}

export interface InkColors {
  card: string;
  text: string;
  muted: string;
  grid: string;
  axis: string;
  accent: string;
  good: string;
  bad: string;
  warn: string;
  slow: string;
  /** Heat: the highest. */
  deep: string;
  /** Contours: lowest, highest, line. */
  low: string;
  high: string;
  line: string;
}

export interface Figure {
  data: Partial<PlotlyModule.PlotData>[];
  layout: Partial<PlotlyModule.Layout>;
}

export interface Table {
  columns: string[];
  rows: string[][];
}

/** What decides which picture of a network there is. */
export type Seen = Pick<Scene, "spec" | "view" | "views">;

/** What a picture's caption is made of. */
export type Told = Pick<Scene, "runs" | "clock" | "spec" | "view" | "views">;

/** What a file in panels/ exports. */
export interface Panel {
  id: string;
  title: string;
  /** One sentence: what to look for. */
  help: string;
  /** A click seeks the clock ("seek"), the start can be dragged ("start"). */
  acts: readonly ("seek" | "start")[];
  /** Whether a click seeks now, where that is not always the same. */
  seeks?(scene: Scene): boolean;
  /** The scene with the two dimensions that are drawn, where there are more. */
  flat?(scene: Scene): Scene;
  /** The start in all dimensions, when its ring was moved to a point of those two. */
  whole?(scene: Scene, point: number[]): number[];
  /** The axes: where they are, and what they span. Nothing here depends on the clock. */
  facets(scene: Scene): Facet[];
  series(scene: Scene, facets: readonly Facet[]): Series[];
  /** What stands still: axes, the curve, the landscape until Plotly has come. */
  base(pen: CanvasRenderingContext2D, scene: Scene, facets: readonly Facet[]): void;
  /** What moves with the clock and is no trail. */
  markers(pen: CanvasRenderingContext2D, scene: Scene, markers: readonly Marker[], facets: readonly Facet[]): void;
  /** What Plotly draws and answers hovering with. */
  figure(scene: Scene, facets: readonly Facet[]): Figure;
  table(runs: readonly RunView[], step: number, variables: readonly string[], seen?: Seen): Table;
  /** What there is to say about the picture now, below it. */
  caption?(told: Told): string;
}

/** What a panel's reader can do; each has a default that updates the stores. */
export interface PanelActions {
  /** By which name the page keeps what of the panel is seen; its title, if not given. */
  name?: string;
  start?: (point: number[]) => void;
  seek?: (step: number) => void;
  /** Computes the landscape over what is shown, in place of the server. */
  field?: (question: { problem: Choice; domain: Span[]; shape: number[] }, signal: AbortSignal) => Promise<Landscape>;
}

/** The ways of looking at a set-up: its runs played, or what becomes of it where something varies. */
export type ViewName = "play" | "sweep" | "map" | "range";

/** What a view is given by the page that it is on: a set-up, and where to say what the server does. */
export interface ViewHost {
  stores: Stores;
  status(status: "loading" | "queued" | "live" | "ready"): void;
  notice(text: string | null, lasting?: boolean): void;
  /** Say what was refused: below its field where it has one, else as a notice; null takes that back. */
  refuse(error: unknown, sent?: unknown): void;
  /** An experiment of another kind was asked for: show it where it belongs. */
  elsewhere(record: ExperimentRecord): void;
  /** Something was started: bring the view into sight. */
  reveal(): void;
  /** Put what was found into the set-up, and play it. `selected`: the run that is chosen there. */
  use(change: (now: Spec, selected: number) => Spec): void;
}

/** A view of what a set-up comes to: one kind of experiment, started from the set-up, followed and shown. */
export interface ExperimentView {
  /** What it asks for besides the set-up, as a card. */
  form(catalogue: Catalogue): HTMLElement;
  /** Show the picture in one place, and what goes with it in another. */
  mount(place: HTMLElement, beside: HTMLElement): void;
  /** Show a stored experiment; null: what the set-up comes to. */
  show(id: string | null): Promise<void>;
  /** Whether it is in sight: only then it follows the set-up by itself. */
  seen(is: boolean): void;
  /** The stored experiment that is shown and has an address, and those that it is a part of; null where there is none. */
  address(): { id: string; trail: readonly string[] } | null;
  /** The experiment that is shown, whether or not it has an address. */
  shown(): string | null;
  /** Let go of everything outside the view. */
  unmount(): void;
}

/** A view of the set-up, and the experiment that it shows; null where its runs are played. */
export interface ShownView {
  name: ViewName;
  id: string | null;
}
