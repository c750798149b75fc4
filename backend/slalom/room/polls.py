"""Questions to a class, what answers each kind takes, and what a class answered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from slalom.catalogue.base.choice import Choice, Name
from slalom.catalogue.base.number_format import brief
from slalom.errors import SpecError

POINTS = 5
"""Points of a sketched curve."""
BINS = 16
"""Bars of a histogram of numbers, of equal ratio."""
SHAPE_BYTES = 4096
"""Bytes of all that says how a poll is asked, at most."""
LARGEST = 1e300
"""Size of a sketched value, at most."""

PollText = Annotated[str, Field(min_length=1, max_length=2000)]
Vote = int | float | list[float]
"""An answer: the number of an option, a number, or the heights of five points."""


class Shape(BaseModel):
    """How a poll is asked, and what of it the page draws; what it has besides is kept for who asked."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False)

    holds: bool = True
    """Whether the runs of those who follow wait until the answers are revealed."""

    @model_validator(mode="after")
    def _is_small(self) -> Self:
        size = len(self.model_dump_json().encode())
        if size > SHAPE_BYTES:
            raise ValueError(f"has {size:,} bytes; use at most {SHAPE_BYTES:,}")
        return self


class NumberShape(Shape):
    """The scale on which a number is predicted: logarithmic, from ``low`` to ``high``."""

    low: float = Field(gt=0)
    high: float = Field(gt=0, le=LARGEST)
    whole: bool = False
    """Whether only whole numbers are answers."""
    mark: Literal["step"] | None = None
    """What of the picture the number is, where it is something that can be marked there."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low is {brief(self.low)} and high {brief(self.high)}; low must be below high")
        return self


class SketchShape(Shape):
    """The steps at which a curve is predicted, of which run it is which column, and on which scale it is drawn."""

    steps: tuple[Annotated[int, Field(ge=0, le=2**53)], ...] = Field(strict=False, min_length=POINTS, max_length=POINTS)
    run: int = Field(0, ge=0, le=2**31)
    column: Literal["loss", "p0", "p1"] = "loss"
    name: str = Field("", max_length=200)
    """What stands at the scale."""
    low: float = Field(0.0, ge=-LARGEST, le=LARGEST)
    high: float = Field(1.0, ge=-LARGEST, le=LARGEST)
    log: bool = False
    """Whether the scale is logarithmic."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if any(first >= second for first, second in pairwise(self.steps)):
            raise ValueError("the steps must rise")
        return self


class _Poll(Choice):
    question: PollText
    options: None = None

    def checked(self, value: Any) -> Vote:
        """Return an answer as it is counted, or raise SpecError where it is none to this question."""
        raise NotImplementedError

    def result(self, votes: Sequence[Any]) -> dict[str, Any]:
        """Return what was answered: ``count``, and what the kind of poll makes of the votes."""
        raise NotImplementedError

    def cells(self, vote: Any) -> list[Any]:
        """Return an answer as the cells of a row of a table."""
        return [vote]


class ChoicePoll(_Poll):
    """A question with answers to choose from."""

    kind: Literal["choice"]
    options: tuple[Name, ...] = Field(strict=False, min_length=2, max_length=8)  # pyright: ignore[reportIncompatibleVariableOverride]
    """The answers."""
    shape: Shape | None = None

    def checked(self, value: Any) -> Vote:
        """Return the number of an option, counted from 0."""
        if type(value) is not int or not 0 <= value < len(self.options):
            raise SpecError(f"The value must be the number of an answer, 0 to {len(self.options) - 1}.", ("value",))
        return value

    def result(self, votes: Sequence[Any]) -> dict[str, Any]:
        """Return how often every option was chosen: ``counts``, in their order."""
        counts = np.bincount(np.array(votes, int), minlength=len(self.options))
        return {"count": len(votes), "counts": counts.tolist()}

    def cells(self, vote: Any) -> list[Any]:
        """Return the text of the answer."""
        return [_plain_cell(self.options[vote])]


class NumberPoll(_Poll):
    """A question that a number answers."""

    kind: Literal["number"]
    shape: NumberShape

    def checked(self, value: Any) -> Vote:
        """Return the number, a whole one where the question asks for such."""
        shape = self.shape
        number = _finite(value, shape.low, shape.high)
        if number is None or (shape.whole and number != int(number)):
            kind = "whole number" if shape.whole else "number"
            raise SpecError(f"The value must be a {kind} from {brief(shape.low)} to {brief(shape.high)}.", ("value",))
        return int(number) if shape.whole else number

    def result(self, votes: Sequence[Any]) -> dict[str, Any]:
        """Return the ``median`` and a histogram: ``counts`` of the votes between successive ``edges``."""
        edges = np.geomspace(self.shape.low, self.shape.high, BINS + 1)
        inside = np.clip(np.array(votes, float), edges[0], edges[-1])
        counts, _ = np.histogram(inside, edges)
        median = float(np.median(inside)) if len(votes) else None
        return {"count": len(votes), "median": median, "edges": edges.tolist(), "counts": counts.tolist()}


class SketchPoll(_Poll):
    """A question that a curve answers, sketched by the heights of five points."""

    kind: Literal["sketch"]
    shape: SketchShape

    def checked(self, value: Any) -> Vote:
        """Return the five heights."""
        points = [_finite(one, -LARGEST, LARGEST) for one in value] if isinstance(value, list) else []
        if len(points) != POINTS or None in points:
            raise SpecError(f"The value must be a list of {POINTS} finite numbers.", ("value",))
        return [point for point in points if point is not None]

    def result(self, votes: Sequence[Any]) -> dict[str, Any]:
        """Return the ``median`` and the quartiles ``low`` and ``high`` of every point, each a list of five."""
        if not votes:
            return {"count": 0, "median": None, "low": None, "high": None}
        low, median, high = np.quantile(np.array(votes, float), (0.25, 0.5, 0.75), axis=0)
        return {"count": len(votes), "median": median.tolist(), "low": low.tolist(), "high": high.tolist()}

    def cells(self, vote: Any) -> list[Any]:
        """Return the heights, one a cell."""
        return vote


AnyPoll = Annotated[ChoicePoll | NumberPoll | SketchPoll, Field(discriminator="kind")]
POLL: TypeAdapter[AnyPoll] = TypeAdapter(AnyPoll)

ROUNDS = 2
"""Rounds of a poll: before and after the class talked."""
POLL_MOVES = {
    ("open", 1): (("closed", 1),),
    ("closed", 1): (("open", 1), ("open", 2), ("revealed", 1)),
    ("open", 2): (("closed", 2),),
    ("closed", 2): (("open", 2), ("revealed", 2)),
    ("revealed", 1): (),
    ("revealed", 2): (),
}
"""Which states and rounds may follow on one."""


def _finite(value: Any, low: float, high: float) -> float | None:
    """Return a number of JSON between two bounds as a float, None where it is none."""
    if type(value) not in (int, float) or not low <= value <= high or not math.isfinite(value):
        return None
    return float(value)


def _plain_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
