"""What every problem has in common: a function of ``dim`` variables, where to look at it, and what is known of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar, NamedTuple

from slalom.catalogue.base.choice import Choice, Module
from slalom.catalogue.base.functions import Effort, Functions

Interval = tuple[float, float]

TRACE_COLUMNS = ("loss", "lr", "grad_norm", "step_norm", "sharpness", "limit")
"""What is recorded of every entry of every run, before what only some problems have."""
RECORDED_PARAMETERS = 64
"""Parameters are recorded of problems that have at most this many."""


class Minimum(NamedTuple):
    """A point where the gradient vanishes (or is not defined) and no neighbour is lower."""

    point: tuple[float, ...]
    value: float


class Problem(Choice):
    """Something to minimise."""

    kind: Any
    title: ClassVar[str]
    """Its name, for people."""
    source: ClassVar[str]
    """Where it comes from."""
    is_network: ClassVar[bool] = False
    """Whether it is the loss of a network on data; such a problem has no formula, start or domain."""

    @property
    def group(self) -> str:
        """The heading of the menu under which it stands."""
        return "Your own"

    @property
    def dimension(self) -> int | None:
        """How many variables it has; None for a network, where only its data say."""
        raise NotImplementedError

    @property
    def variables(self) -> tuple[str, ...]:
        """What its variables are called."""
        return tuple(f"x{i + 1}" for i in range(self.dimension or 0))

    @property
    def columns(self) -> tuple[str, ...]:
        """What is recorded of every entry: the names of a trace's columns, in order."""
        dimension = self.dimension or 0
        return TRACE_COLUMNS + tuple(f"p{i}" for i in range(dimension if dimension <= RECORDED_PARAMETERS else 0))

    @property
    def space(self) -> Hashable:
        """What all runs of an experiment agree on, so that they can be drawn in one picture."""
        return self.dimension

    @property
    def start(self) -> tuple[float, ...]:
        """Where a run begins unless told otherwise, shape (dim,)."""
        raise NotImplementedError

    @property
    def first_start(self) -> tuple[float, ...]:
        """Where runs begin that show what the problem is like: in the part that is drawn, and not where it is flat."""
        return self.start

    @property
    def domain(self) -> tuple[Interval, ...]:
        """The part worth drawing: (low, high) for every variable."""
        raise NotImplementedError

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """Every known minimum, global ones first; empty where none is known."""
        return ()

    @property
    def best(self) -> float | None:
        """The global minimum f*, None where it is not known."""
        return min((m.value for m in self.minima), default=None)

    @property
    def effort(self) -> Effort:
        """What value, gradient and Hessian take; not for networks."""
        raise NotImplementedError

    def functions(self, xp: Module) -> Functions:
        """Return value, gradient and Hessian in the arithmetic of ``xp``, numpy or torch, and the dtype of ``p``."""
        raise NotImplementedError

    @property
    def torch_source(self) -> str:
        """The body of a Python function of a tensor ``p``, shape (dim,), that returns the loss; not for networks."""
        raise NotImplementedError
