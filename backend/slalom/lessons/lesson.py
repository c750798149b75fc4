"""What a lesson is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from slalom.catalogue.experiments.comparison import Comparison

from .claims import Claim, ValuePath

Prose = Annotated[str, Field(min_length=1, max_length=2000)]
"""Prose; in braces stand values of the runs: {run.1.outcome.nonfinite}, or {NAME: run.0.loss.last} of a preset; and
settings that the reader can drag: {drag runs.1.optimizer.lr}, or {drag NAME: runs.0.optimizer.lr}."""
ProseLine = Annotated[str, Field(min_length=1, max_length=200)]
VALUE_OF_A_RUN = re.compile(r"(?:([\w -]+): *)?(runs?\.\d+\.[\w.+-]+)")
DRAGGED = re.compile(r"drag (?:([\w -]+): *)?((?:runs|problem)\.[\w.]+)")
BRACED = re.compile(r"\{([^{}]*)\}")


class Placeholder(NamedTuple):
    """A value that prose holds: what stands in the braces, the name of the preset, and the path."""

    text: str
    preset: str
    path: str


class DraggedSetting(NamedTuple):
    """A setting that prose holds: what stands in the braces, the name of the preset, the path, and its number there."""

    text: str
    preset: str
    path: str
    value: float


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Summary(_Part):
    """What a lesson teaches, at three depths; the reader chooses."""

    basic: Prose
    medium: Prose
    detailed: Prose


SpecAsWritten = Annotated[
    Comparison,
    PlainSerializer(lambda spec: {"kind": spec.kind} | spec.model_dump(mode="json", by_alias=True, exclude_unset=True)),
]
"""A set-up that is told as it was written: of what has its default, only its kind. The serializer has no return type,
so that the API's description keeps the shape of a comparison."""


class Preset(_Part):
    """Runs that a lesson shows, and what they do."""

    name: ProseLine
    text: Prose
    """What is compared, and with what."""
    spec: SpecAsWritten
    claims: tuple[Claim, ...] = Field(min_length=1)


class MultipleChoice(_Part):
    """A prediction, or a quiz question, with answers to choose from."""

    kind: Literal["choice"]
    text: Prose
    answers: tuple[ProseLine, ...] = Field(min_length=2, max_length=8)
    right: int = Field(ge=0)
    """Which of the answers is right, from 0."""
    because: tuple[Prose, ...] = ()
    """What every answer, right or wrong, has to do with what the runs did."""

    @model_validator(mode="after")
    def _answers_fit(self) -> MultipleChoice:
        if self.right >= len(self.answers):
            raise ValueError(f"the right answer is number {self.right}, and the last one is {len(self.answers) - 1}")
        if self.because and len(self.because) != len(self.answers):
            raise ValueError(f"there are {len(self.answers)} answers, and {len(self.because)} reasons")
        return self


class NumberPrediction(_Part):
    """A prediction of a number, on a logarithmic scale."""

    kind: Literal["number"]
    text: Prose
    low: float = Field(gt=0)
    high: float = Field(gt=0)
    truth: ValuePath
    """Which value of the first preset it is about."""


class SketchPrediction(_Part):
    """A prediction of a curve: five points of it are drawn."""

    kind: Literal["sketch"]
    text: Prose
    run: int = Field(ge=0)
    column: Literal["loss", "p0", "p1"] = "loss"
    """Of which run and what, over the steps."""


Prediction = Annotated[MultipleChoice | NumberPrediction | SketchPrediction, Field(discriminator="kind")]


SettingPath = Annotated[str, Field(pattern=r"^(runs|problem|steps|seed)(\.\w+)*$", max_length=100)]


