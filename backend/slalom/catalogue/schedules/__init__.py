"""Learning-rate schedules: how long the next steps are. This page is the table of contents.

To add one, write a subclass of ``Schedule`` and list it in ``single``; the form, the help, the saved runs and the tests
follow from that. Names and defaults are those of torch.optim.lr_scheduler; what torch requires and a run can tell
(lengths, largest rates) may be left out.
"""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from .base import Schedule
from .combined import Chained, Sequential
from .cyclic import Cosine, CosineRestarts, Cyclic, OneCycle
from .decay import Constant, Exponential, InverseTime, Linear, Multistep, Polynomial, Step, WarmupStableDecay
from .formulas import Lambda, Multiplicative
from .plateau import Plateau, PlateauState
from .ramp import Ramp
from .single import Single

SCHEDULES: tuple[type[Schedule], ...] = (*get_args(Single), Sequential, Chained, Plateau)
"""Every schedule, in the order of the menu."""

AnySchedule = Annotated[Single | Sequential | Chained | Plateau, Field(discriminator="kind")]
"""One of the schedules, told apart by ``kind``."""

__all__ = [
    "SCHEDULES",
    "AnySchedule",
    "Chained",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Cyclic",
    "Exponential",
    "InverseTime",
    "Lambda",
    "Linear",
    "Multiplicative",
    "Multistep",
    "OneCycle",
    "Plateau",
    "PlateauState",
    "Polynomial",
    "Ramp",
    "Schedule",
    "Sequential",
    "Step",
    "WarmupStableDecay",
]
