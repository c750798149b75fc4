"""What every surface is: a formula with named parameters, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from slalom.catalogue.base.choice import Module
from slalom.catalogue.base.functions import Effort, Functions
from slalom.catalogue.formula import FORMULAS_KEPT, Formula, parse
from slalom.catalogue.formula.torch_text import as_torch
from slalom.errors import FormulaError

from .base import Interval, Minimum, Problem
from .first_look import FirstLook, first_look, moves


class Surface(Problem):
    """A function with a formula.

    A subclass gives ``template``, the formula with parameters by name; its fields are the parameters.
    """

    template: ClassVar[str]
    window: ClassVar[tuple[Interval, ...]]
    origin: ClassVar[tuple[float, ...]]
    known: ClassVar[tuple[tuple[float, ...], ...]] = ()
    """Its minima where they do not depend on parameters."""

    @property
    def formula(self) -> Formula:
        """The formula, with its parameters by name and their present values."""
        return parse(self.template, self._parameters)

    @property
    def _parameters(self) -> dict[str, float]:
        """The formula's parameters by name."""
        return {name: getattr(self, name) for name in type(self).model_fields if name != "kind"}

    @property
    def text(self) -> str:
        """The formula as a user can type it."""
        return self.formula.text

    @property
    def group(self) -> str:
        return "One variable" if self.dimension == 1 else "Two variables"

    @property
    def dimension(self) -> int:
        return len(self.window)

    @property
    def variables(self) -> tuple[str, ...]:
        return self.formula.variables

    @property
    def start(self) -> tuple[float, ...]:
        return self.origin

    @property
    def domain(self) -> tuple[Interval, ...]:
        return self.window

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return self.minima_at(self.known)

    def minima_at(self, points: Iterable[tuple[float, ...]]) -> tuple[Minimum, ...]:
        """Return these points with their values, lowest first."""
        value = self.functions(np).value
        found = [Minimum(tuple(map(float, p)), float(value(np.array(p, dtype=float)))) for p in points]
        return tuple(sorted(found, key=lambda minimum: minimum.value))

    @property
    def effort(self) -> Effort:
        return self.formula.effort

    def functions(self, xp: Module) -> Functions:
        return self.formula.functions(xp)

    @property
    def torch_source(self) -> str:
        return _torch_source(self.formula, self._parameters)


def _torch_source(formula: Formula, parameters: Mapping[str, float]) -> str:
    """Return the statements that take the variables from ``p`` and return the formula of them."""
    names = ", ".join(formula.variables)
    taken = f"({names},)" if formula.dimension == 1 else names
    return f"{taken} = p\nreturn {as_torch(formula.tree, parameters)}"


def _rising(interval: tuple[float, float]) -> tuple[float, float]:
    low, high = interval
    if low >= high:
        raise ValueError(f"goes from {low:g} to {high:g}; give the smaller number first")
    return interval


Window = Annotated[tuple[float, float], Field(strict=False), AfterValidator(_rising)]
"""From the smaller to the larger number, written as a JSON list of two."""


class FormulaSurface(Problem):
    """A function you type yourself.

    Write it as on paper: 3x² - 2xy, |x|, sin² x, e^(-x), √x, ½x, \\frac{x}{2}. The variables are x, y, z or x1 to x8,
    or those that a left side names, as in f(w, b) = (w - 1)² + b². Functions are sin cos tan asin acos atan atan2 sinh
    cosh tanh asinh acosh atanh exp log log2 log10 log1p expm1 sqrt abs sigmoid relu min max, and where(x > 0, a, b);
    sign floor ceil round and mod have the slope 0 (mod: 1) that they have between their jumps.
    """

    kind: Literal["formula"] = "formula"
    title: ClassVar[str] = "Your own formula"
    source: ClassVar[str] = "You"
    text: str = "x**2 + 10*y**2"
    """What is minimised. It has as many variables as the highest one used; it is kept in plain text, as 3*x**2."""
    window: Annotated[tuple[Window, ...], Field(strict=False, fail_fast=True)] | None = Field(None, alias="domain")
    """From where to where to draw, for every variable; if not given, where minima, saddles and flat parts are."""

    @field_validator("text")
    @classmethod
    def _can_be_read(cls, text: str) -> str:
        try:
            return parse(text).text
        except FormulaError as error:
            found = {"reason": str(error), "position": error.position}
            raise PydanticCustomError("formula", "{reason}", found) from None

    @model_validator(mode="after")
    def _one_interval_for_every_variable(self) -> FormulaSurface:
        if self.window is not None and len(self.window) != self.dimension:
            raise ValueError(f"domain has {len(self.window)} intervals, but the formula has {self.dimension} variables")
        return self

    @property
    def formula(self) -> Formula:
        """The formula, checked."""
        return parse(self.text)

    @property
    def dimension(self) -> int:
        return self.formula.dimension

    @property
    def variables(self) -> tuple[str, ...]:
        return self.formula.variables

    @property
    def start(self) -> tuple[float, ...]:
        """All ones; where descent does not move from there, a point in the window from which it does."""
        return _start(self.formula, self.window)

    @property
    def first_start(self) -> tuple[float, ...]:
        return _look(self.formula, self.window).start

    @property
    def domain(self) -> tuple[Interval, ...]:
        return _look(self.formula, self.window).domain

    @property
    def effort(self) -> Effort:
        return self.formula.effort

    def functions(self, xp: Module) -> Functions:
        return self.formula.functions(xp)

    @property
    def torch_source(self) -> str:
        return _torch_source(self.formula, {})


@lru_cache(maxsize=FORMULAS_KEPT)
def _look(formula: Formula, window: tuple[Interval, ...] | None) -> FirstLook:
    return first_look(formula.functions(np), formula.dimension, window)


@lru_cache(maxsize=FORMULAS_KEPT)
def _start(formula: Formula, window: tuple[Interval, ...] | None) -> tuple[float, ...]:
    ones = (1.0,) * formula.dimension
    return ones if moves(formula.functions(np), ones) else _look(formula, window).start
