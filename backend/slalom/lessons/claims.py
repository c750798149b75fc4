"""What a lesson claims of its runs, and whether it is so."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from slalom.catalogue.base.number_format import number
from slalom.catalogue.formula.of_time import parse_time
from slalom.errors import FormulaError

from .results import RunsResult, Value, value_of
from .value_words import value_in_words

ValuePath = Annotated[str, Field(pattern=r"^runs?\.\d+\.[\w.+-]+$", max_length=100)]


class Claim(BaseModel):
    """Something that is so in the result of a preset: a value, a bound, or an order of values."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    value: ValuePath | None = None
    """Which value it is about."""
    over: ValuePath | None = None
    """Another value, by which it is divided first."""
    equals: float | str | None = None
    """What it is: a number to ``within``, or a word."""
    theory: str | None = Field(None, max_length=200)
    """The same by arithmetic, such as ``(1 - 0.1 * 2)^40``: the numbers that the texts reason with stand in it."""
    within: float = Field(1e-6, ge=0, lt=1)
    """How far a number may be off, as a share of it."""
    above: float | None = None
    below: float | None = None
    absent: bool = False
    """Whether there is no such value: it never exploded, or never came so low."""
    ascending: tuple[ValuePath, ...] = ()
    """Values each of which is larger than the one before; one that is absent is larger than all."""

    @model_validator(mode="after")
    def _says_something(self) -> Claim:
        if self.equals is not None and self.theory is not None:
            raise ValueError("what a value equals is a number, or theory says it, and not both")
        about = [self.expected is not None, self.above is not None, self.below is not None, self.absent]
        if (self.value is None) != (len(self.ascending) > 1) or any(about) != (self.value is not None):
            raise ValueError(
                "a claim has a value, and what it equals, is above or below, or that it is absent; or it has at least "
                "two values, ascending"
            )
        if self.absent and about != [False, False, False, True]:
            raise ValueError("a value that is absent is nothing else")
        return self

    @property
    def expected(self) -> float | str | None:
        """What the value equals: as it is written, or as theory has it.

        Raises ValueError where the theory cannot be computed.
        """
        if self.theory is None:
            return self.equals
        try:
            found = float(parse_time(self.theory).values(np.zeros(1), 1)[0])
        except FormulaError as error:
            raise ValueError(f"the theory is no arithmetic: {error}") from error
        if not np.isfinite(found):
            raise ValueError(f"the theory {self.theory} is no number")
        return found

    @property
    def paths(self) -> tuple[str, ...]:
        """The values that it is about."""
        return self.ascending if self.value is None else tuple(filter(None, (self.value, self.over)))


class Verdict(NamedTuple):
    """Whether a claim holds, what was found, and what should have been."""

    holds: bool
    found: str
    wanted: str


def held(claim: Claim, result: RunsResult) -> str:
    """Return what is otherwise than claimed, in a sentence that names the values; an empty text where it holds."""
    verdict = verdict_on(claim, result, _exact)
    return "" if verdict.holds else f"{', '.join(claim.paths)}: {verdict.found}; it should be {verdict.wanted}."


def said(claim: Claim, result: RunsResult) -> str:
    """Return what a claim is about, what was found and what was asked, in a sentence for a learner."""
    verdict = verdict_on(claim, result, _in_prose)
    alone = len({run["index"] for run in result["runs"]}) == 1
    joint = " divided by " if claim.over else " and "
    what = joint.join(value_in_words(path, alone=alone) for path in claim.paths)
    asked = "as asked" if verdict.holds else f"and asked was {verdict.wanted}"
    return f"{what[0].upper()}{what[1:]}: {verdict.found}, {asked}."


def verdict_on(claim: Claim, result: RunsResult, write: Callable[[Value], str]) -> Verdict:
    """Return whether a claim holds, and in words of ``write`` what was found and what should have been."""
    found = [value_of(result, path) for path in claim.paths]
    if claim.value is None:
        holds = all(_rises(*pair) for pair in pairwise(found))
        return Verdict(holds, ", ".join(map(write, found)), "each larger than the one before")
    value = _quotient(*found)
    return Verdict(_is_so(claim, value), write(value), " and ".join(_wanted(claim, write)))


def _quotient(value: Value, over: Value = 1.0) -> Value:
    """Return a value, divided by another one where there are two numbers."""
    if over == 1.0:
        return value
    return value / over if isinstance(value, float) and isinstance(over, float) and over else None


def _rises(one: Value, other: Value) -> bool:
    return isinstance(one, float) and (other is None or (isinstance(other, float) and one < other))


def _is_so(claim: Claim, value: Value) -> bool:
    expected = claim.expected
    if claim.absent or isinstance(expected, str):
        return value == expected
    if not isinstance(value, float):
        return False
    equal = expected is None or abs(value - expected) <= claim.within * abs(expected)
    high = claim.above is None or value > claim.above
    return equal and high and (claim.below is None or value < claim.below)


def _wanted(claim: Claim, write: Callable[[Value], str]) -> list[str]:
    if claim.absent:
        return [write(None)]
    expected = claim.expected
    if isinstance(expected, str):
        return [expected]
    wanted = [] if expected is None else [f"{write(expected)}, within {number(100 * claim.within)} %"]
    wanted += [] if claim.above is None else [f"above {write(claim.above)}"]
    return wanted + ([] if claim.below is None else [f"below {write(claim.below)}"])


def _exact(value: Value) -> str:
    return "absent" if value is None else value if isinstance(value, str) else f"{value:.10g}"


def _in_prose(value: Value) -> str:
    return "none" if value is None else value if isinstance(value, str) else number(value)
