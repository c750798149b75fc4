"""What every schedule has in common: a warm-up, and then a curve of learning rates over the rest of the run."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from slalom.catalogue.base.choice import Array, Choice

LONGEST_RUN = 10**9
"""Updates: no run is longer, so no length needs to be."""

Length = Annotated[int, Field(ge=1, le=LONGEST_RUN)]
"""A number of updates, at least one."""

_BLOCK = 64
"""Updates computed at a time: whole vector registers on every processor."""


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
        t = np.arange(begin, -(-last // _BLOCK) * _BLOCK)
        if np.ndim(lr):
            t = t[:, None]
        with np.errstate(all="ignore"):
            rates = self.curve(lr, np.maximum(t - self.warmup, 0), max(total - self.warmup, 1))
            if begin < self.warmup:
                rates = np.where(t < self.warmup, lr * ((t + 1) / max(self.warmup, 1)), rates)
        return rates[first - begin : last - begin]

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        """Return the learning rates after the warm-up, where ``t`` counts from 0; the run has ``rest`` updates left."""
        raise NotImplementedError

    def torch_source(self, rest: int) -> str:
        """Return ``curve`` as the body of a Python function of numbers ``t`` and ``lr``, a statement a line."""
        raise NotImplementedError
