"""What every schedule has in common: a warm-up, and then a curve of learning rates over the rest of the run."""

from __future__ import annotations

from textwrap import indent
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
from pydantic import Field

from slalom.catalogue.base.choice import Array, Choice

LONGEST_RUN = 10**9
"""Updates: no run is longer, so no length needs to be."""

Length = Annotated[int, Field(ge=1, le=LONGEST_RUN)]
"""A number of updates, at least one."""

_BLOCK = 64
"""Updates computed at a time: whole vector registers on every processor."""


class Fault(NamedTuple):
    """What is wrong with a schedule in a run of a certain length."""

    loc: tuple[str | int, ...]
    """Where it is, inside the schedule."""
    reason: str


def whole_blocks(updates: int) -> int:
    """Return how many updates are computed so that these are among them."""
    return -(-updates // _BLOCK) * _BLOCK


class Schedule(Choice):
    """How the learning rate changes from update to update."""

    kind: Any
    """The word that tells this schedule from the others; each has its own."""
    warmup: int = Field(0, ge=0, le=LONGEST_RUN)
    """Updates spent climbing evenly to the full learning rate; then the schedule starts."""

    title: ClassVar[str]
    """Its name, for people."""
    source: ClassVar[str]
    """Where it comes from."""

    def rates(self, lr: Array, first: int, last: int, total: int) -> Array:
        """Return the learning rates of updates first..last-1 of a run of ``total`` updates, float64.

        ``lr`` is the optimizer's learning rate: for a float the result has shape (last - first,), for a column (E,) it
        has shape (last - first, E). Update t < warmup uses lr (t + 1)/warmup. A rate depends on lr, t and total alone,
        to the last bit: curves are computed in aligned blocks, however a run is cut into calls.
        """
        begin = first // _BLOCK * _BLOCK
        t = np.arange(begin, whole_blocks(last))
        with np.errstate(all="ignore"):
            return self.at(lr, t[:, None] if np.ndim(lr) else t, total)[first - begin : last - begin]

    def at(self, lr: Array, t: Array, total: int) -> Array:
        """Return the learning rates of updates ``t`` of a run of ``total`` updates, the warm-up included."""
        rates = self.curve(lr, np.maximum(t - self.warmup, 0), max(total - self.warmup, 1))
        if not self.warmup:
            return rates
        return np.where(t < self.warmup, lr * ((t + 1) / self.warmup), rates)

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        """Return the learning rates after the warm-up, where ``t`` counts from 0; the run has ``rest`` updates left."""
        raise NotImplementedError

    def carries_on(self, rest: int) -> float | None:
        """Return by which factor it goes on, as a part of a sequence, from the learning rate before.

        None where it begins again from the optimizer's own.
        """
        return None

    def fault(self, total: int) -> Fault | None:
        """Return what is wrong with the learning rates of a run of ``total`` updates; None where they can be used."""
        return None

    def torch_function(self, name: str, total: int) -> str:
        """Return the definition of a Python function ``name`` of numbers ``t`` and ``lr``, the warm-up included."""
        climb = self.warmup
        first = f"if t < {climb}:\n    return lr * (t + 1) / {climb}\nt -= {climb}\n" if climb else ""
        return f"def {name}(t, lr):\n" + indent(first + self.torch_source(max(total - climb, 1)), "    ")

    def torch_source(self, rest: int) -> str:
        """Return ``curve`` as the body of a Python function of numbers ``t`` and ``lr``, a statement a line."""
        raise NotImplementedError
