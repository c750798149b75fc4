"""Minus a problem: what a run goes down whose rule maximizes."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from slalom.catalogue.base.choice import Module
from slalom.catalogue.base.functions import Functions

from .base import Problem


class Negative(Problem):
    """A function of variables with the opposite sign; of its minima, which are maxima, none is known."""

    kind: Literal["negative"] = "negative"
    of: Any
    """The problem, one with a formula or a Hessian of its own."""

    title: ClassVar[str] = "Minus a problem"
    source: ClassVar[str] = "Slalom"

    @property
    def dimension(self) -> int | None:
        return self.of.dimension

    @property
    def variables(self) -> tuple[str, ...]:
        return self.of.variables

    @property
    def formula(self) -> Any:
        """The formula of the problem, which is defined where its negative is; None where it has none."""
        return getattr(self.of, "formula", None)

    def functions(self, xp: Module) -> Functions:
        value, slope, hessian, diagonal = self.of.functions(xp)

        def turned(p: Any) -> tuple[Any, Any]:
            height, gradient = slope(p)
            return -height, -gradient

        return Functions(
            lambda p: -value(p), turned, lambda p: -hessian(p), None if diagonal is None else lambda p: -diagonal(p)
        )


def descended(problem: Problem, maximize: bool) -> Problem:
    """Return what a run goes down: the problem, or, on a surface whose rule maximizes, minus the problem."""
    return Negative.model_construct(of=problem) if maximize and not problem.is_network else problem
