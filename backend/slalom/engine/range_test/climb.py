"""The climb of a range test: what its curve and its recommendation need to know, whoever makes the updates."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from slalom.catalogue.problems.base import Problem


class Climb(Protocol):
    """A learning rate that climbs by equal ratios, one update each, for several seeds."""

    @property
    def problem(self) -> Problem:
        """What is minimised: its smallest loss, where it is known, tells how much is left."""
        ...

    @property
    def lr_from(self) -> float:
        """The learning rate of the first update."""
        ...

    @property
    def lr_to(self) -> float:
        """The learning rate of the last update."""
        ...

    @property
    def steps(self) -> int:
        """Updates, and learning rates."""
        ...

    @property
    def seeds(self) -> int:
        """How often it is repeated."""
        ...

    @property
    def dtype(self) -> str:
        """Arithmetic of the losses, as NumPy names it."""
        ...

    def rates(self) -> np.ndarray:
        """Return the learning rate of every update, shape (steps,)."""
        ...

    def swept(self) -> list[float]:
        """Return the rates that are tried whatever the curve looks like."""
        ...
