"""The schedule of a learning-rate range test: up, by equal ratios."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from slalom.catalogue.base.choice import Array

from .base import Schedule


class Ramp(Schedule):
    """Climb from the learning rate to a larger one by equal ratios, to see where training breaks.

    10 ** linspace(log10 lr, log10 to, n)[t], n the length of the run; both ends exactly as they were given, although a
    processor's powers of arrays may miss them by the last bit.

    >>> Ramp(to=1.0).rates(0.01, 0, 3, total=3).round(6).tolist()
    [0.01, 0.1, 1.0]
    """

    kind: Literal["climb"] = "climb"
    to: float = Field(1.0, gt=0)
    """Learning rate of the last update."""

    title = "Climb"
    source = "Smith 2017, arXiv:1506.01186, section 3.3, on a logarithmic scale"

    def curve(self, lr: Array, t: Array, rest: int) -> Array:
        first, last = np.log10(lr), np.log10(self.to)
        exponent = t * ((last - first) / max(rest - 1, 1)) + first  # As NumPy's linspace does it, to the last bit.
        rates = np.where(np.equal(t, 0) | np.equal(lr, 0), lr, 10.0**exponent)
        return np.where((t >= rest - 1) & (rest > 1) & np.not_equal(lr, 0), self.to, rates)

    def torch_source(self, rest: int) -> str:
        return f"""if t == 0 or lr == 0:
    return lr
if t >= {rest - 1}:
    return {self.to if rest > 1 else "lr"}
first, last = math.log10(lr), math.log10({self.to})
return 10 ** (first + t * (last - first) / {max(rest - 1, 1)})"""
