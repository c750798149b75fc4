// Lessons as the server tells them: backend/slalom/lessons/lesson.py.

import type { Spec } from "./page.js";

/** A question with answers to choose from. */
export interface ChoiceQuestion {
  kind: "choice";
  text: string;
  answers: string[];
  /** Which of the answers is right, from 0. */
  right: number;
  /** What every answer, right or wrong, has to do with what the runs did. */
  because?: string[];
}

/** A prediction of a number, on a logarithmic scale. */
export interface NumberQuestion {
  kind: "number";
  text: string;
  low: number;
  high: number;
  /** Which value of the first preset it is about. */
  truth: string;
}

/** A prediction of a curve, of which five points are drawn. */
export interface SketchQuestion {
  kind: "sketch";
  text: string;
  run: number;
  column?: "loss" | "p0" | "p1";
}

/** A question whose answer is a setting: it is run. */
export interface SettingQuestion {
  kind: "setting";
  text: string;
  spec: LessonSpec;
  fields: string[];
  /** A setting that passes, by the paths of the fields. */
  example?: Record<string, unknown>;
}

export type Prediction = ChoiceQuestion | NumberQuestion | SketchQuestion;
export type Question = ChoiceQuestion | SettingQuestion;

/** The spec of a comparison, in which what has its default is left out. */
export type LessonSpec = Pick<Spec, "problem" | "runs" | "steps"> & Partial<Spec> & { seeds?: number };

export interface LessonPreset {
  name: string;
  text: string;
  spec: LessonSpec;
}

export type Depth = "basic" | "medium" | "detailed";

export interface Lesson {
  slug: string;
  title: string;
  question: string;
  prediction: Prediction;
  presets: LessonPreset[];
  notice: ChoiceQuestion;
  why: string;
  /** What to change in the runs, by numbers that can be dragged. */
  explore?: string | null;
  takeaway: string;
  summary: Record<Depth, string>;
  terms: string[];
  picture: { text: string; breaks: string };
  mnemonic: string;
  dialogue: { who: "student" | "teacher"; says: string }[];
  quiz: Question[];
  go_on?: string[];
}

/** A lesson as a class is told it before it has seen the runs: without the answers. */
export type AskedLesson = Pick<Lesson, "slug" | "title" | "question" | "terms" | "presets"> & {
  prediction: Pick<Prediction, "kind" | "text">;
};

/** A lesson in the list of all. */
export type LessonListed = Pick<Lesson, "slug" | "title" | "question" | "terms">;

export interface Term {
  /** Its name in English, in every language. */
  id?: string;
  name: string;
  definition: string;
  formula?: string;
  /** The formula, typeset. */
  mathml?: string;
  lessons: string[];
  /** A small set-up whose run shows it. */
  example?: LessonSpec | null;
}

/** A value of a run: a number, a word, one that is not finite, or none. */
export type LessonValue = number | string | null;
export type LessonValues = Readonly<Record<string, LessonValue>>;

/** What came of a setting that was tried. */
export interface Tried {
  passed: boolean;
  said: string;
}

/** What a reader has answered; a prediction that was skipped is null. */
export interface Answers {
  prediction?: number | number[] | null;
  notice?: number;
  /** By the question's place: the answer that was chosen, or the setting that was tried last. */
  quiz?: Record<string, number | (Tried & { values: Record<string, number> })>;
  /** How many there are to answer. */
  of?: number;
}
