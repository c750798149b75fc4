"""Schedules that are not made of others: those of which each leaves a share of the learning rate, then the rest."""

from __future__ import annotations

from .cyclic import Cosine, CosineRestarts, Cyclic, OneCycle
from .decay import Constant, Exponential, InverseTime, Linear, Multistep, Polynomial, Step, WarmupStableDecay
from .formulas import Lambda, Multiplicative
from .ramp import Ramp

Proportional = (
    Constant
    | Step
    | Multistep
    | Exponential
    | InverseTime
    | Linear
    | Polynomial
    | Cosine
    | WarmupStableDecay
    | Multiplicative
)
"""A schedule whose rates are shares of the optimizer's learning rate, so that several can act at once."""

Single = Proportional | CosineRestarts | OneCycle | Cyclic | Lambda | Ramp
"""A schedule that depends on the update only, so that others can follow it."""

__all__ = ["Proportional", "Single"]
