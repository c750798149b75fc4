"""What a lesson claims of its runs, and whether it is so."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from slalom.catalogue.base.number_format import number

from .results import Result, value_of

Path = Annotated[str, Field(pattern=r"^runs?\.\d+\.[\w.+-]+$", max_length=100)]


class Claim(BaseModel):
    """Something that is so in the result of a preset: a value, a bound, or an order of values."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    value: Path | None = None
    """Which value it is about."""
    equals: float | str | None = None
    """What it is: a number to ``within``, or a word."""
    within: float = Field(1e-6, ge=0, lt=1)
    """How far a number may be off, as a share of it."""
    above: float | None = None
    below: float | None = None
    absent: bool = False
    """Whether there is no such value: it never exploded, or never came so low."""
    ascending: tuple[Path, ...] = ()
    """Values each of which is larger than the one before; one that is absent is larger than all."""

    @model_validator(mode="after")
    def _says_something(self) -> Claim:
        about = [self.equals is not None, self.above is not None, self.below is not None, self.absent]
        if (self.value is None) != (len(self.ascending) > 1) or any(about) != (self.value is not None):
            raise ValueError(
                "a claim has a value, and what it equals, is above or below, or that it is absent; or it has at least "
                "two values, ascending"
            )
        return self


def held(claim: Claim, result: Result) -> str:
    """Return what is otherwise than claimed, in a sentence; an empty text where the claim holds."""
    if claim.value is None:
        found = [(path, value_of(result, path)) for path in claim.ascending]
        for (low, one), (high, other) in pairwise(found):
            if one is None or (other is not None and not one < other):  # type: ignore[operator]
                return f"{low} is {_told(one)}, and {high}, which should be larger, is {_told(other)}."
        return ""
    value = value_of(result, claim.value)
    wrong = f"{claim.value} is {_told(value)}"
    if claim.absent:
        return "" if value is None else f"{wrong}; it should be absent."
    if isinstance(claim.equals, str):
        return "" if value == claim.equals else f"{wrong}; it should be {claim.equals}."
    if not isinstance(value, float):
        return f"{wrong}; it should be a number."
    if claim.equals is not None and not abs(value - claim.equals) <= claim.within * abs(claim.equals):
        return f"{wrong}; it should be {_told(claim.equals)}, within {number(100 * claim.within)} %."
    if claim.above is not None and not value > claim.above:
        return f"{wrong}; it should be above {_told(claim.above)}."
    if claim.below is not None and not value < claim.below:
        return f"{wrong}; it should be below {_told(claim.below)}."
    return ""


def _told(value: float | str | None) -> str:
    return "absent" if value is None else value if isinstance(value, str) else f"{value:.10g}"
