// The room as the server tells it: backend/slalom/web/live/stage.py and backend/slalom/web/api/room.py.

import type { Choice, RunSpec, ViewName, Zoom } from "./page.js";

export type Role = "teacher" | "student";

/** What is on the stage. */
export interface StageView {
  page: "workbench" | "lesson" | "challenge";
  lesson: string | null;
  /** How far a lesson has come: a step of it. */
  part: string | null;
  /** The fragment of a share link. */
  state: string | null;
  /** A stored experiment that everybody opens. */
  experiment: string | null;
  /** How it is shown. */
  shows: ViewName;
}

export interface Cursor {
  step: number;
  playing: boolean;
  speed: number;
}

export interface Stage {
  revision: number;
  view: StageView;
  cursor: Cursor;
  /** Of which pictures only a part is seen. */
  axes: Record<string, Zoom> | null;
  /** What is pointed at: the id of a part of the page, or the way in. */
  highlight: string | null;
  poll: Poll | null;
  challenge: string | null;
  presented: { nickname: string | null } | null;
}

/** What the votes of one round say. */
export interface PollResult {
  round: number;
  count: number;
  /** Of a choice: by option. Of numbers: by bin. */
  counts?: number[];
  edges?: number[];
  /** Of numbers, and of sketches by point. */
  median?: number | number[] | null;
  /** Quartiles of a sketch, by point. */
  low?: number[] | null;
  high?: number[] | null;
}

/** What an answer looks like, and how it is drawn. */
export interface PollShape {
  /** Whether the runs wait until the results are revealed. */
  holds?: boolean;
  /** Of numbers and of heights. */
  low?: number;
  high?: number;
  /** Of a number: only whole ones. */
  whole?: boolean;
  /** Of a number: it is a step, which the picture of the loss can show. */
  mark?: "step" | null;
  /** Of a sketch: the steps of its five points, of which run and of what it is, and its heights. */
  steps?: number[];
  run?: number;
  column?: "loss" | "p0" | "p1";
  name?: string;
  log?: boolean;
}

/** A question to the class. */
export interface PollAsked {
  kind: "choice" | "number" | "sketch";
  question: string;
  options: string[] | null;
  shape: PollShape | null;
}

export interface Poll extends PollAsked {
  id: string;
  round: number;
  state: "open" | "closed" | "revealed";
  results: PollResult[] | null;
}

export type Vote = number | number[];

/** Who is there. */
export interface RoomState {
  role: Role | "guest" | "owner";
  open: boolean;
  ended: boolean;
  members: number;
  connected?: number;
  /** Of the server, as students reach it. */
  address?: string | null;
  /** Only for the teacher. */
  code?: string | null;
}

export interface Offer {
  id: string;
  name: string;
  nickname: string | null;
}

export interface ChallengeRow {
  id: string;
  /** Null where it is hidden. */
  rank: number | null;
  steps: number;
  optimizer: string;
  nickname: string | null;
  mine?: boolean;
  hidden?: boolean;
}

export interface Challenge {
  id: string;
  title: string;
  problem: Choice;
  steps: number;
  goal: { loss: number };
  optimizers: string[] | null;
  rows: ChallengeRow[];
}

/** What came of settings that were submitted. */
export interface Submitted {
  reached: boolean;
  steps: number | null;
  loss: number;
  best: number | null;
  rank: number | null;
}

export type SubmittedRun = Pick<RunSpec, "optimizer" | "schedule" | "clip_norm" | "clip_value">;

/** What the server says on /api/room/live. */
export type Told =
  | { type: "stage"; stage: Stage; ack?: boolean }
  | { type: "room"; members: number; connected: number; open: boolean; ended: boolean }
  | { type: "poll"; id: string; round: number; count: number; histogram: PollResult }
  | { type: "sync"; students: number; following: number; slowest_ms: number | null }
  | { type: "offers"; offers: Offer[] }
  | { type: "problem"; title?: string; detail?: string; stage?: Stage };