class SettingQuestion(_Part):
    """A quiz question whose answer is a setting, or several: it is run, and what comes of it decides."""

    kind: Literal["setting"]
    text: Prose
    spec: SpecAsWritten
    """The set-up to begin with, which does not fulfil the task."""
    fields: tuple[SettingPath, ...] = Field(min_length=1, max_length=4)
    """What is to be found, such as ``runs.0.optimizer.lr``."""
    passes: tuple[Claim, ...] = Field(min_length=1)
    """What must hold of the run with the answer."""
    example: dict[str, Any]
    """An answer that passes: a value for every field."""

    def with_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the set-up with values for some of its fields, as JSON carries it, and not checked."""
        spec = json.loads(self.spec.model_dump_json(by_alias=True, exclude_unset=True))
        for field, value in values.items():
            *way, last = field.split(".")
            part = spec
            for name in way:
                part = part[int(name)] if isinstance(part, list) else part.setdefault(name, {})
            part[int(last) if isinstance(part, list) else last] = value
        return spec

    @model_validator(mode="after")
    def _example_fits(self) -> SettingQuestion:
        if set(self.example) != set(self.fields):
            raise ValueError(f"the example must have a value for each of {', '.join(self.fields)}, and no other")
        try:
            Comparison.model_validate_json(json.dumps(self.with_values(self.example)))
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"the example does not fit the spec: {error}") from None
        return self


Question = Annotated[MultipleChoice | SettingQuestion, Field(discriminator="kind")]


class Picture(_Part):
    """A picture from life, and where it breaks down."""

    text: Prose
    breaks: Prose


class Spoken(_Part):
    """A line of a dialogue."""

    who: Literal["student", "teacher"]
    says: Prose


ASKED_FIRST: dict[str, Any] = {
    **dict.fromkeys(("slug", "title", "question", "terms"), True),
    "prediction": {"kind", "text", "answers", "low", "high", "run", "column"},
    "presets": {"__all__": {"name", "text", "spec"}},
}
"""The fields of a lesson that may be known before its runs have been seen: what is asked, and of which set-ups."""


class Lesson(_Part):
    """A lesson: predict, run, notice, explain."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=60)]
    title: ProseLine
    question: Prose
    prediction: Prediction
    presets: tuple[Preset, ...] = Field(min_length=1, max_length=8)
    notice: MultipleChoice
    """What can be seen, one tap."""
    why: Prose
    explore: Prose | None = None
    """What to change in the runs, by numbers that can be dragged."""
    takeaway: Prose
    summary: Summary
    terms: tuple[ProseLine, ...]
    picture: Picture
    mnemonic: ProseLine
    dialogue: tuple[Spoken, ...] = Field(min_length=4)
    quiz: tuple[Question, ...] = Field(min_length=1)
    go_on: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+$")], ...] = ()
    """Where to go on: names of lessons."""

    @model_validator(mode="after")
    def _values_are_there(self) -> Lesson:
        names = [preset.name for preset in self.presets]
        if len(set(names)) < len(names):
            raise ValueError(f"two presets are called alike: {', '.join(names)}")
        for place in (*self.placeholders(), *map(self._placed, self._dragged())):
            if place.preset not in names:
                known = ", ".join(map(repr, names))
                raise ValueError(f"there is no preset called {place.preset!r}; they are {known}")
        self.settings()
        return self

    def as_asked(self) -> dict[str, Any]:
        """Return as JSON what may be known of it before its runs have been seen, without any answer."""
        return self.model_dump(mode="json", by_alias=True, include=ASKED_FIRST)

    def placeholders(self) -> list[Placeholder]:
        """Return the values of runs that the prose holds, and the one that is predicted, as far as it is a number.

        Raises ValueError where something else stands in braces.
        """
        texts = [text for text in self._braced() if not DRAGGED.fullmatch(text)]
        texts += [self.prediction.truth] if isinstance(self.prediction, NumberPrediction) else []
        return [self._placeholder(text) for text in texts]

    def settings(self) -> list[DraggedSetting]:
        """Return the settings of presets that can be dragged in the prose.

        Raises ValueError where a preset has no number there.
        """
        places = [self._placed(text) for text in dict.fromkeys(self._dragged())]
        return [DraggedSetting(*place, _number_at(self.preset(place.preset).spec, place.path)) for place in places]

    def preset(self, name: str) -> Preset:
        """Return a preset by its name."""
        return next(preset for preset in self.presets if preset.name == name)

    def _braced(self) -> Iterator[str]:
        return (text for prose in _texts(self.model_dump()) for text in BRACED.findall(prose))

    def _dragged(self) -> list[str]:
        return [text for text in self._braced() if DRAGGED.fullmatch(text)]

    def _placeholder(self, text: str) -> Placeholder:
        if VALUE_OF_A_RUN.fullmatch(text) is None:
            right = "{drag runs.0.optimizer.lr}" if text.startswith("drag ") else "{run.0.loss.last}"
            raise ValueError(f"{{{text}}} is no value of a run, and no setting to drag; write it like {right}")
        return self._placed(text)

    def _placed(self, text: str) -> Placeholder:
        found = DRAGGED.fullmatch(text) or VALUE_OF_A_RUN.fullmatch(text)
        assert found is not None
        return Placeholder(text, found[1] or self.presets[0].name, found[2])


def _number_at(spec: Comparison, path: str) -> float:
    """Return a setting of a preset; raises ValueError where it has no number there."""
    part: Any = json.loads(spec.model_dump_json(by_alias=True, exclude_unset=True))
    try:
        for name in path.split("."):
            part = part[int(name)] if isinstance(part, list) else part[name]
    except (LookupError, TypeError, ValueError):
        part = None
    if isinstance(part, bool) or not isinstance(part, int | float):
        raise ValueError(f"the preset has no number at {path}; write it like runs.0.optimizer.lr")
    return float(part)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for part in parts:
        yield from _texts(part)
