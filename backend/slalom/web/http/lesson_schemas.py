"""The shapes of answers about lessons, for the API's description and for the types of the page."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from slalom.catalogue.base.choice import Extended
from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.outcome import Outcome
from slalom.lessons import Lesson

from .answer import AnswerModel


class LessonListed(AnswerModel):
    """One lesson in a few words."""

    slug: str
    """Its name in addresses."""
    title: str
    question: str
    terms: list[str]
    """Names of the glossary."""


class Lessons(AnswerModel):
    """Every lesson, in order."""

    items: list[LessonListed]


class AskedPrediction(AnswerModel):
    """What a lesson lets its readers predict, without the answer."""

    kind: Literal["choice", "number", "sketch"]
    text: str
    answers: list[str] | None = None
    """Of a choice."""
    low: float | None = None
    """Of a number: the lower end of its scale."""
    high: float | None = None
    run: int | None = None
    """Of a sketch: the run whose curve is drawn."""
    column: Literal["loss", "p0", "p1"] | None = None


class ShownPreset(AnswerModel):
    """Runs that a lesson shows, without what they do."""

    name: str
    text: str
    spec: Comparison


class AskedLesson(AnswerModel):
    """A lesson as a class is told it before it has seen the runs: what is asked, and of which set-ups."""

    slug: str
    title: str
    question: str
    terms: list[str]
    prediction: AskedPrediction
    presets: list[ShownPreset]


class LessonValues(AnswerModel):
    """What the runs of a lesson gave."""

    values: dict[str, Extended | str | None]
    """By what stands in braces in the lesson's texts; null where a run has no such value."""


class GradedRun(AnswerModel):
    """What came of the run that an answer was graded by."""

    outcome: Outcome


class Grade(AnswerModel):
    """Whether the answer to a question does what was asked."""

    passed: bool
    said: str
    """What the run did, in a sentence or two with its numbers, and what was asked."""
    run: GradedRun
    """The first run of the question's set-up."""


class GlossaryEntry(AnswerModel):
    """One term of the lessons."""

    id: str = ""
    """Its name in English, in every language."""
    name: str
    definition: str
    formula: str
    """Empty where it has none."""
    mathml: str = ""
    """The formula as MathML."""
    lessons: list[str] = Field([])
    """The lessons that name it, in order."""
    example: Comparison | None = None
    """A small set-up whose run shows it."""


class Glossary(AnswerModel):
    """Every term of the lessons."""

    items: list[GlossaryEntry]


LESSON_ANSWERS = (Lesson, AskedLesson, LessonListed, Lessons, LessonValues, Grade, Glossary)
