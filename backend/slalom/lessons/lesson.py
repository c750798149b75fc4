"""What a lesson is made of."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from slalom.catalogue.experiments.comparison import Comparison

from .claims import Claim, Path

Text = Annotated[str, Field(min_length=1, max_length=2000)]
"""Prose; values of the runs stand in braces: {run.1.outcome.nonfinite}, or {NAME: run.0.loss.last} of a preset."""
Line = Annotated[str, Field(min_length=1, max_length=200)]
PLACEHOLDER = re.compile(r"\{(?:([\w -]+): *)?(runs?\.[\w.+-]+)\}")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Summary(_Part):
    """What a lesson teaches, at three depths; the reader chooses."""

    basic: Text
    medium: Text
    detailed: Text


class Preset(_Part):
    """Runs that a lesson shows, and what they do."""

    name: Line
    text: Text
    """What is compared, and with what."""
    spec: Comparison
    claims: tuple[Claim, ...] = Field(min_length=1)


class Choice(_Part):
    """A prediction, or a quiz question, with answers to choose from."""

    kind: Literal["choice"]
    text: Text
    answers: tuple[Line, ...] = Field(min_length=2, max_length=8)
    right: int = Field(ge=0)
    """Which of the answers is right, from 0."""
    because: tuple[Text, ...] = ()
    """What every answer, right or wrong, has to do with what the runs did."""

    @model_validator(mode="after")
    def _answers_fit(self) -> Choice:
        if self.right >= len(self.answers):
            raise ValueError(f"the right answer is number {self.right}, and the last one is {len(self.answers) - 1}")
        if self.because and len(self.because) != len(self.answers):
            raise ValueError(f"there are {len(self.answers)} answers, and {len(self.because)} reasons")
        return self


class Number(_Part):
    """A prediction of a number, on a logarithmic scale."""

    kind: Literal["number"]
    text: Text
    low: float = Field(gt=0)
    high: float = Field(gt=0)
    truth: Path
    """Which value of the first preset it is about."""


class Sketch(_Part):
    """A prediction of a curve: five points of it are drawn."""

    kind: Literal["sketch"]
    text: Text
    run: int = Field(ge=0)
    column: Literal["loss", "p0", "p1"] = "loss"
    """Of which run and what, over the steps."""


Prediction = Annotated[Choice | Number | Sketch, Field(discriminator="kind")]


class Setting(_Part):
    """A quiz question whose answer is a setting: it is run, and what comes of it decides."""

    kind: Literal["setting"]
    text: Text
    spec: Comparison
    """The set-up to begin with, which does not fulfil the task."""
    field: Annotated[str, Field(pattern=r"^[\w.]+$")]
    """What is to be found, such as ``runs.0.optimizer.lr``."""
    passes: tuple[Claim, ...] = Field(min_length=1)
    """What must hold of the run with the answer."""
    example: int | float
    """An answer that passes."""


Question = Annotated[Choice | Setting, Field(discriminator="kind")]


class Picture(_Part):
    """A picture from life, and where it breaks down."""

    text: Text
    breaks: Text


class Spoken(_Part):
    """A line of a dialogue."""

    who: Literal["student", "teacher"]
    says: Text


class Lesson(_Part):
    """A lesson: predict, run, notice, explain."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=60)]
    title: Line
    question: Text
    prediction: Prediction
    presets: tuple[Preset, ...] = Field(min_length=1, max_length=8)
    notice: Choice
    """What can be seen, one tap."""
    why: Text
    takeaway: Text
    summary: Summary
    terms: tuple[Line, ...]
    picture: Picture
    mnemonic: Line
    dialogue: tuple[Spoken, ...] = Field(min_length=4)
    quiz: tuple[Question, ...] = Field(min_length=1)
    go_on: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+$")], ...] = ()
    """Where to go on: names of lessons."""

    @model_validator(mode="after")
    def _values_are_there(self) -> Lesson:
        names = [preset.name for preset in self.presets]
        if len(set(names)) < len(names):
            raise ValueError(f"two presets are called alike: {', '.join(names)}")
        for name, _ in self.placeholders():
            if name not in names:
                raise ValueError(f"there is no preset called {name!r}; they are {', '.join(map(repr, names))}")
        return self

    def placeholders(self) -> list[tuple[str, str]]:
        """Return the values that the prose holds: the name of the preset, and the path."""
        found: list[tuple[str, str]] = []
        for text in _texts(self.model_dump()):
            found += [(name or self.presets[0].name, path) for name, path in PLACEHOLDER.findall(text)]
        return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for part in parts for text in _texts(part)]
