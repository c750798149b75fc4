"""Averages of the parameters of E runs, kept beside them entry by entry."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.averaging import KeptAveraging
from slalom.catalogue.base.choice import Array


class Average(NamedTuple):
    """An average before an entry."""

    averaging: KeptAveraging
    """What is averaged, and how."""
    seen: int
    """Entries that it was shown."""
    values: Any
    """The averaged parameters: (dim,) of one run, (dim, E) or (E, dim) of several; None before the first entry."""


class Averages:
    """The averaged parameters of runs that began to be averaged together."""

    def __init__(self, begun: Average) -> None:
        self._averaging, self.seen, self.values = begun

    def show(self, points: Array) -> Array:
        """Take in the parameters at the next entry, and return their average there, of the same shape.

        Every number is computed from its own past alone, by operations that are rounded one by one.
        """
        count = self.seen - self._averaging.start
        if count <= 0 or self.values is None:
            self.values = points.copy() if isinstance(points, np.ndarray) else points.clone()
        else:
            self.values = self.values + (points - self.values) * self._averaging.share(count)
        self.seen += 1
        return self.values

    @property
    def now(self) -> Average:
        """The average before the next entry."""
        return Average(self._averaging, self.seen, self.values)


__all__ = ["Average", "Averages"]
